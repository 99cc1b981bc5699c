// A subcommand as main.cc uses it, and the output functions of subcommands.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "config/settings.h"
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

// The work of a parsed command line; returns an ExitCode. An error is printed and becomes kFailed; an error without a
// message has already been printed.
using Work = std::function<Result<int>()>;

struct Subcommand {
  CLI::App* parsed;  // the innermost command of the work
  Work work;
};

// A function for each subcommand, in its own file: adds it to the program and to the list.
using AddCommand = void(CLI::App* program, std::vector<Subcommand>* subcommands);
AddCommand AddRunCommand, AddDefinitionsCommand, AddExplainCommand, AddPreviewCommand, AddLeadCommand, AddLeadsCommand,
    AddDuplicatesCommand, AddReportCommand, AddSimulateCommand, AddConvertCommand, AddImportCommand, AddDeliverCommand,
    AddReplayCommand, AddReceiveCommand, AddArchiveCommand, AddDoctorCommand, AddRetractCommand, AddServeCommand,
    AddStateCommand, AddDiffCommand, AddRebuildCommand, AddTopicsCommand, AddDeadLettersCommand, AddRepartitionCommand;

AddCommand AddLeadEdits;  // `lead set` and so on, below `lead`

// Prints `leadpulse: …` on standard error. Control characters except line feeds and tabs are written as escapes.
void PrintError(const std::string& message);

// Prints the error, unless it has no message, and returns kFailed.
ExitCode Fail(const std::string& message);
inline ExitCode Fail(const Status& status) { return Fail(status.message()); }

// Prints the error of a wrong command line and returns kUsage.
ExitCode FailUsage(const std::string& message);
inline ExitCode FailUsage(const Status& status) { return FailUsage(status.message()); }
// Calls FailUsage if the status is Rejected, else Fail.
ExitCode FailByKind(const Status& status);

// Prints like PrintError, but without the program's name and the line feed: for tables, questions, problems with their
// places.
void PrintToStandardError(std::string_view text);

// Prints text for people, or JSON, on standard output, with the same escapes. kFailed, with a message printed, if not
// all of it could be written, as on a full disk or a closed pipe.
ExitCode PrintResult(std::string_view text);

// Prints bytes that programs read: records, rows, files. Only a terminal gets escapes.
ExitCode PrintData(std::string_view bytes);

// Reads a file, but at most slightly more than `max_bytes`: a device may have no end.
Result<std::string> ReadFile(const std::string& path, size_t max_bytes);

// Prints each problem on standard error, with its line and column. `severity` is `error` or `warning`.
void PrintProblems(const std::string& path, const char* severity,
                   const std::vector<config::DefinitionsProblem>& problems);

// Returns the definitions in force; null if there are none.
using FindDefinitions = std::function<std::shared_ptr<const config::Definitions>()>;

// Reads and checks a definitions file. Prints errors and, if asked to, warnings. Null if there were errors. Comparisons
// that can never hold (config/never_true.h) are errors in rules that are not in force. `in_force` is called only if
// there is an error; without it, the file itself may be in force, and they are warnings.
std::shared_ptr<const config::Definitions> LoadDefinitionsFile(const std::string& path, bool print_warnings,
                                                               const FindDefinitions& in_force = nullptr);

// Returns a variable of the process's environment; nullopt if it is not set.
std::optional<std::string> FromProcess(const std::string& name);

// Replaces `${NAME}` by the environment's variable. Prints errors and warnings; nullopt if there were errors.
std::optional<config::Settings> LoadSettingsFile(const std::string& path);

}  // namespace leadpulse::tools
