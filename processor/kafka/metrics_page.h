// What the workers of a process count, as metrics with names.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/kafka/tenant_metrics.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::kafka {

struct WorkerMetric {
  std::string_view name;
  telemetry::MetricType type;
  double (*value)(const WorkerMetrics&);
  std::string_view help;
};

// Every member of WorkerMetrics, in its order; its last one has a table of its own.
std::span<const WorkerMetric> WorkerMetricTable();

struct PartitionMetric {
  std::string_view name;
  telemetry::MetricType type;
  std::optional<double> (*value)(const PartitionLag&, Instant now);  // nothing: not known
  std::string_view help;
};

// Of each partition that is being read.
std::span<const PartitionMetric> PartitionMetricTable();

using PartitionSeconds = std::map<PartitionId, double>;

struct TenantMetric {
  std::string_view name;
  telemetry::MetricType type;
  std::optional<double> (*value)(const TenantMetrics::Tenant&, const PartitionSeconds& lags);  // nothing: not known
  std::string_view help;
};

// Of each tenant that has counts of its own, and of the others together.
std::span<const TenantMetric> TenantMetricTable();

// The first table with the label `worker`, the second with `worker` and `partition`. `metrics` and `clock`, which is
// asked on the page's thread, outlive the page.
void AddWorkerMetrics(size_t worker, const WorkerMetrics* metrics, const Clock* clock, telemetry::MetricsPage* page);
// The third one with the label `tenant`, which is empty for the others. As above; `workers`: all of the process.
void AddTenantMetrics(const TenantMetrics* tenants, std::span<const std::unique_ptr<WorkerMetrics>> workers,
                      const Clock* clock, telemetry::MetricsPage* page);

}  // namespace leadpulse::kafka
