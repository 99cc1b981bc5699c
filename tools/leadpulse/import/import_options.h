// The command line of `leadpulse import`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/importing/import_options.h"
#include "processor/importing/plan_options.h"
#include "processor/importing/problem.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_target.h"

namespace leadpulse::tools {

struct ImportLine {
  const CLI::App* command = nullptr;  // the parsed command line
  importing::ImportOptions options;   // only those that need no parsing are set
  std::string file;
  bool events = false;
  std::string suppress;
  std::vector<std::string> map, values, consents, date_formats, number_formats;
  std::string stage, empty = "keep";
  std::string definitions, timezone;
  std::string issued_at;
  MachineAgentsLine machine_agents;
  std::string delimiter, encoding;
  std::string header_row;
  std::string plan;  // a file of options, for the next file of the same kind
  RecordTarget target{"-", ""};
  std::string wrong;
  bool preview = false;
  std::string state;
  std::string warnings;  // the file of rows with an address that is in use or suppressed
  bool update_only = false, create_only = false;
  std::string undo;  // the file of records that take the import back
};

void DeclareImportOptions(CLI::App* import, ImportLine* line);

// The parsed command line.
struct ImportSetup {
  importing::FileOptions file;
  importing::ImportOptions options;
  std::shared_ptr<const config::Definitions> definitions;  // `options` points into them
};

// Reads and checks the options. Rejected: they do not go together. An empty message was already printed.
Result<ImportSetup> ReadImportLine(const ImportLine& line);

// Returns an option as the command line has it: `--date-format 'Birthday=DD.MM.YYYY'`.
std::string NameOfOption(const importing::Option& option);

// Whether the line says how columns and cells are read, as a plan does.
bool HasAnswers(const ImportLine& line);

// Returns the command line with `more` options, for a shell.
std::string CommandToCopy(const ImportLine& line, const std::vector<importing::Option>& more);

// Returns a problem as a sentence that names the options of the command line.
std::string InWordsOfTheLine(const importing::Problem& problem);

}  // namespace leadpulse::tools
