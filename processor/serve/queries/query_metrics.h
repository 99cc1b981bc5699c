// The metrics of the queries that a run answers.
#pragma once

#include "processor/telemetry/histogram.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::serve {

// The time of queries, with their wait in the queue, by what they read. Any thread.
struct QueryMetrics {
  telemetry::Histogram one_lead;  // also what tenants have
  telemetry::Histogram many_leads;
  telemetry::Histogram changes;
  telemetry::Histogram outcomes;  // of writes, with the wait for the commit
};

// Adds the metrics to `page`, which `metrics` outlives.
void AddQueryMetrics(const QueryMetrics* metrics, telemetry::MetricsPage* page);

}  // namespace leadpulse::serve
