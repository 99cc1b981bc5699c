#include "tools/leadpulse/replay/replay_state.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "processor/base/durability.h"
#include "processor/input/input_list.h"
#include "processor/replay/checkpoint.h"
#include "processor/replay/file_history.h"
#include "processor/replay/selection_transform.h"
#include "tools/leadpulse/replay/replay_topics.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/settings_file.h"
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

// Rejected: the state is not fresh, and not one that the same replay began. `source` as of ReplayArguments.
Result<std::unique_ptr<replay::CheckpointFile>> ClaimState(const ReplayLine& line, const std::string& source) {
  const std::string arguments = ReplayArguments(line, source);
  const std::string path = line.output + "/" + kCheckpointName;
  std::error_code error;
  if (!std::filesystem::exists(path, error) && HoldsSomething(line.state)) {
    return Status::Rejected("the state " + line.state +
                            " is not a fresh one, and not one that this replay began; give a --state and an --output "
                            "that are not there yet");
  }
  LP_RETURN_IF_ERROR(CreateDirectory(line.output));
  Result<std::unique_ptr<replay::CheckpointFile>> checkpoint = replay::CheckpointFile::Open(path, arguments);
  // Of topics it is saved with the range, once that is known.
  if (checkpoint.ok() && !(*checkpoint)->found() && !line.from_kafka) LP_RETURN_IF_ERROR((*checkpoint)->Save({}));
  return checkpoint;
}

// What is replayed into --state, as files; none: it was stopped.
Result<std::vector<std::string>> ClaimAndFetch(const ReplayLine& line, const config::Settings* settings,
                                               const std::atomic<bool>& stop) {
  const std::string source = line.from_kafka ? TopicsIdentity(line, *settings) : replay::FilesIdentity(line.sources);
  Result<std::vector<std::string>> files = input::FilesOf(line.sources);  // before anything is made
  if (!files.ok()) return files.status();
  const Result<std::unique_ptr<replay::CheckpointFile>> claimed = ClaimState(line, source);
  if (!claimed.ok()) return claimed.status();
  if (!line.from_kafka) return files;
  return FetchTopics(line, *settings, line.output + "/" + kTopicsFolder, claimed->get(), stop);
}

}  // namespace

int ReplayIntoState(const ReplayLine& line) {
  std::optional<config::Settings> settings;
  if (line.from_kafka && !(settings = LoadSettingsFile(line.config))) return kUsage;
  if (settings && settings->definitions.topic && line.definitions.empty()) {
    return FailUsage(
        Status::Rejected("the settings take the definitions from a topic, and a state on files has them "
                         "from a file: give --definitions, the file that was published"));
  }
  Result<std::vector<std::string>> inputs = ClaimAndFetch(line, settings ? &*settings : nullptr, StopOnSignals());
  if (!inputs.ok()) return Fail(inputs.status());
  if (inputs->empty()) {
    PrintError("stopped. What was read of the topics is in " + line.output + ": run again to go on.");
    return kStopped;
  }
  RunCommandLine run;
  run.inputs = std::move(*inputs);
  run.state = line.state;
  run.output = line.output;
  run.definitions = line.definitions.empty() && settings ? settings->definitions.file : line.definitions;
  run.quiet = line.quiet;
  run.format = line.format;
  run.log_level = LogLevelOf(line);
  run.log_format = line.log_format;
  if (line.epoch_records > 0) run.epoch_records = line.epoch_records;
  const replay::SelectionTransform transform(SelectionOf(line), line.as_backfill);
  return RunOnFiles(run, &transform);
}

}  // namespace leadpulse::tools
