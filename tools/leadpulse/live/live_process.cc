#include "tools/leadpulse/live/live_process.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "config/setting_texts.h"
#include "config/yaml_tree.h"
#include "processor/base/clock.h"
#include "processor/base/clock_guard.h"
#include "processor/base/durability.h"
#include "processor/base/file_modes.h"
#include "processor/http/listening_socket.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/command_outcomes.h"
#include "processor/kafka/live_run.h"
#include "processor/kafka/metrics_page.h"
#include "processor/pipeline/change_feed.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/index/metrics_page.h"
#include "processor/telemetry/clock_log.h"
#include "processor/telemetry/logging.h"
#include "state/rocksdb/backup_requests.h"
#include "state/store/forwarding_store.h"
#include "state/store/state_directory.h"
#include "state/store/write_behind_store.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/live/schema_registry.h"
#include "tools/leadpulse/live/topic_definitions.h"
#include "tools/leadpulse/live/watched_definitions.h"
#include "tools/leadpulse/operators.h"
#include "tools/leadpulse/queries.h"
#include "tools/leadpulse/state_metrics.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

// How often the process checks for a signal, new definitions and a backup request.
constexpr std::chrono::milliseconds kLookInterval{100};
constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::milliseconds kAskInterval{500};

// Outcomes of commands for the query service.
class LiveOutcomes : public query::RecordOutcomes {
 public:
  // Creates it. `outcomes` outlives it.
  LiveOutcomes(std::string commands_topic, const kafka::CommandOutcomes* outcomes)
      : topic_(std::move(commands_topic)), outcomes_(*outcomes) {}

  // Finds a command's outcome. `at`: an offset in the topic of commands.
  Result<query::RecordOutcome> Find(const state::MetaReader& /*snapshot*/, const codec::SourcePosition& at) override {
    if (at.topic != topic_) return Status::Rejected("the run reads commands from " + topic_ + ", not from " + at.topic);
    if (at.partition < 0) return Status::Rejected("there is no partition " + std::to_string(at.partition));
    const kafka::ReadCommand found = outcomes_.Find(PartitionId{static_cast<uint32_t>(at.partition)}, at.offset);
    query::RecordOutcome outcome;
    switch (found.progress) {
      case kafka::CommandProgress::kElsewhere:
        outcome.is_elsewhere = true;
        return outcome;
      case kafka::CommandProgress::kNotRead:
        return outcome;
      case kafka::CommandProgress::kRead:
        outcome.is_read = true;
        if (found.refused) outcome.refusal = query::RecordRefusal{found.refused->reason, found.refused->detail};
        return outcome;
      case kafka::CommandProgress::kUnknown:
        break;
    }
    return Status::Rejected(
        "the command was read, and whether it was refused is no longer known; send it again with its id");
  }

 private:
  const std::string topic_;
  const kafka::CommandOutcomes& outcomes_;
};

// Asks what the start needs. Retries for kStartTimeout, because a cluster or registry that does not answer may be
// starting, and a topic may be new.
template <typename Ask>
auto AskToStart(const std::atomic<bool>& stop, const Ask& ask) {
  const auto give_up = MonotonicNow() + kStartTimeout;
  std::string warned;
  while (true) {
    auto answer = ask();
    if (answer.ok() || answer.status().kind() != ErrorKind::kRetriable) return answer;
    if (stop || MonotonicNow() > give_up) return answer;
    if (warned != answer.status().message()) {
      warned = answer.status().message();
      telemetry::LogWarning("starting: " + warned, {telemetry::ErrorField(warned)});
    }
    std::this_thread::sleep_for(kAskInterval);
  }
}

Result<std::unique_ptr<LiveDefinitions>> FindDefinitions(const config::Settings& settings,
                                                         std::shared_ptr<const config::Definitions> of_file,
                                                         const Clock* clock, const std::atomic<bool>& stop) {
  if (!settings.definitions.topic) {
    return std::unique_ptr<LiveDefinitions>(std::make_unique<WatchedDefinitions>(
        settings.definitions.file, std::move(of_file), settings.input_partitioning, clock));
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<TopicDefinitions> definitions, TopicDefinitions::Read(settings, clock, stop));
  return std::unique_ptr<LiveDefinitions>(std::move(definitions));
}

