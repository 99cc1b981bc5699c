#include "tools/leadpulse/replay_state.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/embedded/durable_files.h"
#include "processor/embedded/input_list.h"
#include "processor/embedded/input_progress.h"
#include "processor/embedded/prefix_hash.h"
#include "processor/embedded/run.h"
#include "processor/embedded/run_state.h"
#include "processor/embedded/state_backup.h"
#include "processor/engine/partition_meta.h"
#include "processor/replay/checkpoint.h"
#include "processor/replay/file_history.h"
#include "processor/replay/selection_transform.h"
#include "state/meta_reader.h"
#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/preview_output.h"
#include "tools/leadpulse/replay_effect.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/stop_signal.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// In --output: whose state it is.
constexpr char kCheckpointName[] = "replay.checkpoint";

bool HoldsSomething(const std::string& directory) {
  std::error_code error;
  return std::filesystem::exists(directory, error) && !std::filesystem::is_empty(directory, error);
}

// Rejected: the state is not fresh, and not one that the same replay began.
Status ClaimState(const ReplayLine& line) {
  const std::string arguments = ReplayArguments(line, replay::FilesIdentity(line.sources));
  const std::string path = line.output + "/" + kCheckpointName;
  std::error_code error;
  if (!std::filesystem::exists(path, error) && HoldsSomething(line.state)) {
    return Status::Rejected("the state " + line.state +
                            " is not a fresh one, and not one that this replay began; give a --state and an --output "
                            "that are not there yet");
  }
  LP_RETURN_IF_ERROR(CreateDirectory(line.output));
  Result<std::unique_ptr<replay::CheckpointFile>> checkpoint = replay::CheckpointFile::Open(path, arguments);
  if (!checkpoint.ok()) return checkpoint.status();
  return (*checkpoint)->found() ? Status::Ok() : (*checkpoint)->Save({});
}

// Beside the state, so that files that no longer change are shared; removed at the end.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> Make(const std::string& state) {
    std::string name = state;
    while (name.size() > 1 && name.ends_with('/')) name.pop_back();
    name += ".dry-run-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) return FileFailure(name, "made");
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(name)));
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    if (error) PrintError("warning: " + path_ + " cannot be removed: " + error.message() + "; remove it by hand");
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

Result<std::unique_ptr<state::LeadStore>> OpenCopy(const std::string& directory) {
  state::RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  options.sync = false;  // nobody needs it after a power cut
  return state::OpenRocksDbLeadStore(options);
}

// The copy has outputs of its own, which are empty, and has read none of the files.
Status Detach(const std::vector<std::string>& inputs, state::LeadStore* store) {
  const Result<std::optional<embedded::RunState>> run = embedded::ReadRunState(state::MetaOf(*store));
  if (!run.ok()) return run.status();
  const Result<bool> live = engine::IsLiveState(state::MetaOf(*store), store->partition_count());
  if (!live.ok()) return live.status();
  if (*live || !run->has_value()) {
    return Status::Rejected(*live ? "--state is one of the live mode, and a dry run is one on files; take one that was "
                                    "built from files"
                                  : "--state has nothing in it yet: what would change is everything");
  }
  const embedded::Hash128 nothing = embedded::PrefixHash().Digest();
  state::EpochWrite write;
  embedded::AppendRunState({(*run)->clock, {0, nothing}, {0, nothing}}, &write);
  embedded::InputProgress unread;
  unread.hash = nothing;
  for (const std::string& input : inputs) {
    write.meta.emplace_back(embedded::InputProgressName(input), embedded::EncodeInputProgress(unread));
  }
  return store->Commit(write);
}

