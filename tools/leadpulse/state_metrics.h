// The metrics of the database with a run's state.
#pragma once

#include "processor/telemetry/metrics_page.h"
#include "state/store/lead_store.h"

namespace leadpulse::tools {

// Adds the metrics. `store` is one of OpenRocksDbLeadStore and outlives the page.
void AddStateMetrics(const state::LeadStore* store, telemetry::MetricsPage* page);

}  // namespace leadpulse::tools
