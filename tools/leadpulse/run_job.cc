#include "tools/leadpulse/run_job.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "config/settings.h"
#include "config/yaml_tree.h"
#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/base/file_modes.h"
#include "processor/base/text.h"
#include "processor/files/memory_plan.h"
#include "processor/files/progress.h"
#include "processor/maintenance/state_backup.h"
#include "processor/pipeline/apply_metrics.h"
#include "processor/pipeline/change_feed.h"
#include "processor/query/outcomes/file_outcomes.h"
#include "processor/rules/language/parser.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/index/metrics_page.h"
#include "processor/serve/queries/query_metrics.h"
#include "processor/serve/queries/query_server.h"
#include "processor/telemetry/logging.h"
#include "processor/telemetry/metrics_page.h"
#include "processor/telemetry/operator_server.h"
#include "state/rocksdb/backup_requests.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/forwarding_store.h"
#include "state/store/state_directory.h"
#include "tools/leadpulse/live/watched_definitions.h"
#include "tools/leadpulse/operators.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/queries.h"
#include "tools/leadpulse/state_metrics.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

files::MemoryPlan PlanMemoryOf(const RunCommandLine& line) { return files::PlanMemory(size_t{line.memory_mib} << 20); }

void ReportFailure(const RunCommandLine& line, const std::string& message) {
  if (line.log_format == "json") {
    telemetry::LogError(message, {telemetry::ErrorField(message)});
  } else {
    PrintError(message);
  }
}

Result<std::unique_ptr<state::LeadStore>> OpenState(const RunCommandLine& line, const files::RunOptions& run) {
  LP_RETURN_IF_ERROR(CreateDirectory(line.state, kPrivateDirectory));
  if (const auto warning = state::OthersMayRead(line.state)) telemetry::LogWarning(*warning);
  state::RocksDbOptions options;
  options.directory = line.state;
  options.partition_count = line.partitions;
  options.sync = run.sync;
  const files::MemoryPlan memory = PlanMemoryOf(line);
  options.block_cache_bytes = memory.blocks;
  options.write_buffer_bytes = memory.write_buffer;
  options.on_damaged_log = [](const std::string& warning) { telemetry::LogWarning(warning); };
  options.check_unfinished_log = [&](const state::MetaReader& meta) {
    return files::CheckUnfinishedCommit(line.state, run.output_directory, meta);
  };
  return state::OpenRocksDbLeadStore(options);
}

Result<int> ReportEnd(const RunCommandLine& line, const files::RunSummary& summary) {
  std::string text;
  if (line.format == "json") {
    text = files::RenderSummaryJson(summary);
  } else if (!line.quiet) {
    text = files::RenderSummary(summary);
  }
  ExitCode printed = PrintResult(text);
  if (text.empty() && summary.TotalRejected() > 0) {
    const uint64_t count = summary.TotalRejected();
    PrintError(Concat({GroupDigits(count), count == 1 ? " record" : " records", " could not be used; see ",
                       line.options.output_directory, "/dead-letters.jsonl"}));
  }
  if (printed != kDone) PrintError("that is the summary; what was read is committed, and the files in --output stand");
  for (const std::string& sentence : summary.unusable) PrintError(sentence);
  if (!summary.unusable.empty() && !line.options.follow && printed == kDone) printed = kFailed;
  // A followed input has no other end.
  if (!summary.stopped_at.has_value() || line.options.follow) return printed;
  std::string where = (*summary.stopped_at == files::kNothingRead ? "" : "at ") + *summary.stopped_at;
  PrintError("stopped " + where + ". Everything up to there is committed: run again to go on.");
  return kStopped;
}

// Shortest interval between two checks of the definitions file.
constexpr std::chrono::milliseconds kBetweenLooks{250};

// Returns a function for the definitions that a run wants, from the file that it follows beside its inputs. Null: it
// follows none, or the definitions come through a pipe, which cannot be read again.
std::function<std::shared_ptr<const config::Definitions>()> FollowDefinitions(const RunCommandLine& line,
                                                                              const files::RunOptions& options,
                                                                              const Clock* clock) {
  std::error_code error;
  const bool is_file = !line.definitions.empty() && std::filesystem::is_regular_file(line.definitions, error);
  if (!options.follow || !is_file || options.definitions == nullptr) return nullptr;
  const auto watched = std::make_shared<WatchedDefinitions>(
      line.definitions, options.definitions, config::InputPartitioning::kMurmur2, clock, config::kMaxYamlBytes);
  return [watched, clock, next_look = std::chrono::steady_clock::time_point()]() mutable {
    if (clock->Monotonic() >= next_look) {
      watched->LookAgain();
      next_look = clock->Monotonic() + kBetweenLooks;
    }
    return watched->Wanted().definitions;
  };
}

// Whether the state is new: its directory is missing or empty.
bool IsNewState(const std::string& directory) {
  std::error_code error;
  return !std::filesystem::exists(directory, error) ||
         (std::filesystem::is_directory(directory, error) && std::filesystem::is_empty(directory, error));
}

// The metrics of a run that follows its inputs, and their page.
struct FollowMetrics {
  // Makes the page. Both outlive it.
  FollowMetrics(const serve::LeadIndex* index, const state::LeadStore* store) {
    pipeline::AddApplyMetrics(&run, {}, &page);
    AddStateMetrics(store, &page);
    serve::AddIndexMetrics(index, &page);
    serve::AddQueryMetrics(&queries, &page);
  }
  FollowMetrics(const FollowMetrics&) = delete;
  FollowMetrics& operator=(const FollowMetrics&) = delete;

