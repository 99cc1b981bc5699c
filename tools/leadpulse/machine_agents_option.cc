#include "tools/leadpulse/machine_agents_option.h"

#include <CLI/CLI.hpp>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kMaxAgentsBytes = 1 << 20;  // a little more is read, and refused

}  // namespace

void AddMachineAgentsOptions(CLI::App* command, MachineAgentsLine* line) {
  CLI::Option* agents =
      command
          ->add_option("--machine-agents", line->file,
                       "Texts in user agents of programs (=TEXT: whole ones), one a line, beside those known here")
          ->type_name("FILE");
  command->add_flag("--machine-agents-only", line->only, "Only those of that file")->needs(agents);
}

Result<webhooks::MachineAgents> ReadMachineAgents(const MachineAgentsLine& line) {
  if (line.file.empty()) return webhooks::MachineAgents();
  const Result<std::string> text = ReadFile(line.file, kMaxAgentsBytes);
  if (!text.ok()) return Status::Rejected("--machine-agents: " + text.status().message());
  Result<webhooks::MachineAgents> agents =
      webhooks::MachineAgents::Read(*text, line.only ? webhooks::KnownAgents::kNot : webhooks::KnownAgents::kToo);
  if (!agents.ok()) return Status::Rejected(line.file + ": " + agents.status().message());
  return agents;
}

}  // namespace leadpulse::tools