Result<embedded::RunSummary> ApplyTo(state::LeadStore* store, const ReplayLine& line, const std::string& output,
                                     const std::atomic<bool>& stop) {
  Result<std::vector<std::string>> inputs = embedded::FilesOf(line.sources);
  if (!inputs.ok()) return inputs.status();
  LP_RETURN_IF_ERROR(Detach(*inputs, store));
  LP_RETURN_IF_ERROR(CreateDirectory(output));
  for (const char* name : {embedded::kChangesFile, embedded::kDeadLettersFile}) {
    LP_RETURN_IF_ERROR(embedded::WriteDurableFile(output + "/" + name, ""));
  }
  const replay::SelectionTransform transform(SelectionOf(line), line.as_backfill);
  embedded::RunOptions options;
  options.inputs = std::move(*inputs);
  options.output_directory = output;
  options.workers = std::max(1u, std::thread::hardware_concurrency());
  options.sync = false;
  options.transform = &transform;
  const SystemClock clock;
  std::unique_ptr<embedded::TerminalProgress> progress;
  if (!line.quiet && isatty(STDERR_FILENO) != 0) {
    progress = std::make_unique<embedded::TerminalProgress>(STDERR_FILENO);
  }
  return embedded::RunOnFiles(options, {store, &clock, &stop, progress.get(), STDIN_FILENO, nullptr});
}

int Tell(const ReplayLine& line, const embedded::RunSummary& summary, const Preview& preview) {
  uint64_t dead = 0;
  for (const uint64_t count : summary.rejected) dead += count;
  const std::string applied = embedded::GroupDigits(summary.records) + " records, " +
                              embedded::GroupDigits(summary.TotalChanges()) + " changes, " +
                              embedded::GroupDigits(dead) + " dead letters: with them. ";
  return PrintResult(line.format == "json" ? PreviewJson(preview) : applied + PreviewText(preview));
}

Result<int> CompareWithCopy(const ReplayLine& line, const std::atomic<bool>& stop) {
  const SystemClock clock;
  Result<std::unique_ptr<ScratchFolder>> folder = ScratchFolder::Make(line.state);
  if (!folder.ok()) return folder.status();
  LP_RETURN_IF_ERROR(embedded::BackUpState({line.state, **folder / "before"}, clock));
  Result<std::unique_ptr<state::LeadStore>> before = OpenCopy(**folder / "before");
  if (!before.ok()) return before.status();
  LP_RETURN_IF_ERROR((*before)->MakeCheckpoint(**folder / "after"));
  Result<std::unique_ptr<state::LeadStore>> after = OpenCopy(**folder / "after");
  if (!after.ok()) return after.status();
  const Result<embedded::RunSummary> summary = ApplyTo(after->get(), line, **folder / "out", stop);
  if (!summary.ok()) return summary.status();
  if (summary->stopped_at) {
    PrintError("stopped; nothing was changed");
    return static_cast<int>(kStopped);
  }
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(**after);
  if (!definitions.ok()) return definitions.status();
  const Result<Instant> at = ClockOfState(**after);
  if (!at.ok()) return at.status();
  const Result<Preview> preview = CompareStates(**before, **after, std::move(*definitions), *at);
  if (!preview.ok()) return preview.status();
  return Tell(line, *summary, *preview);
}

}  // namespace

int ReplayIntoState(const ReplayLine& line) {
  Result<std::vector<std::string>> inputs = embedded::FilesOf(line.sources);
  if (!inputs.ok()) return Fail(inputs.status());
  if (Status claimed = ClaimState(line); !claimed.ok()) return Fail(claimed);
  RunCommandLine run;
  run.inputs = std::move(*inputs);
  run.state = line.state;
  run.output = line.output;
  run.definitions = line.definitions;
  run.quiet = line.quiet;
  run.format = line.format;
  run.log_level = LogLevelOf(line);
  run.log_format = line.log_format;
  const replay::SelectionTransform transform(SelectionOf(line), line.as_backfill);
  return RunOnFiles(run, &transform);
}

int DryRunReplay(const ReplayLine& line) {
  const Result<int> code = CompareWithCopy(line, StopOnSignals());
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace leadpulse::tools
