// leadpulse: one program, a file for each subcommand.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/file_modes.h"
#include "processor/base/open_files.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/usage_error.h"

namespace leadpulse::tools {
namespace {

std::string Version() {
  return "leadpulse " LEADPULSE_VERSION "\nRocksDB " + state::RocksDbVersion() + ", librdkafka " +
         kafka::RdkafkaVersion() + ", " LEADPULSE_LIBRARY_VERSIONS;
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
  AddReportCommand(program, subcommands);
  AddRetractCommand(program, subcommands);
  AddSimulateCommand(program, subcommands);
  AddConvertCommand(program, subcommands);
  AddArchiveCommand(program, subcommands);
  AddImportCommand(program, subcommands);
  AddDeliverCommand(program, subcommands);
  AddReceiveCommand(program, subcommands);
  AddReplayCommand(program, subcommands);
  AddDoctorCommand(program, subcommands);
  AddStateCommand(program, subcommands);
  AddDiffCommand(program, subcommands);
  AddRebuildCommand(program, subcommands);
}

// A caller may have closed them (`<&-`, `>&-`). The next file to be opened would take their numbers, and what is meant
// for a terminal would be written into the state. What stands in for them is open for the other direction: reading
// standard input and writing standard output fail as they would on something closed.
void TakeClosedDescriptors() {
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    const int direction = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // The lowest free number is the one that is missing, for those below it are open by now.
    if (open("/dev/null", direction) != descriptor) _exit(kFailed);
  }
}

int Main(int argc, char** argv) {
  TakeClosedDescriptors();
  RaiseOpenFileLimit();
  KeepOthersOut();
  // A reader of standard output that goes away, a file that may not grow (`ulimit -f`): failed writes, not the end.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
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
    PrintToStandardError(RenderUsageError(program, error) + "\n");
    return kUsage;
  }
  for (const Subcommand& subcommand : subcommands) {
    if (!subcommand.parsed->parsed()) continue;
    const Result<int> code = subcommand.work();
    return code.ok() ? *code : Fail(code.status());
  }
  return kUsage;
}

}  // namespace
}  // namespace leadpulse::tools

int main(int argc, char** argv) {
  try {
    return leadpulse::tools::Main(argc, argv);
  } catch (const std::exception& error) {  // a library's; ours are values
    leadpulse::tools::PrintError(error.what());
    return leadpulse::tools::kFailed;
  }
}
