// The subcommands of `leadpulse serve` for users, tenants, API tokens and the audit log.
#pragma once

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// In the front's directory: where its writes go.
inline constexpr char kInboxFolder[] = "inbox";

// Below `serve`: `init`, `user …`, `tenant …`, `token …`, `key rotate` and `audit …`.
AddCommand AddAccessCommands;

}  // namespace leadpulse::tools
