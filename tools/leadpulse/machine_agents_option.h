// `--machine-agents FILE`, of the commands that tell machines by user agents.
#pragma once

#include <string>

#include "processor/base/status.h"
#include "processor/webhooks/machine_agents.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

struct MachineAgentsLine {
  std::string file;  // empty: none of one's own
  bool only = false;
};

void AddMachineAgentsOptions(CLI::App* command, MachineAgentsLine* line);

// Those known here, and those of the file. Rejected, with a sentence that names it: it cannot be read, or what is in it
// cannot be used.
Result<webhooks::MachineAgents> ReadMachineAgents(const MachineAgentsLine& line);

}  // namespace leadpulse::tools
