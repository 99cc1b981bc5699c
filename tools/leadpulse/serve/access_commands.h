// The subcommands of `leadpulse serve` for users, tenants, API tokens and the audit log.
#pragma once

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// Folder for writes in the front's directory.
inline constexpr char kInboxFolder[] = "inbox";

// Adds `init`, `user …`, `tenant …`, `token …`, `key rotate` and `audit …` below `serve`.
AddCommand AddAccessCommands;

}  // namespace leadpulse::tools
