// The routes for users, tokens, tenants and the audit log (administration.h).
#pragma once

#include <vector>

#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {

void AddAdministration(std::vector<Route>* routes);

}  // namespace leadpulse::serve
