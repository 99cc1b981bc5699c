#include "processor/kafka/metrics_page.h"

#include <algorithm>
#include <string>
#include <vector>

namespace leadpulse::kafka {
namespace {

using telemetry::MetricSample;
using telemetry::MetricType;

// clang-format off
#define VALUE(member) [](const WorkerMetrics& metrics) { return static_cast<double>(metrics.member.load(std::memory_order_relaxed)); }
// clang-format on

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

constexpr WorkerMetric kTable[] = {
    {"leadpulse_records_handed_on_total", kCounter, VALUE(records_handed_on),
     "Records read in another partition than their lead's and handed to that one, committed."},
    {"leadpulse_messages_sent_total", kCounter, VALUE(messages_sent),
     "Messages to leads of the same address, committed."},
    {"leadpulse_messages_received_total", kCounter, VALUE(messages_received),
     "Messages between leads that were delivered."},
    {"leadpulse_flips_total", kCounter, VALUE(timers),
     "The former name of leadpulse_timers_fired_total; the next release removes it."},
    {"leadpulse_aborts_total", kCounter, VALUE(aborts), "Transactions aborted; their records are read again."},
    {"leadpulse_producers_made_total", kCounter, VALUE(producers),
     "Transactional producers made; more than one if one was lost."},
    {"leadpulse_rebalances_total", kCounter, VALUE(rebalances), "Times that partitions were assigned or revoked."},
    {"leadpulse_restored_records_total", kCounter, VALUE(restored_records), "Changelog records read to restore."},
    {"leadpulse_full_restores_total", kCounter, VALUE(full_restores),
     "Partitions restored from the changelog's beginning, because the local state was unusable."},
    {"leadpulse_partitions_assigned", kGauge, VALUE(partitions), "Partitions that the consumer group has assigned."},
    {"leadpulse_partitions_restoring", kGauge, VALUE(partitions_restoring),
     "Assigned partitions that are not ready: no records are read from them yet."},
    {"leadpulse_restore_remaining_offsets", kGauge, VALUE(restore_remaining), "Changelog offsets still to be read."},
    {"leadpulse_partitions_rolling_out", kGauge, VALUE(partitions_rolling_out),
     "Partitions with leads that are still under previous definitions."},
    {"leadpulse_partitions_adopting", kGauge, VALUE(partitions_rolling_out),
     "The former name of leadpulse_partitions_rolling_out; the next release removes it."},
    {"leadpulse_partitions_failing", kGauge, VALUE(partitions_failing),
     "Partitions that could not be restored or read the last time, and are tried again; the others go on."},
    {"leadpulse_input_lag_records", kGauge, VALUE(lag), "Input records between what is read and the ends last seen."},
    {"leadpulse_unwritten_leads", kGauge, VALUE(unwritten_leads),
     "Leads whose last changes are in lead.journal and not yet in lead.state."},
    {"leadpulse_unwritten_profiles", kGauge, VALUE(unwritten_profiles),
     "Leads whose last changes are not yet in lead.profiles."},
};

#undef VALUE

double SecondsSince(Instant then, Instant now) {
  return static_cast<double>(std::max<int64_t>((now - then).count(), 0)) / 1e3;
}

// Returns a partition's lag in seconds. If records wait and none was read yet, their age is unknown.
std::optional<double> LagSeconds(const PartitionLag& lag, Instant now) {
  if (lag.records == 0) return 0;
  if (lag.newest == Instant::DistantPast()) return std::nullopt;
  return SecondsSince(lag.newest, now);
}

constexpr PartitionMetric kPartitionTable[] = {
    {"leadpulse_partition_lag_records", kGauge,
     [](const PartitionLag& lag, Instant) { return std::optional(static_cast<double>(lag.records)); },
     "Input records of the partition between what is read and the ends last seen."},
    {"leadpulse_partition_lag_seconds", kGauge, LagSeconds,
     "Age of the newest record read from the partition, if others wait behind it; else 0."},
    {"leadpulse_partition_clock_ahead_seconds", kGauge,
     [](const PartitionLag& lag, Instant) { return std::optional(static_cast<double>(lag.clock_ahead.count()) / 1e3); },
     "How far the partition's clock, at which its records and timers apply, is ahead of this machine's clock."},
};

// Returns a tenant's lag, the largest of its partitions, because the tenants of waiting records are unknown.
std::optional<double> TenantLagSeconds(const TenantMetrics::Tenant& tenant, const PartitionSeconds& lags) {
  std::optional<double> most;
  for (const PartitionId partition : tenant.partitions) {
    const auto lag = lags.find(partition);
    if (lag != lags.end()) most = std::max(most.value_or(0), lag->second);
  }
  return most;
}

constexpr TenantMetric kTenantTable[] = {
    {"leadpulse_tenant_records_applied_total", kCounter,
     [](const TenantMetrics::Tenant& tenant, const PartitionSeconds&) {
       return std::optional(static_cast<double>(tenant.counts.records));
     },
     "Events and commands applied to leads of the tenant."},
    {"leadpulse_tenant_changes_total", kCounter,
     [](const TenantMetrics::Tenant& tenant, const PartitionSeconds&) {
       return std::optional(static_cast<double>(tenant.counts.changes));
     },
     "Changes of the tenant's leads, committed."},
    {"leadpulse_tenant_lag_seconds", kGauge, TenantLagSeconds,
     "How late the tenant's records are: the largest leadpulse_partition_lag_seconds of the partitions with its "
     "records. 0 while none wait."},
};

#define VALUE(member) \
  [](const StandbyMetrics& metrics) { return static_cast<double>(metrics.member.load(std::memory_order_relaxed)); }

constexpr StandbyMetric kStandbyTable[] = {
    {"leadpulse_standby_copies", kGauge, VALUE(copies),
     "Partitions of other processes of which this one has a copy that is at most a minute old."},
    {"leadpulse_standby_failures_total", kCounter, VALUE(failures),
     "Partitions of other processes that could not be copied, as the log says; each is tried again after a minute."},
};

#undef VALUE

// Returns the known lags of the partitions that are read.
PartitionSeconds LagsOf(std::span<const std::unique_ptr<WorkerMetrics>> workers, Instant now) {
  PartitionSeconds lags;
  for (const auto& worker : workers) {
    for (const PartitionLag& lag : worker->partition_lags.Get()) {
      if (const std::optional<double> seconds = LagSeconds(lag, now)) lags[lag.partition] = *seconds;
    }
  }
  return lags;
}

}  // namespace

std::span<const WorkerMetric> WorkerMetricTable() { return kTable; }
std::span<const PartitionMetric> PartitionMetricTable() { return kPartitionTable; }
std::span<const TenantMetric> TenantMetricTable() { return kTenantTable; }
std::span<const StandbyMetric> StandbyMetricTable() { return kStandbyTable; }

void AddWorkerMetrics(size_t worker, const WorkerMetrics* metrics, const Clock* clock, telemetry::MetricsPage* page) {
  const std::string number = std::to_string(worker);
  pipeline::AddApplyMetrics(metrics, {{"worker", number}}, page);
  for (const WorkerMetric& row : kTable) {
    page->Add(
        {std::string(row.name), std::string(row.help), row.type, {{"worker", number}}, [metrics, value = row.value] {
           return value(*metrics);
         }});
  }
  for (const PartitionMetric& row : kPartitionTable) {
    const auto samples = [metrics, clock, number, value = row.value] {
      std::vector<MetricSample> found;
      const Instant now = clock->Now();
      for (const PartitionLag& lag : metrics->partition_lags.Get()) {
        if (const std::optional<double> known = value(lag, now)) {
          found.push_back({{{"worker", number}, {"partition", std::to_string(lag.partition.value)}}, *known});
        }
      }
      return found;
    };
    page->Add(telemetry::ChangingMetric{std::string(row.name), std::string(row.help), row.type, samples});
  }
}

void AddTenantMetrics(const TenantMetrics* tenants, std::span<const std::unique_ptr<WorkerMetrics>> workers,
                      const Clock* clock, telemetry::MetricsPage* page) {
  for (const TenantMetric& row : kTenantTable) {
    const auto samples = [tenants, workers, clock, value = row.value] {
      std::vector<MetricSample> found;
      const PartitionSeconds lags = LagsOf(workers, clock->Now());
      for (const TenantMetrics::Tenant& tenant : tenants->Get()) {
        if (const std::optional<double> known = value(tenant, lags))
          found.push_back({{{"tenant", tenant.name}}, *known});
      }
      return found;
    };
    page->Add(telemetry::ChangingMetric{std::string(row.name), std::string(row.help), row.type, samples});
  }
}

void AddStandbyMetrics(const StandbyMetrics* metrics, telemetry::MetricsPage* page) {
  for (const StandbyMetric& row : kStandbyTable) {
    page->Add({std::string(row.name), std::string(row.help), row.type, {}, [metrics, value = row.value] {
                 return value(*metrics);
               }});
  }
}

}  // namespace leadpulse::kafka
