// leadpulse: one program, a file for each subcommand.
#include <signal.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/usage_error.h"

namespace leadpulse::tools {
namespace {

std::string Version() {
  return "leadpulse " LEADPULSE_VERSION "\nRocksDB " + state::RocksDbVersion() + ", " LEADPULSE_LIBRARY_VERSIONS;
}

void Declare(CLI::App* program, std::vector<Subcommand>* subcommands) {
  program->name("leadpulse");
  program->require_subcommand(1);
  program->set_version_flag("--version", Version());
  // Shown where a subcommand says nothing of its own.
  program->footer(
      "Begin with:\n"
      "  leadpulse definitions init my.yaml\n"
      "  leadpulse run --definitions my.yaml --input events.jsonl --state state --output out\n"
      "\n"
      "leadpulse COMMAND --help says more of each.");
  AddRunCommand(program, subcommands);
  AddDefinitionsCommand(program, subcommands);
  AddExplainCommand(program, subcommands);
  AddPreviewCommand(program, subcommands);
  AddLeadCommand(program, subcommands);
  AddLeadsCommand(program, subcommands);
  AddSimulateCommand(program, subcommands);
  AddStateCommand(program, subcommands);
}

int Main(int argc, char** argv) {
  // A reader of standard output that goes away is a failed write, not the end.
  signal(SIGPIPE, SIG_IGN);
  CLI::App program("Lead scores, tiers and segments from engagement events, to the millisecond and exactly once");
  std::vector<Subcommand> subcommands;
  Declare(&program, &subcommands);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    std::ostringstream text;
    program.exit(request, text, std::cerr);
    return PrintResult(text.str());
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "%s\n", RenderUsageError(program, error).c_str());
    return kUsage;
  }
  for (const Subcommand& subcommand : subcommands) {
    if (subcommand.parsed->parsed()) return subcommand.work();
  }
  return kUsage;
}

}  // namespace
}  // namespace leadpulse::tools

int main(int argc, char** argv) {
  try {
    return leadpulse::tools::Main(argc, argv);
  } catch (const std::exception& error) {  // a library's; ours are values
    std::fprintf(stderr, "leadpulse: %s\n", error.what());
    return leadpulse::tools::kFailed;
  }
}
