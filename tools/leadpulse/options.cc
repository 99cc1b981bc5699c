#include "tools/leadpulse/options.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "config/setting_texts.h"
#include "processor/base/calendar.h"
#include "processor/files/input/input_format.h"

namespace leadpulse::tools {
namespace {

std::string CheckTenant(const std::string& text) {
  return config::IsId(text) ? "" : "`" + text + "` is no tenant; write 1 to 128 of A–Z a–z 0–9 _ . -";
}

constexpr size_t kMaxAgentsBytes = 1 << 20;  // slightly more is read, and then rejected

}  // namespace

CLI::Option* AddChoice(CLI::App* command, const std::string& name, std::string* value, const char* type,
                       const std::vector<std::string>& choices, const std::string& help) {
  return Add(command, name, value, type, help)->check(Unnamed(CLI::IsMember(choices)))->capture_default_str();
}

void RequireUnlessSubcommand(CLI::App* command, const std::vector<CLI::Option*>& options) {
  command->final_callback([command, options] {
    if (!command->get_subcommands().empty()) return;
    for (const CLI::Option* option : options) {
      if (option->count() == 0) throw CLI::RequiredError(option->get_name());
    }
  });
}

void AddStateToRead(CLI::App* command, std::string* state) {
  Add(command, "--state", state, "DIR", "The state directory of a run, which may be going on")->required();
}

void AddAt(CLI::App* command, std::string* at) {
  Add(command, "--at", at, "TIME", "As of when; without it the clock of the state, on Kafka that of its last commit");
}

CLI::Validator Unnamed(CLI::Validator validator) { return validator.description(""); }

// Checks a whole number. CLI11 alone accepts -1 and numbers that are too long, as the greatest number.
std::string CheckWholeNumber(const std::string& text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) return "`" + text + "` is too great a number";
  return error == std::errc() && last == end ? "" : "`" + text + "` is no number; write a whole number from 0 on";
}

CLI::Validator NotEmpty(const std::string& complaint) {
  return {[complaint](const std::string& text) { return text.empty() ? complaint : ""; }, ""};
}

std::string CheckInput(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return "";
  const Result<input::InputFormat> format = input::InputFormatOf(path);
  return format.ok() ? "" : format.status().message();
}

std::optional<Instant> ParseUntil(std::string_view text) {
  if (std::optional<Day> day = ParseDay(text)) return Calendar().StartOf(*day);
  return ParseRfc3339(text);
}

std::string CheckUntil(const std::string& text) {
  return ParseUntil(text) ? "" : "`" + text + "` is no time; write 2026-03-10 or 2026-03-10T09:30:00Z";
}

void AddTenantOption(CLI::App* command, std::string* tenant) {
  Add(command, "--tenant", tenant, "T", "Whose leads they are")->required()->check(Check(CheckTenant));
}

void AddTenantsOption(CLI::App* command, const std::string& help, std::vector<std::string>* tenants) {
  AddEach(command, "--tenants", tenants, "T,...", help)->delimiter(',')->check(Check(CheckTenant));
}

void AddMachineAgentsOptions(CLI::App* command, MachineAgentsLine* line) {
  CLI::Option* agents =
      Add(command, "--machine-agents", &line->file, "FILE",
          "Texts in user agents of programs (=TEXT: whole ones), one a line, beside those known here");
  command->add_flag("--machine-agents-only", line->only, "Only those of that file")->needs(agents);
}

Result<bots::MachineAgents> ReadMachineAgents(const MachineAgentsLine& line) {
  if (line.file.empty()) return bots::MachineAgents();
  const Result<std::string> text = ReadFile(line.file, kMaxAgentsBytes);
  if (!text.ok()) return Status::Rejected("--machine-agents: " + text.status().message());
  Result<bots::MachineAgents> agents =
      bots::MachineAgents::Read(*text, line.only ? bots::KnownAgents::kNot : bots::KnownAgents::kToo);
  if (!agents.ok()) return Status::Rejected(line.file + ": " + agents.status().message());
  return agents;
}

}  // namespace leadpulse::tools
