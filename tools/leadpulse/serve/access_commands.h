// The subcommands of `leadpulse serve` for users, tenants, API tokens and the audit log.
#pragma once

#include <vector>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// In the front's directory: where its writes go.
inline constexpr char kInboxFolder[] = "inbox";

// `serve init`, `serve token …`, `serve key rotate`, and those below.
void AddAccessCommands(CLI::App* serve, std::vector<Subcommand>* subcommands);

void AddUsers(CLI::App* serve, std::vector<Subcommand>* subcommands);
void AddTenants(CLI::App* serve, std::vector<Subcommand>* subcommands);
void AddAudit(CLI::App* serve, std::vector<Subcommand>* subcommands);

}  // namespace leadpulse::tools
