#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/settings_table.h"
#include "tools/leadpulse/live/live_process.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/run_options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

Result<int> Run(const CLI::App& run, const RunCommandLine& line) {
  if (const std::string problem = FindRunUsageProblem(run, line); !problem.empty()) {
    return FailUsage(problem + "\nTry: leadpulse run --help");
  }
  if (line.help_config) return PrintResult(config::SettingsHelp());
  if (!line.config.empty()) return RunLive(line.config);
  return RunOnFiles(line, nullptr);
}

}  // namespace

void AddRunCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<RunCommandLine>();
  CLI::App* run = program->add_subcommand("run", "Read events and commands from files or Kafka, write what changed");
  DeclareRunOptions(run, line.get());
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
      "Exit codes: 0 done; 1 the work failed; 2 wrong usage, definitions or settings; 3 stopped by a signal,\n"
      "everything committed: run again to go on.");
  subcommands->push_back({run, [run, line] { return Run(*run, *line); }});
}

}  // namespace leadpulse::tools
