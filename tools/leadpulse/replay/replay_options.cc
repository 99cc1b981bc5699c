#include "tools/leadpulse/replay/replay_options.h"

#include <filesystem>
#include <system_error>

#include <CLI/CLI.hpp>

#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/input/input_format.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/option_checks.h"
#include "tools/leadpulse/record_output.h"
#include "tools/leadpulse/run_options.h"

namespace leadpulse::tools {
namespace {

// CLI11 calls a check with each value and takes a text as the complaint about it, nothing as consent.
std::string CheckSource(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return "";
  const Result<input::InputFormat> format = input::InputFormatOf(path);
  return format.ok() ? "" : format.status().message();
}

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

std::string CheckTime(const std::string& text) {
  if (ParseUntil(text)) return "";
  return "`" + text + "` is no time; write 2026-03-10 or 2026-03-10T09:30:00Z";
}

std::string CheckRate(const std::string& text) {
  double rate = 0;
  return CLI::detail::lexical_cast(text, rate) && rate >= 0.001 && rate <= 1e9
             ? ""
             : "`" + text + "` is no number of records a second";
}

CLI::Validator Check(std::string (*check)(const std::string&)) { return CLI::Validator(check, ""); }

void DeclareSelection(CLI::App* replay, ReplayLine* line) {
  replay->add_option("FILE", line->sources, "What to send again: .jsonl or .pb, also .gz or .zst; folders; - (JSONL)")
      ->type_name("")
      ->check(Check(CheckSource));
  replay->add_flag("--from-kafka", line->from_kafka, "In place of files: the input topics of --config");
  replay
      ->add_option("--topic-from", line->topic_from,
                   "With --from-kafka: from beginning, end, a time of the topics, or offsets TOPIC/PARTITION=N,…")
      ->type_name("POINT")
      ->capture_default_str();
  replay->add_option("--topic-until", line->topic_until, "And up to there; end is what it is at the start")
      ->type_name("POINT")
      ->capture_default_str();
  const auto several = [replay](const char* name, std::vector<std::string>* values, const char* help) {
    return replay->add_option(name, *values, help)->allow_extra_args(false)->check(Check(CheckNotEmpty));
  };
  several("--tenant", &line->tenants, "Only this tenant's records; as often as there are")->type_name("T");
  several("--lead", &line->leads, "Only this lead's, by id or address; as often as there are")->type_name("LEAD");
  several("--type", &line->types, "Only of this type: open, page_visit, …, or update_profile, erase, …")
      ->type_name("TYPE")
      ->delimiter(',')
      ->check(Check(CheckType));
  replay->add_option("--from", line->from, "Only what happened (or was decided) then or later")
      ->type_name("TIME")
      ->check(Check(CheckTime));
  replay->add_option("--until", line->until, "And before this: 2026-03-10 (UTC) or RFC 3339")
      ->type_name("TIME")
      ->check(Check(CheckTime));
}

void DeclareWhereTo(CLI::App* replay, ReplayLine* line) {
  replay->add_option("--to", line->to, "To the end of a .jsonl file, to - (standard output), or to kafka")
      ->type_name("FILE|kafka")
      ->check(Check(CheckRecordFile));
  replay->add_option("--config", line->config, "Of Kafka: the settings of the live mode (YAML)")->type_name("FILE");
  replay->add_option("--state", line->state, "Into a fresh state; with --dry-run: the state whose changes are told")
      ->type_name("DIR")
      ->check(Check(CheckNotEmpty));
  replay->add_option("--output", line->output, "With --state: directory for changes, dead letters and leads")
      ->type_name("DIR")
      ->check(Check(CheckNotEmpty));
  replay
      ->add_option("--definitions", line->definitions,
                   "With --output: scores, tiers and segments (YAML) [with --from-kafka: the file of --config]")
      ->type_name("FILE");
}

void DeclareHow(CLI::App* replay, ReplayLine* line) {
  replay->add_flag("--as-backfill", line->as_backfill, "Mark each record: the changes it causes say so (backfill)");
  replay->add_option("--rate", line->rate, "So many records a second, at most")
      ->type_name("N")
      ->check(Check(CheckRate));
  replay
      ->add_option("--max-lag", line->max_lag, "With --to kafka: wait while more records than this wait for the group")
      ->type_name("N")
      ->check(Check(CheckWholeNumber));
  replay->add_option("--checkpoint", line->checkpoint, "Where to keep how far it came: the same command then goes on")
      ->type_name("FILE")
      ->check(Check(CheckNotEmpty));
  replay->add_flag("--dry-run", line->dry_run, "Say what it would change in --state, and change nothing");
  replay->add_option("--format", line->format, "What --dry-run says as text or json")
      ->type_name("FORMAT")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}).description(""));
  // For tests: many checkpoints and commits of few records.
  replay->add_option("--checkpoint-every-ms", line->checkpoint_every_ms)->group("")->check(CLI::NonNegativeNumber);
  replay->add_option("--epoch-records", line->epoch_records)->group("")->check(CLI::PositiveNumber);
  replay->add_flag("--quiet", line->quiet, "No progress and no summary");
  replay->add_option("--log-level", line->log_level, "What to log on standard error [info; warning with --state]")
      ->type_name("LEVEL")
      ->check(CLI::IsMember(telemetry::LogLevels()).description(""));
  replay->add_option("--log-format", line->log_format, "How to log")
      ->type_name("text|json")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->capture_default_str();
}

std::optional<Instant> TimeOf(const std::string& text) { return text.empty() ? std::nullopt : ParseUntil(text); }

// Of a replay into a state and of a dry run.
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
    return "--checkpoint does not go with standard output, of which nobody knows what became of it";
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
    // An address is kept in lower case; an id that looks like one may not be.
    if (lead.find('@') != std::string::npos) selection.leads.insert(AsciiLower(TrimAsciiSpace(lead)));
  }
  for (const std::string& type : line.types) selection.types.insert(AsciiLower(type));
  selection.from = TimeOf(line.from);
  selection.until = TimeOf(line.until);
  return selection;
}

std::string ReplayArguments(const ReplayLine& line, const std::string& source) {
  const std::string where =
      line.to.empty() ? " --state " + line.state + " --output " + line.output : " --to " + line.to;
  return source + SelectionOf(line).Describe() + (line.as_backfill ? " --as-backfill" : "") + where +
         (line.config.empty() ? "" : " --config " + line.config);
}

}  // namespace leadpulse::tools
