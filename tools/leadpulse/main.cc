// leadpulse: one program, with a file for each subcommand.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/yaml_reader.h"
#include "processor/base/file_modes.h"
#include "processor/base/nearest.h"
#include "processor/base/open_files.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tools/leadpulse/commit.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// Returns the innermost subcommand that was parsed: `definitions` for `leadpulse definitions chekc`.
const CLI::App* Deepest(const CLI::App* app) {
  for (const CLI::App* next = app; next != nullptr;) {
    app = next;
    std::vector<CLI::App*> parsed = app->get_subcommands();
    next = parsed.empty() ? nullptr : parsed.front();
  }
  return app;
}

std::string FullName(const CLI::App* app) {
  if (app->get_parent() == nullptr) return app->get_name();
  return FullName(app->get_parent()) + " " + app->get_name();
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    // Hidden options have no group.
    if (option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(subcommand->get_name());
  }
  return names;
}

// Returns `0.001` for CLI11's `0.001000`.
std::string WithoutZeros(std::string number) {
  if (number.find('.') == std::string::npos) return number;
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number;
}

// std::regex recurses once for each character, so a long text would overflow the stack.
constexpr size_t kMaxReworded = 1000;

// Replaces CLI11's messages by clearer ones. One that is unknown or has a long value stays unchanged.
std::string Reword(const std::string& said) {
  if (said.size() > kMaxReworded) return said;
  static const std::regex kNoneOf(R"((\S+: )(.*) not in \{(.*)\})");
  static const std::regex kOutside(R"((\S+: )Value (.*) not in range (\S+) to (\S+))");
  static const std::regex kCount(R"((\S+: )(At least|At Most) (\d+) required but received (\d+))");
  static const std::regex kNothing(R"((\S+): 1 required .* missing)");
  std::smatch part;
  if (std::regex_match(said, part, kNoneOf)) {
    const std::vector<std::string> names = CLI::detail::split(part[3], ',');
    const std::optional<std::string> nearest = NearestName(part[2].str(), names);
    return part[1].str() + "expected " + config::OneOf(names) + ", found `" + part[2].str() + "`" +
           (nearest ? "; did you mean " + *nearest + "?" : "");
  }
  if (std::regex_match(said, part, kOutside)) {
    return part[1].str() + "expected a number from " + WithoutZeros(part[3]) + " to " + WithoutZeros(part[4]) +
           ", found `" + part[2].str() + "`";
  }
  if (std::regex_match(said, part, kCount)) {
    return part[1].str() + "expected at " + (part[2] == "At least" ? "least " : "most ") + part[3].str() +
           (part[3] == "1" ? " value" : " values") + ", found " + part[4].str();
  }
  if (std::regex_match(said, part, kNothing)) return part[1].str() + ": expected a value behind it, found none";
  return said;
}

std::string DescribeUnknown(const CLI::App& app, const std::string& word) {
  bool is_option = word.starts_with("-");
  std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known = is_option ? OptionNames(app) : CommandNames(app);
  std::string text = is_option ? "there is no option " + name : "`" + word + "` was not expected";
  if (!is_option && !known.empty()) text = "there is no command " + word;
  if (std::optional<std::string> nearest = NearestName(name, known)) text += "; did you mean " + *nearest + "?";
  return text;
}

// Renders one or two lines: the mistake, the closest option or command, and how to get help.
std::string RenderUsageError(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App* app = Deepest(&program);
  std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
  std::string text = Reword(error.what());
  // Also if CLI11 reports something else: a mistyped option is why a required one is missing.
  if (!unknown.empty()) {
    text = DescribeUnknown(*app, unknown.front());
  } else if (app->get_require_subcommand_min() > 0) {
    text = "say what to do:";
    for (const std::string& name : CommandNames(*app)) text += " " + name;
  }
  return "leadpulse: " + text + "\nTry: " + FullName(app) + " --help";
}

std::string Version() {
  std::string text = "leadpulse " LEADPULSE_VERSION;
  if (*kCommit != '\0') text += std::string(" (") + kCommit + ")";
  return text + "\nRocksDB " + state::RocksDbVersion() + ", librdkafka " + kafka::RdkafkaVersion() +
         ", " LEADPULSE_LIBRARY_VERSIONS;
}

void Declare(CLI::App* program, std::vector<Subcommand>* subcommands) {
  program->name("leadpulse");
  program->require_subcommand(1);
  program->set_version_flag("--version", Version());
  // Shown for subcommands without a footer.
  program->footer(
      "Begin with:\n"
      "  leadpulse definitions init my.yaml\n"
      "  leadpulse run --definitions my.yaml --input events.jsonl --state state --output out\n\n"
      "leadpulse COMMAND --help explains each.");
  for (AddCommand* add :
       {AddRunCommand,     AddDefinitionsCommand, AddExplainCommand,     AddPreviewCommand,    AddLeadCommand,
        AddLeadsCommand,   AddDuplicatesCommand,  AddReportCommand,      AddRetractCommand,    AddSimulateCommand,
        AddConvertCommand, AddArchiveCommand,     AddImportCommand,      AddDeliverCommand,    AddReceiveCommand,
        AddReplayCommand,  AddDoctorCommand,      AddServeCommand,       AddStateCommand,      AddDiffCommand,
        AddRebuildCommand, AddTopicsCommand,      AddDeadLettersCommand, AddRepartitionCommand}) {
    add(program, subcommands);
  }
}

// Replaces closed standard descriptors (`<&-`, `>&-`) by /dev/null. Otherwise the next opened file would take the
// number, and output for a terminal would be written into the state. It is opened for the opposite direction: reading
// and writing fail as on a closed descriptor.
void TakeClosedDescriptors() {
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    const int direction = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // open() returns the lowest free number, which is the missing one: those below it are open now.
    if (open("/dev/null", direction) != descriptor) _exit(kFailed);
  }
}

int Main(int argc, char** argv) {
  TakeClosedDescriptors();
  RaiseOpenFileLimit();
  KeepOthersOut();
  // If the reader of standard output closes it, or a file may not grow (`ulimit -f`), writes fail instead.
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
  const CLI::App* const reached = Deepest(&program);
  for (const Subcommand& subcommand : subcommands) {
    if (subcommand.parsed != reached) continue;
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
  } catch (const std::exception& error) {  // from a library; ours are values
    leadpulse::tools::PrintError(error.what());
    return leadpulse::tools::kFailed;
  }
}
