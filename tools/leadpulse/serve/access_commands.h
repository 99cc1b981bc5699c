// The subcommands of `leadpulse serve` for users, tenants, API tokens and the audit log, and how they open the front's
// directory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// In the front's directory: where its writes go.
inline constexpr char kInboxFolder[] = "inbox";

// Below `serve`. The first adds `init`, `token …` and `key rotate`, and calls the others.
AddCommand AddAccessCommands, AddUsers, AddTenants, AddAudit;

// Who changes something now, for commands typed on this machine: `shell:LOGIN`.
access::Change OfThisShell();

// An opened directory of the front.
struct OpenedAccess {
  std::unique_ptr<access::AccessDatabase> database;
  std::unique_ptr<access::AuditLog> audit;
  std::unique_ptr<access::AccessStore> store;
};
Result<OpenedAccess> OpenAccess(const std::string& directory);

// `--data DIR`, required.
CLI::Option* AddData(CLI::App* command, std::string* directory);
// `--role ROLE`; the value at the call is the default.
CLI::Option* AddRole(CLI::App* command, std::string* role);

}  // namespace leadpulse::tools
