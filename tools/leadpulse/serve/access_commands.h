// The subcommands of `leadpulse serve` for its users' tokens and its audit log.
#pragma once

#include <vector>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// `serve init`, `serve token create|list|revoke`, `serve audit check`.
void AddAccessCommands(CLI::App* serve, std::vector<Subcommand>* subcommands);

}  // namespace leadpulse::tools
