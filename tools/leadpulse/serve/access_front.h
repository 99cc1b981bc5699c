// The directory of a front, as the commands below `leadpulse serve` open and name it.
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"

namespace leadpulse::tools {

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
