// leadpulse replay: sends history again, to a file, to Kafka or into a fresh state.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/files/input/input_list.h"
#include "processor/files/progress.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_group_lag.h"
#include "processor/replay/history_source.h"
#include "processor/replay/replay.h"
#include "processor/replay/topic_history.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/replay/replay_options.h"
#include "tools/leadpulse/replay/replay_state.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

// Returns the size in bytes; 0: there is no file.
uint64_t SizeOf(const std::string& file) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

constexpr uint64_t kMostRefusedLogged = 20;
constexpr std::chrono::seconds kLogProgressEvery{10};

// Progress as a log line every ten seconds, if there is no terminal.
class LoggedProgress : public files::ProgressListener {
 public:
  void OnProgress(const files::Progress& progress) override {
    const auto now = MonotonicNow();
    if (now - logged_at_ < kLogProgressEvery) return;
    logged_at_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    telemetry::LogInfo(files::RenderProgress(progress, seconds, std::string::npos));
  }

 private:
  const std::chrono::steady_clock::time_point started_ = MonotonicNow();
  std::chrono::steady_clock::time_point logged_at_ = started_;
};

std::unique_ptr<files::ProgressListener> MakeProgress(const ReplayLine& line) {
  if (line.quiet) return nullptr;
  if (std::unique_ptr<files::ProgressListener> progress = ProgressOnTerminal(line.quiet)) return progress;
  return std::make_unique<LoggedProgress>();
}

// Logs a rejected record's position and the reason, never its text, which may be about a person.
void ReportRefused(const replay::HistoryRecord& record, uint64_t count) {
  if (count > kMostRefusedLogged + 1) return;
  if (count == kMostRefusedLogged + 1) {
    telemetry::LogWarning("further records that are not sent are only counted");
    return;
  }
  const codec::SourcePosition& position = record.position;
  const std::string place = position.line > 0
                                ? ", record " + std::to_string(position.line)
                                : "/" + std::to_string(position.partition) + " at " + std::to_string(position.offset);
  telemetry::LogWarning("not sent: " + position.topic + place + ": " +
                        std::string(codec::ReasonName(std::get<codec::Rejection>(record.decoded).reason)));
}

// Rejects an output that is also an input, because the replay would never end.
Status CheckOutputIsNoInput(const ReplayLine& line) {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> files, input::FilesOf(line.sources));
  for (const std::string& file : files) {
    std::error_code error;
    if (std::filesystem::equivalent(file, line.to, error)) {
      return Status::Rejected("--to " + line.to + " is one of the files to send; give another file");
    }
  }
  return Status::Ok();
}

std::string Describe(const replay::ReplaySummary& summary) {
  return GroupDigits(summary.counts.sent) + " records sent, " + GroupDigits(summary.counts.left_out) + " left out, " +
         GroupDigits(summary.counts.refused) + " not sent because they could not be decoded";
}

Result<int> ReportEnd(const ReplayLine& line, const replay::ReplaySummary& summary) {
  if (summary.was_done) {
    PrintError("this replay is done, as " + line.checkpoint + " says: " + Describe(summary) +
               ". Nothing was sent; to send all of it again, remove that file");
    return kDone;
  }
  if (!line.quiet) telemetry::LogInfo((summary.counts.done ? "replay done: " : "replay stopped: ") + Describe(summary));
  const bool is_all_refused = summary.counts.refused > 0 && summary.counts.sent == 0 && summary.counts.left_out == 0;
  if (summary.counts.done && is_all_refused) {
    return Status::Rejected(
        R"(nothing was sent: no record of the input could be decoded. A line is {"event":{…}} or {"command":{…}})");
  }
  if (summary.counts.done) return kDone;
  PrintError(line.checkpoint.empty() ? "stopped. Without --checkpoint the same command begins at the beginning"
                                     : "stopped. " + line.checkpoint + " has how far it came: run again to go on.");
  return kStopped;
}

// Completes `world`, which has the destination and, with a max_lag, `lag`; and replays.
Result<replay::ReplaySummary> SendToEnd(const ReplayLine& line, replay::ReplayEnvironment world,
                                        replay::HistorySource* source, replay::CheckpointFile* checkpoint,
                                        const std::atomic<bool>& stop) {
  replay::ReplayOptions options{SelectionOf(line), line.as_backfill, line.rate, line.max_lag};
  options.checkpoint_every = std::chrono::milliseconds(line.checkpoint_every_ms);
  const SystemClock clock;
  const std::unique_ptr<files::ProgressListener> progress = MakeProgress(line);
  uint64_t refused = 0;
  world.source = source;
  world.checkpoint = checkpoint;
  world.clock = &clock;
  world.stop = &stop;
  world.pause = [&stop](std::chrono::nanoseconds wait) { Pause(wait, stop); };
  world.on_refused = [&refused](const replay::HistoryRecord& record) { ReportRefused(record, ++refused); };
  world.progress = progress.get();
  return replay::Replay(options, world);
}

