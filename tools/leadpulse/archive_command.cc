// leadpulse archive: stores the history of the input topics in files, and checks such an archive.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/archive/archive_check.h"
#include "processor/archive/archiver.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/replay/topic_history.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"
#include "tools/report/wording.h"

namespace leadpulse::tools {
namespace {

constexpr uint64_t kMostMib = 64 << 10;
constexpr uint64_t kMostMinutes = 366 * 24 * 60;

struct ArchiveLine {
  std::string config, to, from;
  bool follow = false;
  uint64_t segment_mib = 256;
  uint64_t segment_minutes = 60;
};

std::string CheckPoint(const std::string& text) {
  if (replay::ParseRangePoint(text)) return "";
  return "`" + text + "` is no time; write beginning, end, 2026-03-10 or 2026-03-10T09:30:00Z";
}

Result<archive::ArchiveSummary> ArchiveTopics(const ArchiveLine& line, const config::Settings& settings,
                                              const std::atomic<bool>& stop) {
  const kafka::WorkerOptions worker = MakeLiveRunOptions(settings).worker;
  archive::ArchiveRouter router(worker);
  LP_ASSIGN_OR_RETURN(std::unique_ptr<archive::ArchiveFolder> folder, archive::ArchiveFolder::Open(line.to, &router));
  if (!line.from.empty() && !folder->positions().empty()) {
    return Status::Rejected("--from is for a new archive, and " + line.to + " is one already: leave it out to go on");
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<kafka::TopicLog> log, kafka::OpenTopicLog(MakeConnectionOptions(settings, 0)));
  archive::ArchiveOptions options;
  options.follow = line.follow;
  options.from = line.from.empty() ? kafka::RangePoint{} : *replay::ParseRangePoint(line.from);
  options.segment_bytes = line.segment_mib << 20;
  options.segment_time = std::chrono::minutes(line.segment_minutes);
  const std::unique_ptr<files::ProgressListener> progress = ProgressOnTerminal(/*quiet=*/false);
  options.progress = progress.get();
  const SystemClock clock;
  return archive::ArchiveTopics(options, worker.record_topics(), std::move(log), folder.get(), clock, stop);
}

Result<int> Archive(const ArchiveLine& line) {
  const std::optional<config::Settings> settings = LoadSettingsFile(line.config);
  if (!settings) return kUsage;
  LP_RETURN_IF_ERROR(SetUpLogging(settings->log));
  const std::atomic<bool>& stop = StopOnSignals();
  LP_ASSIGN_OR_RETURN(const archive::ArchiveSummary done, ArchiveTopics(line, *settings, stop));
  telemetry::LogInfo("archived " + std::to_string(done.records) + " records to " + line.to +
                     (done.stopped ? "; stopped" : "; the ends are reached"));
  for (const std::string& range : done.deleted) {
    PrintError(range + " are missing for good: the topic's retention deleted them before they were archived. Archive " +
               "more often, or with --follow, or keep the topic for longer");
  }
  if (!done.deleted.empty()) return kFailed;
  return done.stopped && !line.follow ? kStopped : kDone;
}

std::string RenderReport(const std::string& folder, const archive::ArchiveReport& report) {
  std::string text;
  uint64_t records = 0;
  for (const auto& [key, place] : report.places) {
    records += place.records + place.aside;
    AppendParts({archive::NameOf(key), ": ",
                 place.from == place.until ? "nothing yet" : archive::OffsetsText(place.from, place.until), ", ",
                 report::Grouped(place.records), " records"},
                &text);
    if (place.aside > 0) AppendParts({" and ", report::Grouped(place.aside), " aside"}, &text);
    text += "\n";
  }
  AppendParts({folder, ": ", report::Grouped(records), " records, ", report::Grouped(report.segments), " segments of ",
               report::Grouped(report.bytes), " bytes", report.open ? " and one that is open" : "", "\n"},
              &text);
  for (const std::string& problem : report.problems) AppendParts({"PROBLEM: ", problem, "\n"}, &text);
  if (report.problems.empty()) text += "Nothing is missing, and every file is as it was written.\n";
  return text;
}

Result<int> CheckFiles(const std::string& folder) {
  LP_ASSIGN_OR_RETURN(const archive::ArchiveReport report, archive::CheckArchive(folder));
  const ExitCode printed = PrintResult(RenderReport(folder, report));
  if (printed != kDone) return printed;
  return report.problems.empty() ? kDone : kFailed;
}

void AddCheck(CLI::App* parent, std::vector<Subcommand>* subcommands) {
  auto [check, folder] =
      AddSubcommand(parent, "check", "Say whether an archive is whole, and what it lacks", CheckFiles, subcommands);
  Add(check, "FOLDER", folder.get(), "FOLDER", "The archive's folder; a process may be archiving to it")->required();
  check->footer(
      "Exit codes: 0 nothing is missing and every file is as it was written; 1 something is wrong; 2 wrong usage.");
}

}  // namespace

void AddArchiveCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [archive, line] = AddSubcommand(program, "archive", "Store the input topics' history in files, for a rebuild",
                                       Archive, subcommands);
  // Required, as the help says, but not before `check`, which has its own.
  const std::vector<CLI::Option*> required = {
      Add(archive, "--config", &line->config, "FILE REQUIRED", "The settings of the deployment on Kafka"),
      Add(archive, "--to", &line->to, "FOLDER REQUIRED",
          "The archive's folder; created if it is missing, else continued")};
  archive->add_flag("--follow", line->follow, "Continue until stopped; without it: up to the topics' current ends");
  Add(archive, "--from", &line->from, "POINT",
      "Where a new archive begins: beginning, end, or a time of the topics, 2026-03-10 (UTC) or RFC 3339 [beginning]")
      ->check(Check(CheckPoint));
  Add(archive, "--segment-mib", &line->segment_mib, "N", "Close a segment at this size in MiB, uncompressed")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(uint64_t{1}, kMostMib)));
  Add(archive, "--segment-minutes", &line->segment_minutes, "N",
      "With --follow: close a segment at this age in minutes, too")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(uint64_t{1}, kMostMinutes)));
  archive->footer(
      "Each committed record of engagement.events and lead.commands comes into the archive once, whatever is killed.\n"
      "Segments that have ended are files that `leadpulse run` and `leadpulse replay` read.\n"
      "\n"
      "Examples:\n"
      "  leadpulse archive --config live.yaml --to archive --follow\n"
      "  leadpulse archive check archive\n"
      "\n"
      "Exit codes: 0 the ends are reached, or with --follow stopped; 1 it cannot go on, or the topics had lost "
      "records\n"
      "before they were archived, which are named; 2 wrong usage; 3 stopped by a signal before the ends.");
  AddCheck(archive, subcommands);
  RequireUnlessSubcommand(archive, required);
}

}  // namespace leadpulse::tools
