// The names of the metrics of a run's index.
#pragma once

#include <span>
#include <string_view>

#include "processor/serve/index/lead_index.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::serve {

struct IndexMetric {
  std::string_view name;
  telemetry::MetricType type;
  double (*value)(const LeadIndex&);
  std::string_view help;
};

std::span<const IndexMetric> IndexMetricTable();

// Adds the table, without labels. The index must outlive the page.
void AddIndexMetrics(const LeadIndex* index, telemetry::MetricsPage* page);

}  // namespace leadpulse::serve
