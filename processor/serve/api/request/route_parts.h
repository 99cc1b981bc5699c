// The parts of the table of routes, which routes.cc puts together.
#pragma once

#include <string_view>
#include <vector>

#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {

// Users, tokens, tenants and the audit log (administration.h).
void AddAdministration(std::vector<Route>* routes);
// Definitions and segments (definition_api.h).
void AddDefinitions(std::vector<Route>* routes);
// Jobs (jobs.h).
void AddJobs(std::vector<Route>* routes);

inline constexpr Parameter kTenantParameter = {"tenant", "string",
                                               "another tenant than that of the token; for operators"};

// A route that the front answers itself, for admins, with kTenantParameter. `answer`: Route::answer.
Route FrontRoute(RouteKind kind, std::string_view method, std::string_view path, std::string_view action,
                 std::string_view answer, std::string_view summary);
Route WithBody(Route route, std::vector<BodyMember> body, std::string_view example);

}  // namespace leadpulse::serve
