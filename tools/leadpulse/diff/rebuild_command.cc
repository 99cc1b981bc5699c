// leadpulse rebuild: a state made anew from the whole history, and put in the place of the one in use.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/embedded/progress.h"
#include "processor/telemetry/logging.h"
#include "processor/upkeep/rebuild_record.h"
#include "tools/leadpulse/diff/diff_output.h"
#include "tools/leadpulse/diff/rebuild.h"
#include "tools/leadpulse/run_options.h"
#include "tools/leadpulse/stop_signal.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

struct RebuildLine {
  RebuildOptions options;
  std::string definitions;
  std::string swap;
  bool no_exchange = false;
  std::string format = "table";
  DiffOptions diff;
};

std::string WhatNext(const RebuildLine& line, const RebuildResult& rebuilt) {
  const std::string& live = line.options.live;
  if (rebuilt.missing.empty()) {
    return "\nTo put it in the place of " + live + ", while no run is going on:\n  leadpulse rebuild --state " + live +
           " --swap " + line.options.to + "\n";
  }
  std::string text = "\nIt cannot take the place of " + live + " yet, which has read inputs that this history lacks:\n";
  for (const std::string& path : rebuilt.missing) text += "  " + DisplayableLine(path) + "\n";
  return text + "Give the same command with these, too: it reads what is new.\n";
}

int ReportRebuilt(const RebuildLine& line, const RebuildResult& rebuilt) {
  const std::string& to = line.options.to;
  const Result<DiffReport> report = CompareStates(line.options.live, upkeep::RebuiltState(to), line.diff);
  if (!report.ok()) return Fail(report.status());
  if (line.format == "json") return PrintResult(DiffJson(*report));
  return PrintResult("Read " + embedded::GroupDigits(rebuilt.summary.records) + " records into " + to + "/state, and " +
                     embedded::GroupDigits(rebuilt.summary.TotalChanges()) + " changes are new in " + to +
                     "/output.\n\n" + DiffText(*report) + WhatNext(line, rebuilt));
}

int RunRebuild(RebuildLine line) {
  const std::atomic<bool>& stop = StopOnSignals();
  if (Status status = telemetry::SetUpLogging({"warning"}); !status.ok()) return Fail(status);
  if (!line.definitions.empty()) {
    line.options.definitions = LoadDefinitionsFile(line.definitions, /*print_warnings=*/!line.options.quiet);
    if (line.options.definitions == nullptr) return kUsage;
  }
  const Result<RebuildResult> rebuilt = Rebuild(line.options, stop);
  if (!rebuilt.ok()) return Fail(rebuilt.status());
  if (!rebuilt->summary.stopped_at) return ReportRebuilt(line, *rebuilt);
  PrintError("stopped. What was read is committed: the same command goes on from there.");
  return kStopped;
}

int RunSwap(const RebuildLine& line) {
  const Result<SwappedState> swapped =
      SwapIn(line.options.live, line.swap, /*exchange=*/!line.no_exchange, StopOnSignals());
  if (!swapped.ok()) return Fail(swapped.status());
  return PrintResult("The rebuilt state is now " + line.options.live + "; the one of before is " + swapped->kept +
                     ".\nGo on with `leadpulse run --state " + line.options.live + " --output " + swapped->output +
                     "` and the same inputs.\nIts changes are numbered anew: whoever reads them forgets what they " +
                     "have and reads " + swapped->output + " from its beginning.\n");
}

// Empty: all is well.
std::string UsageProblem(const RebuildLine& line) {
  const bool rebuilds = !line.options.from.empty() || !line.options.to.empty();
  if (!line.swap.empty()) return rebuilds || !line.definitions.empty() ? "--swap goes with --state alone" : "";
  if (line.options.from.empty()) return "--from is required: the files of the whole history, or a folder of them";
  return line.options.to.empty() ? "--to is required: a new folder for the rebuilt state and its outputs" : "";
}

int Run(const RebuildLine& line) {
  if (const std::string problem = UsageProblem(line); !problem.empty()) {
    PrintError(problem + "\nTry: leadpulse rebuild --help");
    return kUsage;
  }
  return line.swap.empty() ? RunRebuild(line) : RunSwap(line);
}

void DeclareOptions(CLI::App* rebuild, RebuildLine* line) {
  RebuildOptions* const options = &line->options;
  options->memory_mib = RunCommandLine().memory_mib;
  options->epoch_records = RunCommandLine().epoch_records;
  rebuild->add_option("--state", options->live, "The state in use; a run may be going on, but not while it is swapped")
      ->type_name("DIR")
      ->required();
  rebuild->add_option("--from", options->from, "The whole history, in the order in which it is to be read")
      ->type_name("FILE|FOLDER");
  rebuild->add_option("--to", options->to, "A new folder: the state goes to DIR/state, its outputs to DIR/output")
      ->type_name("DIR");
  rebuild->add_option("--definitions", line->definitions, "Without it those of the state in use")->type_name("FILE");
  rebuild->add_option("--swap", line->swap, "Put the rebuilt state of this folder in the place of --state")
      ->type_name("DIR");
  rebuild->add_option("--limit", line->diff.samples, "How many of the leads that differ are shown one by one")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(size_t{0}, size_t{100'000}).description(""));
  rebuild->add_option("--format", line->format, "What differs, as table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->capture_default_str();
  rebuild->add_option("--workers", options->workers, "Threads, 1-256 [one a processor]")
      ->type_name("N")
      ->check(CLI::Range(1, 256).description(""));
  rebuild->add_option("--memory-mib", options->memory_mib, "What the process may take, in MiB")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(128, 1 << 20).description(""));
  rebuild->add_flag("--quiet", options->quiet, "No progress, no warnings");
  // For tests.
  rebuild->add_option("--epoch-records", options->epoch_records)->group("")->check(CLI::PositiveNumber);
  rebuild->add_flag("--no-exchange", line->no_exchange)->group("");
}

}  // namespace

void AddRebuildCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<RebuildLine>();
  CLI::App* rebuild = program->add_subcommand("rebuild", "Make a state anew from the whole history, and swap it in");
  DeclareOptions(rebuild, line.get());
  rebuild->footer(
      "Reads the history into a new state as `run` does, up to the clock of the state in use, and says what the two\n"
      "hold differently (see `diff`). Nothing of the state in use is changed before --swap. Stopped or killed at any\n"
      "moment, the same command goes on; this is so for --swap, too.\n"
      "\n"
      "Examples:\n"
      "  leadpulse rebuild --state state --from archive --to rebuilt\n"
      "  leadpulse rebuild --state state --swap rebuilt\n"
      "\n"
      "Exit codes: 0 done, also where the two differ; 1 the work failed; 2 wrong usage or definitions; 3 stopped by\n"
      "a signal: the same command goes on.");
  subcommands->push_back({rebuild, [line] { return Run(*line); }});
}

}  // namespace leadpulse::tools
