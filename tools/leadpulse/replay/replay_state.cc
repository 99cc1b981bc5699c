#include "tools/leadpulse/replay/replay_state.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "config/settings.h"
#include "processor/base/durability.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/files/input/input_list.h"
#include "processor/replay/checkpoint.h"
#include "processor/replay/dry_run.h"
#include "processor/replay/record_selection.h"
#include "processor/replay/topic_archive.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

// File in --output that identifies the replay into the state.
constexpr char kCheckpointName[] = "replay.checkpoint";

bool HoldsSomething(const std::string& directory) {
  std::error_code error;
  return std::filesystem::exists(directory, error) && !std::filesystem::is_empty(directory, error);
}

// Claims the state for this replay. Rejected: it is not empty, and the same replay did not start it. `arguments`:
// ReplayArguments.
Result<std::unique_ptr<replay::CheckpointFile>> ClaimState(const ReplayLine& line, const std::string& arguments) {
  const std::string path = line.output + "/" + kCheckpointName;
  std::error_code error;
  if (!std::filesystem::exists(path, error) && HoldsSomething(line.state)) {
    return Status::Rejected("the state " + line.state +
                            " is not a fresh one, and not one that this replay began; give a --state and an --output "
                            "that are not there yet");
  }
  LP_RETURN_IF_ERROR(CreateDirectory(line.output));
  Result<std::unique_ptr<replay::CheckpointFile>> checkpoint = replay::CheckpointFile::Open(path, arguments);
  // For topics, it is saved later with the range, once that is known.
  if (checkpoint.ok() && !(*checkpoint)->found() && !line.from_kafka) LP_RETURN_IF_ERROR((*checkpoint)->Save({}));
  return checkpoint;
}

// Returns the range of the topics for `--from-kafka`.
replay::TopicSource TopicSourceOf(const ReplayLine& line, const config::Settings& settings) {
  return {line.topic_from, line.topic_until, MakeClientOptions(settings.kafka), MakeLiveRunOptions(settings).worker,
          [quiet = line.quiet] { return ProgressOnTerminal(quiet); }};
}

// Returns the files to replay into --state; empty if it was stopped.
Result<std::vector<std::string>> ClaimAndFetch(const ReplayLine& line, const std::optional<config::Settings>& settings,
                                               const std::atomic<bool>& stop) {
  Result<std::vector<std::string>> files = input::FilesOf(line.sources);  // before anything is created
  if (!files.ok()) return files.status();
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<replay::CheckpointFile> claimed,
                      ClaimState(line, ReplayArguments(line, settings)));
  if (!settings) return files;
  return replay::FetchTopics(TopicSourceOf(line, *settings), line.output + "/" + replay::kTopicsFolder, claimed.get(),
                             stop);
}

Result<int> PrintDryRun(const ReplayLine& line, const replay::DryRunResult& result) {
  uint64_t dead = 0;
  for (const uint64_t count : result.summary.rejected) dead += count;
  if (line.format == "json") {
    return PrintResult(PreviewJson(result.preview, [&](JsonObject* object) {
      object->Number("records", result.summary.records);
      object->Number("deadLetters", dead);
    }));
  }
  const std::string applied = GroupDigits(result.summary.records) + " records, " +
                              GroupDigits(result.summary.TotalChanges()) + " changes, " + GroupDigits(dead) +
                              " dead letters: with them. ";
  return PrintResult(applied + PreviewText(result.preview));
}

}  // namespace

Result<int> ReplayIntoState(const ReplayLine& line) {
  std::optional<config::Settings> settings;
  if (line.from_kafka && !(settings = LoadSettingsFile(line.config))) return kUsage;
  if (settings && settings->definitions.topic && line.definitions.empty()) {
    return FailUsage(
        "the settings take the definitions from a topic, and a state on files has them "
        "from a file: give --definitions, the file that was published");
  }
  LP_ASSIGN_OR_RETURN(auto inputs, ClaimAndFetch(line, settings, StopOnSignals()));
  if (inputs.empty()) {
    PrintError("stopped. What was read of the topics is in " + line.output + ": run again to go on.");
    return kStopped;
  }
  RunCommandLine run;
  run.options.inputs = std::move(inputs);
  run.state = line.state;
  run.options.output_directory = line.output;
  run.definitions = line.definitions.empty() && settings ? settings->definitions.file : line.definitions;
  run.quiet = line.quiet;
  run.format = line.format;
  run.log_level = LogLevelOf(line);
  run.log_format = line.log_format;
  if (line.epoch_records > 0) run.options.max_epoch_records = line.epoch_records;
  const input::RecordTransform transform{replay::TransformOf(SelectionOf(line), line.as_backfill)};
  return RunOnFiles(run, &transform);
}

Result<int> DryRunReplay(const ReplayLine& line) {
  replay::DryRunOptions options{line.state, line.sources, {}, false, SelectionOf(line), line.as_backfill, {}};
  options.progress = [quiet = line.quiet] { return ProgressOnTerminal(quiet); };
  if (line.from_kafka) {
    const std::optional<config::Settings> settings = LoadSettingsFile(line.config);
    if (!settings) return kUsage;
    options.topics = TopicSourceOf(line, *settings);
    options.places_known = settings->input_partitioning == config::InputPartitioning::kTrusted;
  }
  LP_ASSIGN_OR_RETURN(const auto result, replay::DryRun(options, PrintWarning, StopOnSignals()));
  if (result.has_value()) return PrintDryRun(line, *result);
  PrintError("stopped; nothing was changed");
  return kStopped;
}

}  // namespace leadpulse::tools
