#include "tools/leadpulse/replay/replay_options.h"

#include <CLI/CLI.hpp>

#include "processor/base/address.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"

namespace leadpulse::tools {
namespace {

std::string CheckType(const std::string& text) {
  const std::vector<std::string> known = replay::RecordTypeNames();
  std::string all;
  for (const std::string& name : known) {
    if (name == AsciiLower(text)) return "";
    all += " " + name;
  }
  const std::optional<std::string> nearest = NearestName(AsciiLower(text), known);
  return "`" + text + "` is no type of a record" +
         (nearest ? "; did you mean " + *nearest + "?" : "; there are:" + all);
}

std::string CheckRate(const std::string& text) {
  double rate = 0;
  return CLI::detail::lexical_cast(text, rate) && rate >= 0.001 && rate <= 1e9
             ? ""
             : "`" + text + "` is no number of records a second";
}

void DeclareSelection(CLI::App* replay, ReplayLine* line) {
  Add(replay, "FILE", &line->sources, "", "What to send again: .jsonl or .pb, also .gz or .zst; folders; - (JSONL)")
      ->check(Check(CheckInput));
  replay->add_flag("--from-kafka", line->from_kafka, "In place of files: the input topics of --config");
  Add(replay, "--topic-from", &line->topic_from, "POINT",
      "With --from-kafka: from beginning, end, a time of the topics, or offsets TOPIC/PARTITION=N,…")
      ->capture_default_str();
  Add(replay, "--topic-until", &line->topic_until, "POINT", "And up to there; end is what it is at the start")
      ->capture_default_str();
  AddEach(replay, "--tenant", &line->tenants, "T", "Only this tenant's records; may be repeated")->check(NotEmpty());
  AddEach(replay, "--lead", &line->leads, "LEAD", "Only this lead's, by id or address; may be repeated")
      ->check(NotEmpty());
  AddEach(replay, "--type", &line->types, "TYPE", "Only of this type: open, page_visit, …, or update_profile, erase, …")
      ->check(NotEmpty())
      ->delimiter(',')
      ->check(Check(CheckType));
  Add(replay, "--from", &line->from, "TIME", "Only what happened (or was decided) then or later")
      ->check(Check(CheckUntil));
  Add(replay, "--until", &line->until, "TIME", "And before this: 2026-03-10 (UTC) or RFC 3339")
      ->check(Check(CheckUntil));
}

void DeclareWhereTo(CLI::App* replay, ReplayLine* line) {
  Add(replay, "--to", &line->to, "FILE|kafka", "To the end of a .jsonl file, to - (standard output), or to kafka")
      ->check(Check(CheckRecordFile));
  Add(replay, "--config", &line->config, "FILE", "For Kafka: the settings of the live mode (YAML)");
  Add(replay, "--state", &line->state, "DIR", "Into a fresh state; with --dry-run: the state that would change")
      ->check(NotEmpty());
  Add(replay, "--output", &line->output, "DIR", "With --state: directory for changes, dead letters and leads")
      ->check(NotEmpty());
  Add(replay, "--definitions", &line->definitions, "FILE",
      "With --output: scores, tiers and segments (YAML) [with --from-kafka: the file of --config]");
}

void DeclareHow(CLI::App* replay, ReplayLine* line) {
  replay->add_flag("--as-backfill", line->as_backfill, "Mark each record: the changes it causes say so (backfill)");
  Add(replay, "--rate", &line->rate, "N", "At most this many records a second")->check(Check(CheckRate));
  Add(replay, "--max-lag", &line->max_lag, "N", "With --to kafka: wait while more records than this wait for the group")
      ->check(Check(CheckWholeNumber));
  Add(replay, "--checkpoint", &line->checkpoint, "FILE", "Stores the progress: the same command then continues")
      ->check(NotEmpty());
  replay->add_flag("--dry-run", line->dry_run, "Say what it would change in --state, and change nothing");
  AddChoice(replay, "--format", &line->format, "FORMAT", {"text", "json"}, "What --dry-run says as text or json");
  // For tests: many checkpoints and commits of few records.
  replay->add_option("--checkpoint-every-ms", line->checkpoint_every_ms)->group("")->check(CLI::NonNegativeNumber);
  replay->add_option("--epoch-records", line->epoch_records)->group("")->check(CLI::PositiveNumber);
  replay->add_flag("--quiet", line->quiet, "No progress and no summary");
  Add(replay, "--log-level", &line->log_level, "LEVEL", "What to log on standard error [info; warning with --state]")
      ->check(Unnamed(CLI::IsMember(telemetry::LogLevels())));
  AddChoice(replay, "--log-format", &line->log_format, "text|json", {"text", "json"}, "How to log");
}

std::optional<Instant> TimeOf(const std::string& text) { return text.empty() ? std::nullopt : ParseUntil(text); }

// Checks the options of a replay into a state and of a dry run.
std::string FindStateProblem(const ReplayLine& line) {
  if (line.rate || line.max_lag) return "--rate and --max-lag are for records that are sent: they go with --to";
  if (!line.checkpoint.empty()) return "--checkpoint goes with --to; a state knows how far it came";
  if (line.state.empty())
    return line.dry_run ? "--dry-run needs --state: what would change in it" : "give --to, or --state and --output";
  if (line.dry_run && !line.output.empty()) return "--dry-run has no --output: it writes nothing";
  if (line.dry_run && !line.definitions.empty()) {
    return "--dry-run is under the definitions that the state has: leave out --definitions; what others would change "
           "`leadpulse preview` says";
  }
  if (line.dry_run) return "";
  return line.output.empty() ? "--state goes with --output (or --dry-run)" : "";
}

}  // namespace

void DeclareReplayOptions(CLI::App* replay, ReplayLine* line) {
  DeclareSelection(replay, line);
  DeclareWhereTo(replay, line);
  DeclareHow(replay, line);
}

std::string FindReplayUsageProblem(const ReplayLine& line) {
  const std::optional<Instant> from = TimeOf(line.from);
  const std::optional<Instant> until = TimeOf(line.until);
  if (from && until && *until <= *from) return "--until must be later than --from";
  if (line.sources.empty() != line.from_kafka) return "give files or folders, or --from-kafka";
  if (line.from_kafka && line.config.empty()) return "--from-kafka takes --config, the settings of the live mode";
  if (line.to.empty() || line.dry_run) {
    if (!line.to.empty()) return "--dry-run sends nothing: leave out --to";
    if (!line.config.empty() && !line.from_kafka) return "--config goes with --to kafka and --from-kafka";
    return FindStateProblem(line);
  }
  if (!line.state.empty() || !line.output.empty() || !line.definitions.empty()) {
    return "--state, --output and --definitions do not go with --to";
  }
  const RecordTarget target{line.to, line.from_kafka && line.to != kToKafka ? "" : line.config};
  if (const Status status = CheckTarget(target); !status.ok()) return status.message();
  if (target.kafka()) return "";
  if (line.max_lag) return "--max-lag goes with --to kafka";
  if (line.to == kToStandardOutput && !line.checkpoint.empty()) {
    return "--checkpoint does not go with standard output: nobody knows what became of that";
  }
  return "";
}

std::string LogLevelOf(const ReplayLine& line) {
  if (!line.log_level.empty()) return line.log_level;
  return line.to.empty() ? "warning" : "info";
}

replay::RecordSelection SelectionOf(const ReplayLine& line) {
  replay::RecordSelection selection;
  selection.tenants.insert(line.tenants.begin(), line.tenants.end());
  for (const std::string& lead : line.leads) {
    selection.leads.insert(lead);
    // An address is stored in normal form; an id that looks like one may not be.
    if (lead.find('@') != std::string::npos) selection.leads.insert(NormalizeAddress(lead));
  }
  for (const std::string& type : line.types) selection.types.insert(AsciiLower(type));
  selection.from = TimeOf(line.from);
  selection.until = TimeOf(line.until);
  return selection;
}

std::string ReplayArguments(const ReplayLine& line, const std::optional<config::Settings>& settings) {
  std::string source = "files";
  for (const std::string& path : line.sources) source += " " + path;
  if (line.from_kafka) {
    const config::TopicNames& topics = settings->kafka.topics;
    source = Concat({topics.events, " ", topics.commands, " from ", line.topic_from, " until ", line.topic_until});
  }
  const std::string where =
      line.to.empty() ? " --state " + line.state + " --output " + line.output : " --to " + line.to;
  return source + SelectionOf(line).Describe() + (line.as_backfill ? " --as-backfill" : "") + where +
         (line.config.empty() ? "" : " --config " + line.config);
}

}  // namespace leadpulse::tools
