// What the workers of a process count, as metrics with names.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::kafka {

struct WorkerMetric {
  std::string_view name;
  telemetry::MetricType type;
  double (*value)(const WorkerMetrics&);
  std::string_view help;
};

// Every member of WorkerMetrics, in its order.
std::span<const WorkerMetric> WorkerMetricTable();

// Each of them with the label `worker`. `metrics` outlives the page.
void AddWorkerMetrics(size_t worker, const WorkerMetrics* metrics, telemetry::MetricsPage* page);

}  // namespace leadpulse::kafka
