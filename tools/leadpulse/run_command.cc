// leadpulse run: reads events and commands from files or Kafka, and writes the changes.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/settings_table.h"
#include "processor/rules/language/parser.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_process.h"
#include "tools/leadpulse/operators.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// Checks a value for CLI11. Returns a complaint, or an empty string if the value is right.
std::string CheckDuration(const std::string& text) {
  if (rules::ParseDuration(text).has_value()) return "";
  return "`" + text + "` is no duration; write 10m or 10 minutes; s, m, h, d and w are known";
}

// Returns an option besides `alone` on the command line; empty if none.
std::string GivenBeside(const CLI::App& run, const std::string& alone) {
  for (const CLI::Option* option : run.get_options()) {
    const std::string& name = option->get_lnames().front();
    if (option->count() > 0 && name != alone && (alone != "config" || name != "accept-clock"))
      return "--" + option->get_lnames().front();
  }
  return "";
}

void DeclareOptions(CLI::App* run, RunCommandLine* line) {
  Add(run, "--input", &line->options.inputs, "FILE",
      "What to read, in this order: .jsonl or .pb, also .gz or .zst; a folder of these; or - (JSONL)")
      ->check(NotEmpty())
      ->check(Check(CheckInput));
  run->add_flag("--follow", line->options.follow,
                "Follow the files, and those in the folders, as they grow, by the wall clock, until stopped");
  run->add_flag(
      "--accept-clock", line->accept_clock,
      "With --follow or --config: this machine's clock is right, though it is more than a year from the state's");
  run->add_flag("--keep-changes", line->keep_changes,
                "Keep the latest changes of each lead in the state, as --follow does: what `serve` shows of its past");
  Add(run, "--state", &line->state, "DIR", "Directory of the state; created if it is missing")->check(NotEmpty());
  Add(run, "--output", &line->options.output_directory, "DIR",
      "Directory for changes, dead letters and leads; created if it is missing")
      ->check(NotEmpty());
  Add(run, "--definitions", &line->definitions, "FILE",
      "Scores, tiers and segments (YAML). Without it: those of the state; for a new state the built-in ones. With "
      "--follow a change of the file is rolled out, too");
  Add(run, "--until", &line->until, "TIME", "Let time pass up to here at the end: 2026-03-10 (UTC) or RFC 3339")
      ->check(Check(CheckUntil));
  Add(run, "--partitions", &line->partitions, "N", "How a new state is divided, 1-1024 [4]")
      ->check(Unnamed(CLI::Range(1, 1024)));
  Add(run, "--workers", &line->workers, "N", "Threads, 1-256 [one a processor]")->check(Unnamed(CLI::Range(1, 256)));
  Add(run, "--max-future-skew", &line->max_future_skew, "DURATION", "How far ahead of the wall clock a record may be")
      ->capture_default_str()
      ->check(Check(CheckDuration));
  Add(run, "--memory-mib", &line->memory_mib, "N", "Limit of the process's memory, in MiB")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(128, 1 << 20)));
  AddChoice(run, "--dead-letter-payload", &line->dead_letter_payload, "PART", {"full", "none"},
            "full: a dead letter has the record that could not be used; none: only its position and the reason");
  run->add_flag("--quiet", line->quiet,
                "No progress, no warnings, no summary as text; only how many records could not be used");
  AddChoice(run, "--format", &line->format, "FORMAT", {"text", "json"}, "The summary as text or json");
  AddChoice(run, "--log-level", &line->log_level, "LEVEL", telemetry::LogLevels(),
            "trace, debug, info, warning, error or off");
  AddChoice(run, "--log-format", &line->log_format, "FORMAT", {"text", "json"}, "The log as text or json");
  AddOperators(run, &line->operators);
  // For tests: many commits of few records, no commit because of a slow machine, and speed without durability.
  run->add_option("--epoch-records", line->options.max_epoch_records)->group("")->check(CLI::PositiveNumber);
  run->add_option("--epoch-seconds", line->epoch_seconds)->group("");
  run->add_flag("!--no-sync", line->options.sync)->group("");
  Add(run, "--config", &line->config, "FILE",
      "Run on Kafka with the settings in this YAML file; no other option but --accept-clock")
      ->check(NotEmpty());
  run->add_flag("--help-config", line->help_config, "What that file may hold");
}

// Returns a sentence about options that are missing or do not go together, for a run on files or on Kafka. Empty if all
// are right.
std::string FindUsageProblem(const CLI::App& run, const RunCommandLine& line) {
  if (line.help_config || !line.config.empty()) {
    const std::string alone = line.help_config ? "help-config" : "config";
    const std::string other = GivenBeside(run, alone);
    return other.empty() ? "" : other + " does not go with --" + alone;
  }
  const files::RunOptions& options = line.options;
  if (options.follow && !line.until.empty()) {
    return "--until does not go with --follow, whose clock is that of the wall";
  }
  if (line.operators.enabled && !options.follow) {
    return "--operator-port goes with --follow; the metrics of Kafka are at `http` of the settings";
  }
  if (line.accept_clock && !options.follow) return "--accept-clock goes with --follow and --config only";
  const std::string required = " is required; or --config FILE, to run on Kafka";
  if (options.inputs.empty()) return "--input" + required;
  if (line.state.empty()) return "--state" + required;
  return options.output_directory.empty() ? "--output" + required : "";
}

Result<int> Run(const CLI::App& run, const RunCommandLine& line) {
  if (const std::string problem = FindUsageProblem(run, line); !problem.empty()) {
    return FailUsage(problem + "\nTry: leadpulse run --help");
  }
  if (line.help_config) return PrintResult(config::SettingsHelp());
  if (!line.config.empty()) return RunLive(line.config, line.accept_clock);
  return RunOnFiles(line, nullptr);
}

}  // namespace

void AddRunCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<RunCommandLine>();
  CLI::App* run = program->add_subcommand("run", "Read events and commands from files or Kafka, write what changed");
  DeclareOptions(run, line.get());
  run->footer(
      "Writes changes.jsonl, dead-letters.jsonl and, at the end, leads.jsonl to --output. Stopped or killed at any\n"
      "moment, the same command goes on; run again after the end it reads only what is new. With --follow there is no\n"
      "end: changes come as records are appended and as time passes, until it is stopped. With --config it reads\n"
      "and writes topics of Kafka, until it is stopped; all else stands in that file (--help-config).\n"
      "\n"
      "Examples:\n"
      "  leadpulse run --input events.jsonl --state state --output out\n"
      "  leadpulse run --input jan.jsonl.gz feb.pb.zst --definitions my.yaml --state state --output out\n"
      "  zcat events.gz | leadpulse run --input - --state state --output out --until 2026-03-10\n"
      "  leadpulse run --follow --input inbox by-hand.jsonl --state state --output out\n"
      "  leadpulse run --config live.yaml\n"
      "\n"
      "Exit codes: 0 done; 1 the work failed, or nothing of an input could be used; 2 wrong usage, definitions or\n"
      "settings; 3 stopped by a signal, everything committed: run again to go on.");
  subcommands->push_back({run, [run, line] { return Run(*run, *line); }});
}

}  // namespace leadpulse::tools
