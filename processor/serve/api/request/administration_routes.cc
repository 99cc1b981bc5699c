#include <string_view>

#include "processor/serve/api/request/route_parts.h"

namespace leadpulse::serve {
namespace {

using access::Role;

Route Administer(std::string_view method, std::string_view path, std::string_view action, std::string_view answer,
                 std::string_view summary) {
  return FrontRoute(RouteKind::kAdministration, method, path, action, answer, summary);
}

}  // namespace

void AddAdministration(std::vector<Route>* routes) {
  routes->push_back(Administer("GET", "/users", "user.list", "Users", "Get the users"));
  routes->push_back(
      WithBody(Administer("POST", "/users", "user.add", "User", "Add a user; only this answer has the password"),
               {{"name", "string", true}, {"role", "string", true}, {"agent", "string"}},
               R"({"name": "ann", "role": "agent", "agent": "ann"})"));
  routes->push_back(WithBody(Administer("PATCH", "/users/{id}", "user.change", "User", "Change or disable a user"),
                             {{"role", "string"}, {"agent", "string"}, {"disabled", "boolean"}},
                             R"({"role": "manager", "disabled": true})"));
  routes->push_back(Administer("POST", "/users/{id}/password", "user.password", "User",
                               "Give a user a new password; only this answer has it"));
  routes->push_back(Administer("DELETE", "/users/{id}", "user.remove", "Done", "Remove a user"));
  routes->push_back(Administer("GET", "/tokens", "token.list", "Tokens", "Get the API tokens, without their secrets"));
  routes->push_back(WithBody(
      Administer("POST", "/tokens", "token.create", "Token", "Create an API token; only this answer has its secret"),
      {{"label", "string", true},
       {"role", "string", true},
       {"agent", "string"},
       {"scopes", "string"},
       {"expires", "string"}},
      R"({"label": "crm", "role": "manager", "scopes": "read,write", "expires": "2100-01-31T00:00:00Z"})"));
  routes->push_back(Administer("DELETE", "/tokens/{id}", "token.revoke", "Done", "Revoke an API token for good"));
  routes->push_back(Administer("GET", "/audit", "audit.list", "AuditPage", "Get who did what, the latest first"));
  routes->back().parameters = {{"who", "string", "only lines of this user or token"},
                               {"lead", "string", "only lines about the contact with this id"},
                               {"action", "string", "only lines of this action, such as contact.stage"},
                               {"limit", "integer", "lines of a page, 50 unless given, at most 1000"},
                               {"cursor", "string", "of the page before"},
                               kTenantParameter};
  routes->push_back(Administer("GET", "/tenants", "tenant.list", "Tenants", "Get the tenants"));
  routes->back().least = Role::kOperator;
  routes->back().parameters = {};
  routes->push_back(WithBody(Administer("POST", "/tenants", "tenant.add", "Tenant", "Add a tenant"),
                             {{"tenant", "string", true}}, R"({"tenant": "blue"})"));
  routes->back().least = Role::kOperator;
  routes->back().parameters = {};
}

}  // namespace leadpulse::serve
