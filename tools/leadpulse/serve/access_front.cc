#include "tools/leadpulse/serve/access_front.h"

#include "processor/base/clock.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {

// Names of users have no colon.
access::Change OfThisShell() { return {"shell:" + LoginName(), SystemClock().Now()}; }

Result<OpenedAccess> OpenAccess(const std::string& directory) {
  OpenedAccess opened;
  LP_ASSIGN_OR_RETURN(opened.database, access::AccessDatabase::Open(directory));
  opened.audit = std::make_unique<access::AuditLog>(opened.database.get());
  opened.store = std::make_unique<access::AccessStore>(opened.database.get(), opened.audit.get());
  return opened;
}

CLI::Option* AddData(CLI::App* command, std::string* directory) {
  return Add(command, "--data", directory, "DIR", "The front's own directory")->required();
}

CLI::Option* AddRole(CLI::App* command, std::string* role) {
  return AddChoice(command, "--role", role, "ROLE", {"agent", "manager", "admin", "operator"},
                   "An agent sees its own leads and those without an agent, a manager the leads of the tenant");
}

}  // namespace leadpulse::tools