  // Serves the page; null if the settings want no server. This and `clock` outlive it. A run that cannot go on ends,
  // so it is always healthy.
  Result<std::unique_ptr<telemetry::OperatorServer>> Serve(const config::HttpSettings& http, const ClockGuard* clock) {
    const auto ready = [this, clock]() -> Status {
      if (!run.is_reading) return Status::Retriable("inputs, outputs and definitions are being checked");
      const std::optional<std::string> doubt = clock->FindDoubt();
      return doubt ? Status::Retriable(*doubt) : Status::Ok();
    };
    return ServeOperators(
        http, &page, [] { return Status::Ok(); }, ready);
  }

  files::RunMetrics run;
  serve::QueryMetrics queries;
  telemetry::MetricsPage page;
};

// Rejects a backup: a run would change it, and its owner would only notice when it is needed.
Status CheckIsNoBackup(const std::string& state) {
  if (!maintenance::IsBackup(state)) return Status::Ok();
  return Status::Rejected(state + " is a backup, which a run would spoil for `leadpulse state restore`. Make a state " +
                          "of it (leadpulse state restore --state NEW " + state + "), and give that one.");
}

}  // namespace

files::RunOptions MakeRunOptions(const RunCommandLine& line, std::shared_ptr<const config::Definitions> definitions) {
  files::RunOptions options = line.options;
  options.definitions = std::move(definitions);
  if (!line.until.empty()) options.until = ParseUntil(line.until);
  options.workers = line.workers > 0 ? line.workers : std::max(1u, std::thread::hardware_concurrency());
  const files::MemoryPlan memory = PlanMemoryOf(line);
  options.lead_cache_bytes = memory.leads;
  options.max_changed_lead_bytes = memory.changed_leads;
  options.max_future_skew = rules::ParseDuration(line.max_future_skew).value_or(options.max_future_skew);
  if (line.epoch_seconds) options.epoch_time = std::chrono::seconds(*line.epoch_seconds);
  options.may_be_missing = !IsNewState(line.state);  // with a new state, the name is probably mistyped
  options.dead_letter_payload = line.dead_letter_payload == "full";
  options.commit_in_background = true;
  return options;
}

Result<files::RunSummary> RunToEnd(const RunCommandLine& line, const files::RunOptions& options,
                                   const std::atomic<bool>& stop_wanted, bool process_ends) {
  LP_RETURN_IF_ERROR(CheckIsNoBackup(line.state));
  // Inputs and outputs come before the state: a mistyped name must not leave an empty state.
  LP_RETURN_IF_ERROR(files::CheckInputs(options));
  LP_RETURN_IF_ERROR(files::CheckOutputs(options.output_directory, IsNewState(line.state)));
  if (stop_wanted) {
    files::RunSummary summary;
    summary.stopped_at = files::kNothingRead;
    return summary;
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, OpenState(line, options));
  const SystemClock wall;
  ClockGuard clock(&wall);
  const std::unique_ptr<files::ProgressListener> progress = ProgressOnTerminal(line.quiet);
  state::BackupRequestHandler requests(line.state, store.get());
  query::FileOutcomes outcomes(options.inputs, options.output_directory);
  pipeline::ChangeFeed feed({});
  serve::LeadIndex index({});
  serve::RecentErasures erasures;
  state::WatchedStore indexed(store.get(), &index);
  state::WatchedStore watched(&indexed, &erasures);
  if (options.follow) index.Start(store.get(), &clock);
  FollowMetrics metrics(&index, store.get());
  LP_ASSIGN_OR_RETURN(const auto operators, metrics.Serve(line.operators, &clock));
  const std::unique_ptr<serve::QueryServer> queries =
      options.follow
          ? ServeQueries(line.state, std::nullopt,
                         {store.get(), &outcomes, &feed, &erasures, &index, nullptr, &clock, &metrics.queries})
          : nullptr;
  state::LeadStore* const written = options.follow ? &watched : store.get();
  files::RunEnvironment environment{written, &clock, &stop_wanted, progress.get(), STDIN_FILENO, &requests};
  environment.feed = options.follow || line.keep_changes ? &feed : nullptr;
  environment.metrics = options.follow ? &metrics.run : nullptr;
  environment.process_ends = process_ends;
  environment.clock_guard = options.follow ? &clock : nullptr;
  environment.accept_clock = line.accept_clock;
  environment.wanted_definitions = FollowDefinitions(line, options, &clock);
  return files::RunOnFiles(options, environment);
}

Result<int> RunOnFiles(const RunCommandLine& line, const input::RecordTransform* transform) {
  const std::atomic<bool>& stop_wanted = StopOnSignals();
  const Status logging = telemetry::SetUpLogging(line.log_level, line.log_format == "json");
  if (!logging.ok()) return FailUsage(logging);
  if (const Status may = CheckOperators(line.operators); !may.ok()) return FailUsage(may);
  std::shared_ptr<const config::Definitions> definitions;
  if (!line.definitions.empty()) {
    definitions = LoadDefinitionsFile(line.definitions, /*print_warnings=*/!line.quiet);
    // A signal ends the reading of definitions that come through a pipe.
    if (definitions == nullptr && !stop_wanted) return kUsage;
  }
  files::RunOptions options = MakeRunOptions(line, std::move(definitions));
  options.transform = transform;
  Result<files::RunSummary> summary = RunToEnd(line, options, stop_wanted, /*process_ends=*/true);
  if (summary.ok()) {
    telemetry::LogInfo("run ended: " + std::to_string(summary->records) + " records, " +
                       std::to_string(summary->TotalChanges()) + " changes");
    return ReportEnd(line, *summary);
  }
  ReportFailure(line, summary.status().message());
  return kFailed;
}

}  // namespace leadpulse::tools
