// leadpulse rebuild: builds a new state from the whole history, and swaps it in for the live one.
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/maintenance/rebuild.h"
#include "processor/maintenance/state_swap.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/diff/diff_output.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

struct RebuildLine {
  maintenance::RebuildOptions options;
  RunCommandLine run;  // only workers, memory, quiet and epoch records are used
  std::string definitions;
  std::string swap;
  bool no_exchange = false;
  std::string format = "table";
  query::DiffOptions diff;
};

std::string WhatNext(const RebuildLine& line, const maintenance::RebuildResult& rebuilt) {
  const std::string& live = line.options.live;
  if (rebuilt.missing.empty()) {
    return "\nTo put it in the place of " + live + ", while no run is going on:\n  leadpulse rebuild --state " + live +
           " --swap " + line.options.to + "\n";
  }
  std::string text = "\nIt cannot take the place of " + live + " yet, which has read inputs that this history lacks:\n";
  for (const std::string& path : rebuilt.missing) text += "  " + DisplayableLine(path) + "\n";
  return text + "Give the same command with these, too: it reads what is new.\n";
}

Result<int> ReportRebuilt(const RebuildLine& line, const maintenance::RebuildResult& rebuilt) {
  const std::string& to = line.options.to;
  LP_ASSIGN_OR_RETURN(const auto report,
                      query::CompareStates(line.options.live, maintenance::RebuiltState(to), line.diff, PrintWarning));
  if (line.format == "json") return PrintResult(DiffJson(report));
  return PrintResult("Read " + GroupDigits(rebuilt.summary.records) + " records into " + to + "/state, and " +
                     GroupDigits(rebuilt.summary.TotalChanges()) + " changes are new in " + to + "/output.\n\n" +
                     DiffText(report) + WhatNext(line, rebuilt));
}

Result<int> RunRebuild(RebuildLine line) {
  const std::atomic<bool>& stop = StopOnSignals();
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("warning"));
  std::shared_ptr<const config::Definitions> definitions;
  if (!line.definitions.empty()) {
    definitions = LoadDefinitionsFile(line.definitions, /*print_warnings=*/!line.run.quiet);
    if (definitions == nullptr) return kUsage;
  }
  line.options.run = MakeRunOptions(line.run, std::move(definitions));
  line.options.run_to_end = [&](const files::RunOptions& run, const std::string& state, uint32_t partitions) {
    RunCommandLine own = line.run;
    own.state = state;
    own.partitions = partitions;
    return RunToEnd(own, run, stop, /*process_ends=*/false);  // the states are compared next
  };
  LP_ASSIGN_OR_RETURN(const maintenance::RebuildResult rebuilt, maintenance::Rebuild(line.options, PrintWarning, stop));
  if (!rebuilt.summary.stopped_at) return ReportRebuilt(line, rebuilt);
  PrintError("stopped. What was read is committed: the same command goes on from there.");
  return kStopped;
}

Result<int> RunSwap(const RebuildLine& line) {
  LP_ASSIGN_OR_RETURN(
      const auto swapped,
      maintenance::SwapIn(line.options.live, line.swap, /*exchange=*/!line.no_exchange, PrintWarning, StopOnSignals()));
  return PrintResult(
      "The rebuilt state is now " + line.options.live + "; the one of before is " + swapped.moved_to +
      ".\nGo on with `leadpulse run --state " + line.options.live + " --output " + swapped.output +
      "` and the same inputs.\nIts changes are numbered from 1: programs that read them must forget what they " +
      "have and reads " + swapped.output + " from its beginning.\n");
}

// Returns the problem of the options; empty if none.
std::string UsageProblem(const RebuildLine& line) {
  const bool rebuilds = !line.options.from.empty() || !line.options.to.empty();
  if (!line.swap.empty()) return rebuilds || !line.definitions.empty() ? "--swap goes with --state alone" : "";
  if (line.options.from.empty()) return "--from is required: the files of the whole history, or a folder of them";
  return line.options.to.empty() ? "--to is required: a new folder for the rebuilt state and its outputs" : "";
}

Result<int> Run(const RebuildLine& line) {
  if (const std::string problem = UsageProblem(line); !problem.empty()) {
    return FailUsage(problem + "\nTry: leadpulse rebuild --help");
  }
  return line.swap.empty() ? RunRebuild(line) : RunSwap(line);
}

void DeclareOptions(CLI::App* rebuild, RebuildLine* line) {
  maintenance::RebuildOptions* const options = &line->options;
  Add(rebuild, "--state", &options->live, "DIR", "The state in use; a run may be going on, but not while it is swapped")
      ->required();
  Add(rebuild, "--from", &options->from, "FILE|FOLDER", "The whole history, in the order in which to read it");
  Add(rebuild, "--to", &options->to, "DIR", "A new folder: the state goes to DIR/state, its outputs to DIR/output");
  Add(rebuild, "--definitions", &line->definitions, "FILE", "Without it those of the state in use");
  Add(rebuild, "--swap", &line->swap, "DIR", "Put the rebuilt state of this folder in the place of --state");
  Add(rebuild, "--limit", &line->diff.samples, "N", "How many of the leads that differ are shown one by one")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(size_t{0}, size_t{100'000})));
  AddChoice(rebuild, "--format", &line->format, "FORMAT", {"table", "json"}, "What differs, as table or json");
  Add(rebuild, "--workers", &line->run.workers, "N", "Threads, 1-256 [one a processor]")
      ->check(Unnamed(CLI::Range(1, 256)));
  Add(rebuild, "--memory-mib", &line->run.memory_mib, "N", "Limit of the process's memory, in MiB")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(128, 1 << 20)));
  rebuild->add_flag("--quiet", line->run.quiet, "No progress, no warnings");
  // Options for tests.
  rebuild->add_option("--epoch-records", line->run.options.max_epoch_records)->group("")->check(CLI::PositiveNumber);
  rebuild->add_flag("--no-exchange", line->no_exchange)->group("");
}

}  // namespace

void AddRebuildCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [rebuild, line] =
      AddSubcommand(program, "rebuild", "Rebuild a state from the whole history, and swap it in", Run, subcommands);
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
}

}  // namespace leadpulse::tools
