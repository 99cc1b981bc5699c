// The routes of definitions and segments (definition_api.h).
#pragma once

#include <vector>

#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {

void AddDefinitions(std::vector<Route>* routes);

}  // namespace leadpulse::serve