// Returns how long the changelog keeps tombstones: a state older than half of this is restored from the beginning. The
// default if the user may not read the topic's settings.
Millis TombstonesKept(const config::Settings& settings) {
  constexpr std::string_view kName = "delete.retention.ms";
  const Millis assumed = kafka::WorkerOptions().tombstones_kept;
  const Result<std::unique_ptr<kafka::Admin>> admin = kafka::AdministerKafka(MakeConnectionOptions(settings, 0));
  const std::string& topic = settings.kafka.topics.lead_state;
  const Result<kafka::KafkaSettings> found =
      admin.ok() ? (*admin)->TopicSettings(topic) : Result<kafka::KafkaSettings>(admin.status());
  const std::optional<Millis> kept = found.ok() ? kafka::MillisOf(*found, kName) : std::nullopt;
  if (kept.has_value()) return *kept;
  telemetry::LogWarning("how long " + topic +
                        " keeps tombstones (delete.retention.ms) is not to be seen and taken to be " +
                        config::SpellPreciseDuration(assumed) + (found.ok() ? "" : ": " + found.status().message()));
  return assumed;
}

// Returns the options of the run, with what the schema registry and the cluster say.
Result<kafka::LiveRunOptions> FindRunOptions(const config::Settings& settings, const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const config::FormatSettings formats, AskToStart(stop, [&] {
                        return WithRegisteredSchemas(settings.formats, settings.kafka.topics, WrittenTopics::kOutputs,
                                                     stop);
                      }));
  kafka::LiveRunOptions options = MakeLiveRunOptions(settings);
  options.worker.formats = formats;
  options.worker.tombstones_kept = TombstonesKept(settings);
  return options;
}

Result<std::unique_ptr<state::LeadStore>> OpenState(const config::Settings& settings, uint32_t partitions) {
  LP_RETURN_IF_ERROR(CreateDirectory(settings.state.directory, kPrivateDirectory));
  if (const auto warning = state::OthersMayRead(settings.state.directory)) telemetry::LogWarning(*warning);
  return state::OpenRocksDbLeadStore(MakeStateOptions(settings, partitions));
}

Status Readiness(const kafka::LiveRun& run, const ClockGuard& clock) {
  if (const std::optional<std::string> doubt = clock.FindDoubt()) return Status::Retriable(*doubt);
  if (run.ready()) return Status::Ok();
  uint32_t failing = 0;
  for (const auto& worker : run.metrics()) failing += worker->partitions_failing;
  const std::string tried_again =
      failing == 0 ? "" : "; " + std::to_string(failing) + " could not be and are tried again, see the log";
  return Status::Retriable("partitions are being assigned or restored" + tried_again);
}

