#include "processor/serve/queries/query_metrics.h"

#include <utility>

namespace leadpulse::serve {

void AddQueryMetrics(const QueryMetrics* metrics, telemetry::MetricsPage* page) {
  for (const auto& [read, durations] :
       {std::pair("lead", &metrics->one_lead), std::pair("leads", &metrics->many_leads),
        std::pair("changes", &metrics->changes), std::pair("outcomes", &metrics->outcomes)}) {
    page->Add("leadpulse_query_duration_seconds",
              "Time of a query of `leadpulse serve`, with its wait, by what it reads: lead, leads, changes, outcomes.",
              durations, {{"read", read}});
  }
}

}  // namespace leadpulse::serve
