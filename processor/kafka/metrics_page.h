// The names of the metrics of a process's workers.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::kafka {

struct WorkerMetric {
  std::string_view name;
  telemetry::MetricType type;
  double (*value)(const WorkerMetrics&);
  std::string_view help;
};

// Every member of WorkerMetrics, in its order, except the last, which has its own table.
std::span<const WorkerMetric> WorkerMetricTable();

struct PartitionMetric {
  std::string_view name;
  telemetry::MetricType type;
  std::optional<double> (*value)(const PartitionLag&, Instant now);  // nullopt if unknown
  std::string_view help;
};

// For each partition that is being read.
std::span<const PartitionMetric> PartitionMetricTable();

using PartitionSeconds = std::map<PartitionId, double>;

struct TenantMetric {
  std::string_view name;
  telemetry::MetricType type;
  std::optional<double> (*value)(const TenantMetrics::Tenant&, const PartitionSeconds& lags);  // nullopt if unknown
  std::string_view help;
};

// For each tenant with its own counts, and for the others together.
std::span<const TenantMetric> TenantMetricTable();

// Adds the first table with the label `worker`, and the second with `worker` and `partition`. `metrics` and `clock`
// outlive the page; its thread calls the clock.
void AddWorkerMetrics(size_t worker, const WorkerMetrics* metrics, const Clock* clock, telemetry::MetricsPage* page);
// Adds the third table with the label `tenant`, empty for the others together. `workers`: all of the process.
void AddTenantMetrics(const TenantMetrics* tenants, std::span<const std::unique_ptr<WorkerMetrics>> workers,
                      const Clock* clock, telemetry::MetricsPage* page);

}  // namespace leadpulse::kafka