Result<replay::ReplaySummary> SendToFile(const ReplayLine& line, replay::HistorySource* source,
                                         replay::CheckpointFile* checkpoint, const std::atomic<bool>& stop) {
  if (checkpoint != nullptr && !checkpoint->checkpoint().done &&
      SizeOf(line.to) < checkpoint->checkpoint().destination_bytes) {
    return Status::Rejected("--to " + line.to + " is not there any more, or shorter than it was at the checkpoint " +
                            checkpoint->path() +
                            ", so that what was sent is gone; put it back, or give another --to and --checkpoint");
  }
  LP_ASSIGN_OR_RETURN(const auto file, OpenRecordFile(line.to));
  replay::ReplayEnvironment world{.destination = file.get(), .keeps_lines = true};
  world.destination_bytes = [&line] { return SizeOf(line.to); };
  return SendToEnd(line, std::move(world), source, checkpoint, stop);
}

Result<replay::ReplaySummary> SendToKafka(const ReplayLine& line, const config::Settings& settings,
                                          replay::HistorySource* source, replay::CheckpointFile* checkpoint,
                                          const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const auto topics, OpenTopics(settings));
  replay::ReplayEnvironment world{.destination = topics.get()};
  std::unique_ptr<kafka::GroupLag> lag;
  if (line.max_lag) {
    LP_ASSIGN_OR_RETURN(lag, kafka::WatchGroupLag(MakeClientOptions(settings.kafka)));
    world.lag = [&lag, &line] { return lag->Ask(*line.max_lag); };
  }
  return SendToEnd(line, std::move(world), source, checkpoint, stop);
}

Result<std::unique_ptr<replay::HistorySource>> OpenSource(const ReplayLine& line,
                                                          const std::optional<config::Settings>& settings,
                                                          const std::atomic<bool>& stop) {
  if (!line.from_kafka) return replay::OpenFileHistory(line.sources, STDIN_FILENO, stop);
  return replay::OpenTopicHistory(MakeClientOptions(settings->kafka), line.topic_from, line.topic_until,
                                  MakeLiveRunOptions(*settings).worker);
}

// Sends the records. nullopt if the settings are wrong; the errors have been printed.
Result<std::optional<replay::ReplaySummary>> Send(const ReplayLine& line, const std::atomic<bool>& stop) {
  std::optional<config::Settings> settings;
  if (line.to == kToKafka || line.from_kafka) {
    settings = LoadSettingsFile(line.config);
    if (!settings) return std::optional<replay::ReplaySummary>();
  } else {
    LP_RETURN_IF_ERROR(CheckOutputIsNoInput(line));
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<replay::HistorySource> source, OpenSource(line, settings, stop));
  std::unique_ptr<replay::CheckpointFile> checkpoint;
  if (!line.checkpoint.empty()) {
    LP_ASSIGN_OR_RETURN(checkpoint, replay::CheckpointFile::Open(line.checkpoint, ReplayArguments(line, settings)));
  }
  LP_ASSIGN_OR_RETURN(auto summary, line.to == kToKafka
                                        ? SendToKafka(line, *settings, source.get(), checkpoint.get(), stop)
                                        : SendToFile(line, source.get(), checkpoint.get(), stop));
  return std::optional(std::move(summary));
}

Result<int> RunReplay(const ReplayLine& line) {
  Status usage = telemetry::SetUpLogging(LogLevelOf(line), line.log_format == "json");
  if (const std::string problem = FindReplayUsageProblem(line); usage.ok() && !problem.empty()) {
    usage = Status::Rejected(problem + "\nTry: leadpulse replay --help");
  }
  if (!usage.ok()) return FailUsage(usage);
  if (line.dry_run) return DryRunReplay(line);
  if (line.to.empty()) return ReplayIntoState(line);
  const Result<std::optional<replay::ReplaySummary>> summary = Send(line, StopOnSignals());
  if (!summary.ok()) return Fail(summary.status());
  return summary->has_value() ? ReportEnd(line, **summary) : kUsage;
}

}  // namespace

void AddReplayCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [replay, line] = AddSubcommand(
      program, "replay", "Send history again: to a file, to Kafka or into a fresh state", RunReplay, subcommands);
  DeclareReplayOptions(replay, line.get());
  replay->footer(
      "Records keep their ids, so that a consumer that already has them knows the duplicates. Each lead's are sent in "
      "order.\n"
      "With --checkpoint, a replay that was killed goes on where it was, and sends again at most its last second.\n"
      "\n"
      "Examples:\n"
      "  leadpulse replay archive --to inbox/history.jsonl --as-backfill --checkpoint history.checkpoint\n"
      "  leadpulse replay archive --to kafka --config live.yaml --rate 2000 --checkpoint history.checkpoint\n"
      "  leadpulse replay archive --tenant acme --from 2026-01-01 --state state --output out\n"
      "  leadpulse replay --from-kafka --config live.yaml --topic-from 2026-03-01 --state state --output out\n"
      "  leadpulse replay late.jsonl --state state --dry-run\n"
      "\n"
      "Exit codes: 0 done; 1 the work failed; 2 wrong usage or settings; 3 stopped by a signal.");
}

}  // namespace leadpulse::tools
