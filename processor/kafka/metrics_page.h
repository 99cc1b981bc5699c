// The names of the metrics of a process's workers, and of its standby.
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

// A metric's names, and the function that reads its value.
template <typename Value, typename... Source>
struct MetricRow {
  std::string_view name;
  telemetry::MetricType type;
  Value (*value)(Source... source);
  std::string_view help;
};
using PartitionSeconds = std::map<PartitionId, double>;

// Every member of WorkerMetrics itself, in its order, except the last, which has its own table.
using WorkerMetric = MetricRow<double, const WorkerMetrics&>;
std::span<const WorkerMetric> WorkerMetricTable();

// A metric for each partition that is being read. nullopt if unknown.
using PartitionMetric = MetricRow<std::optional<double>, const PartitionLag&, Instant /*now*/>;
std::span<const PartitionMetric> PartitionMetricTable();

// A metric for each tenant with its own counts, and for the others together. nullopt if unknown.
using TenantMetric = MetricRow<std::optional<double>, const TenantMetrics::Tenant&, const PartitionSeconds& /*lags*/>;
std::span<const TenantMetric> TenantMetricTable();

// Every member of StandbyMetrics.
using StandbyMetric = MetricRow<double, const StandbyMetrics&>;
std::span<const StandbyMetric> StandbyMetricTable();

// Adds pipeline::ApplyMetricTable and the first table with the label `worker`, and the second with `worker` and
// `partition`. `metrics` and `clock` must outlive the page; its thread calls the clock.
void AddWorkerMetrics(size_t worker, const WorkerMetrics* metrics, const Clock* clock, telemetry::MetricsPage* page);
// Adds the third table with the label `tenant`, empty for the others together. `workers` are all of the process.
void AddTenantMetrics(const TenantMetrics* tenants, std::span<const std::unique_ptr<WorkerMetrics>> workers,
                      const Clock* clock, telemetry::MetricsPage* page);
// Adds the fourth table. `metrics` must outlive the page.
void AddStandbyMetrics(const StandbyMetrics* metrics, telemetry::MetricsPage* page);

}  // namespace leadpulse::kafka
