// The subcommands of `leadpulse serve` for users, API tokens and the audit log.
#pragma once

#include <vector>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// In the front's directory: where its writes go.
inline constexpr char kInboxFolder[] = "inbox";

// `serve init`, `serve user …`, `serve token …`, `serve key rotate`, `serve audit check`.
void AddAccessCommands(CLI::App* serve, std::vector<Subcommand>* subcommands);

}  // namespace leadpulse::tools