// Runs until `stop` becomes true, then commits the open epochs and leaves the group. An error ends the process; nothing
// uncommitted remains. `definitions`: from the file in the settings; null if they come from the topic.
Status RunLiveProcess(const config::Settings& settings, std::shared_ptr<const config::Definitions> definitions,
                      bool accept_clock, const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const std::optional<serve::QueryAddress> query_address, ReadQueryAddress(settings.queries));
  LP_ASSIGN_OR_RETURN(auto connection, kafka::ConnectToKafka(MakeConnectionOptions(settings, 0)));
  const Result<uint32_t> partitions = AskToStart(stop, [&] { return connection->CountPartitions(); });
  if (stop) return Status::Ok();
  if (!partitions.ok()) return partitions.status();
  const Result<kafka::LiveRunOptions> options = FindRunOptions(settings, stop);
  if (stop) return Status::Ok();
  if (!options.ok()) return options.status();
  const SystemClock wall;
  ClockGuard clock(&wall);
  Result<std::unique_ptr<LiveDefinitions>> wanted = FindDefinitions(settings, std::move(definitions), &clock, stop);
  if (stop) return Status::Ok();
  if (!wanted.ok()) return wanted.status();
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, OpenState(settings, *partitions));
  connection.reset();
  if (const auto known = query::ClockIfAny(*store); known.ok() && known->has_value() && !accept_clock) {
    clock.Begin(**known);
  }

  serve::LeadIndex index({});
  serve::RecentErasures erasures;
  const std::unique_ptr<state::WriteBehindStore> behind =
      state::MakeWriteBehindStore({.max_bytes = MakeLiveMemory(settings).write_behind}, store.get(), &clock);
  state::WatchedStore indexed(behind.get(), &index);
  state::WatchedStore watched(&indexed, &erasures);
  index.Start(behind.get(), &clock);
  state::BackupRequestHandler requests(settings.state.directory, behind.get());
  const auto connect = [&](size_t worker) { return kafka::ConnectToKafka(MakeConnectionOptions(settings, worker)); };
  kafka::CommandOutcomes commands;
  pipeline::ChangeFeed feed({});
  kafka::LiveRun run(*options, {connect, &watched, &clock, wanted->get(), &commands, &feed, &clock});
  telemetry::MetricsPage page;
  for (size_t i = 0; i < run.metrics().size(); ++i) kafka::AddWorkerMetrics(i, run.metrics()[i].get(), &clock, &page);
  kafka::AddTenantMetrics(&run.tenants(), run.metrics(), &clock, &page);
  kafka::AddStandbyMetrics(&run.standby(), &page);
  serve::AddIndexMetrics(&index, &page);
  AddStateMetrics(store.get(), &page);
  serve::QueryMetrics query_metrics;
  serve::AddQueryMetrics(&query_metrics, &page);
  const auto health = [&run] { return run.failed() ? Status::Fatal("a worker has ended; see the log") : Status::Ok(); };
  LP_ASSIGN_OR_RETURN(std::unique_ptr<telemetry::OperatorServer> server,
                      ServeOperators(settings.http, &page, health, [&run, &clock] { return Readiness(run, clock); }));

  LiveOutcomes outcomes(settings.kafka.topics.commands, &commands);
  const std::unique_ptr<serve::QueryServer> queries =
      ServeQueries(settings.state.directory, query_address,
                   {behind.get(), &outcomes, &feed, &erasures, &index, [&commands] { return commands.Partitions(); },
                    &clock, &query_metrics});

  LP_RETURN_IF_ERROR(run.Start());
  telemetry::LogInfo("running as instance " + settings.kafka.instance + " of " + settings.kafka.application);
  Status written;
  telemetry::ClockLog clock_log;
  while (!stop && !run.failed() && written.ok()) {
    std::this_thread::sleep_for(kLookInterval);
    (*wanted)->LookAgain();
    clock_log.Log(clock.FindDoubt(), clock.Monotonic());
    requests.AnswerRequests();
    if (queries != nullptr) queries->CloseLate();
    written = behind->WriteOutDue();
  }
  telemetry::LogInfo("stopping");
  server.reset();
  const Status stopped = run.Stop();
  if (written.ok()) written = behind->WriteOut();
  return stopped.ok() ? written : stopped;
}

Status CheckQueries(const config::QuerySettings& queries) {
  LP_RETURN_IF_ERROR(ReadQueryAddress(queries).status());
  return queries.enabled ? http::CheckMayListen(queries.address, queries.port) : Status::Ok();
}

}  // namespace

Result<int> RunLive(const std::string& config_path, bool accept_clock) {
  const std::optional<config::Settings> settings = LoadSettingsFile(config_path);
  if (!settings) return kUsage;
  LP_RETURN_IF_ERROR(SetUpLogging(settings->log));
  for (const Status& may : {CheckOperators(settings->http), CheckQueries(settings->queries)}) {
    if (may.ok()) continue;
    telemetry::LogError(may.message());
    return kUsage;
  }
  const std::atomic<bool>& stop = StopOnSignals();
  std::shared_ptr<const config::Definitions> definitions;
  if (!settings->definitions.topic) {
    WaitUntilSettled(settings->definitions.file, config::kMaxYamlBytes, SystemClock(), stop);
    if (stop) return kDone;
    definitions = LoadDefinitionsFile(settings->definitions.file, /*print_warnings=*/true);
    if (definitions == nullptr) return kUsage;
    if (Status fits = CheckLiveDefinitions(*definitions, settings->input_partitioning); !fits.ok()) {
      telemetry::LogError(fits.message());
      return kUsage;
    }
  }
  Status status = RunLiveProcess(*settings, std::move(definitions), accept_clock, stop);
  if (!status.ok()) telemetry::LogError(status.message(), {telemetry::ErrorField(status.message())});
  return status.ok() ? kDone : kFailed;
}

}  // namespace leadpulse::tools
