// The metrics of the process itself, which every metrics page has.
#pragma once

#include <string>

#include "processor/telemetry/metrics_page.h"

namespace leadpulse::telemetry {

// Adds `process_*`, under the names of Prometheus' client libraries, and leadpulse_build_info. A value that the system
// does not show is left out. `commit` may be empty.
void AddProcessMetrics(const std::string& version, const std::string& commit, MetricsPage* page);

}  // namespace leadpulse::telemetry
