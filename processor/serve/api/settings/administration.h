// Users, tokens, tenants and the audit log over HTTP, for admins. Each change is one call of access::AccessStore, which
// adds its line to the audit log.
//
// An admin gives nobody more than it has: neither a higher role nor a scope beyond those of its token. An operator
// names another tenant with the parameter `tenant`. Unknown and foreign users, tokens and tenants look the same (404).
#pragma once

#include <string>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

// Thread-safe. Adding a user takes 0.1 s, for the hash of its password.
class Administration {
 public:
  // All outlive this.
  Administration(access::AccessStore* store, access::AuditLog* audit, const Clock* clock)
      : store_(store), audit_(audit), clock_(clock) {}

  // Answers a request to a route of the kind kAdministration.
  http::Answer Answer(const ApiRequest& request, const access::Principal& principal);

 private:
  // A request within the tenant that it is about.
  struct Asked {
    const ApiRequest& request;
    const access::Principal& principal;
    std::string tenant;
    access::Change change;
  };

  http::Answer ListUsers(const Asked& asked);
  http::Answer AddUser(const Asked& asked);
  http::Answer ChangeUser(const Asked& asked);
  http::Answer GivePassword(const Asked& asked);
  http::Answer RemoveUser(const Asked& asked);
  http::Answer ListTokens(const Asked& asked);
  http::Answer CreateToken(const Asked& asked);
  http::Answer RevokeToken(const Asked& asked);
  http::Answer ListAudit(const Asked& asked);
  http::Answer ListTenants(const Asked& asked);
  http::Answer AddTenant(const Asked& asked);

  access::AccessStore* const store_;
  access::AuditLog* const audit_;
  const Clock* const clock_;
};

}  // namespace leadpulse::serve
