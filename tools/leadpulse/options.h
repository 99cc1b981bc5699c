// Declares options of commands, and the options that several commands share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/bots/machine_agents.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// Adds a subcommand. Returns it and the line that its options fill; `work` gets the parsed line.
template <typename Line, typename Code>
std::pair<CLI::App*, std::shared_ptr<Line>> AddSubcommand(CLI::App* parent, const std::string& name,
                                                          const std::string& help, Code (*work)(const Line& line),
                                                          std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<Line>();
  CLI::App* command = parent->add_subcommand(name, help);
  subcommands->push_back({command, [line, work] { return work(*line); }});
  return {command, line};
}

// Adds an option, or an argument if the name has no dashes; the help shows `type` after the name.
template <typename Value>
CLI::Option* Add(CLI::App* command, const std::string& name, Value* value, const char* type, const std::string& help) {
  return command->add_option(name, *value, help)->type_name(type);
}
// Adds an option that may be given several times, each time with one value.
inline CLI::Option* AddEach(CLI::App* command, const std::string& name, std::vector<std::string>* values,
                            const char* type, const std::string& help) {
  return Add(command, name, values, type, help)->allow_extra_args(false);
}
// Adds an option with a few words to choose from; the value at the call is the default.
CLI::Option* AddChoice(CLI::App* command, const std::string& name, std::string* value, const char* type,
                       const std::vector<std::string>& choices, const std::string& help);

// Makes the options required if none of the command's own subcommands was given.
void RequireUnlessSubcommand(CLI::App* command, const std::vector<CLI::Option*>& options);

// Adds `--state DIR`, required: a state that is only read.
void AddStateToRead(CLI::App* command, std::string* state);
// Adds `--at TIME`: see ParseAt in state_access.h.
void AddAt(CLI::App* command, std::string* at);

// Adds `--tenant T`, required, and checks it as a run does: with an invalid name each record would be a dead letter.
void AddTenantOption(CLI::App* command, std::string* tenant);
// Adds `--tenants T,…`, checked likewise.
void AddTenantsOption(CLI::App* command, const std::string& help, std::vector<std::string>* tenants);

struct MachineAgentsLine {
  std::string file;  // empty: none
  bool only = false;
};

void AddMachineAgentsOptions(CLI::App* command, MachineAgentsLine* line);

// Returns the built-in agents, and those of the file. Rejected, with the file's name, if it cannot be read or its text
// is wrong.
Result<bots::MachineAgents> ReadMachineAgents(const MachineAgentsLine& line);

// Returns a validator of CLI11 that the help does not show: the help has its bounds in words.
CLI::Validator Unnamed(CLI::Validator validator);
// Makes a validator from a function that returns a complaint, or nothing for a valid value.
inline CLI::Validator Check(std::string (*check)(const std::string& text)) { return {check, ""}; }
// Makes a validator that complains about an empty value.
CLI::Validator NotEmpty(const std::string& complaint = "is empty");

// Parses RFC 3339, or YYYY-MM-DD: the beginning of that day in UTC.
std::optional<Instant> ParseUntil(std::string_view text);

std::string CheckWholeNumber(const std::string& text);  // at most 64 bits
std::string CheckInput(const std::string& path);        // a folder, standard input, or a file of records by its ending
std::string CheckUntil(const std::string& text);        // in the formats of ParseUntil

}  // namespace leadpulse::tools
