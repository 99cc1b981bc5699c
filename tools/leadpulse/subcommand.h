// What main.cc knows of a subcommand, and what the subcommands share.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

// Exit codes of every subcommand.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,   // the work failed
  kUsage = 2,    // wrong usage or wrong definitions
  kStopped = 3,  // by a signal, with everything committed
};

// Does the work of a parsed command line and returns an ExitCode.
using Work = std::function<int()>;

struct Subcommand {
  CLI::App* parsed;  // the deepest one that the work belongs to
  Work work;
};

// One for each subcommand, in a file of its own: adds it to the program and to the list.
void AddRunCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddDefinitionsCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddExplainCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddPreviewCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddLeadCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddLeadsCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddReportCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddSimulateCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddConvertCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddImportCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddDeliverCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddReplayCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddReceiveCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddArchiveCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddDoctorCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddRetractCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddStateCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddDiffCommand(CLI::App* program, std::vector<Subcommand>* subcommands);
void AddRebuildCommand(CLI::App* program, std::vector<Subcommand>* subcommands);

// `lead set` and so on, below `lead`.
void AddLeadEdits(CLI::App* lead, std::vector<Subcommand>* subcommands);

// `leadpulse: …` on standard error. What would steer a terminal is written as escapes, but for line feeds and tabs.
void PrintError(const std::string& message);

// Prints what went wrong and gives kFailed.
int Fail(const Status& status);

// The same of a command line that is wrong: kUsage.
int FailUsage(const Status& status);

// The same without a name before it and without a line feed behind it: tables, questions, problems with their places.
void PrintToStandardError(std::string_view text);

// Text for people, or JSON, on standard output, with the same escapes. Returns at once where there is no text. kFailed:
// not all of it could be written, as on a full disk or where nobody reads it any more, and PrintError has said so.
ExitCode PrintResult(std::string_view text);

// The same for what programs read byte by byte: records, rows, files. Only a terminal gets escapes.
ExitCode PrintData(std::string_view bytes);

// A file, or of one that is longer than `max_bytes`, or has no end as a device may, a little more than so many.
Result<std::string> ReadFile(const std::string& path, size_t max_bytes);

// Reads and checks a definitions file. Prints errors, and warnings where wanted; nothing: there were errors.
std::shared_ptr<const config::Definitions> LoadDefinitionsFile(const std::string& path, bool print_warnings);

}  // namespace leadpulse::tools
