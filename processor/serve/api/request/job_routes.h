// The routes of jobs (jobs.h).
#pragma once

#include <vector>

#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {

void AddJobs(std::vector<Route>* routes);

}  // namespace leadpulse::serve
