#include "processor/kafka/worker_metrics.h"

#include <algorithm>

#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

// Machines whose clocks are set by NTP differ by less.
constexpr Millis kClockAheadWarned = std::chrono::seconds(10);
constexpr std::chrono::minutes kClockWarningInterval{10};
constexpr std::chrono::minutes kHandedOnWarningInterval{1};

}  // namespace

void ClockWarning::Log(std::span<const PartitionLag> partitions, std::chrono::steady_clock::time_point now) {
  const auto most = std::ranges::max_element(partitions, {}, &PartitionLag::clock_ahead);
  if (most == partitions.end() || most->clock_ahead < kClockAheadWarned || now < next_) return;
  next_ = now + kClockWarningInterval;
  const auto ahead = std::ranges::count_if(
      partitions, [](const PartitionLag& partition) { return partition.clock_ahead >= kClockAheadWarned; });
  telemetry::LogWarning(
      "partition " + std::to_string(most->partition.value) + ": partition clock is " +
          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(most->clock_ahead).count()) +
          " s ahead of this machine's clock; its records and timers apply at that instant until the machine's clock "
          "has reached it" +
          (ahead == 1 ? std::string() : ". Partitions that are ahead: " + std::to_string(ahead)),
      {telemetry::PartitionField(most->partition)});
}

void HandedOnWarning::Add(const std::string& topic, PartitionId partition, uint64_t records) {
  if (records > 0) counts_[{topic, partition}] += records;
}

void HandedOnWarning::Log(std::chrono::steady_clock::time_point now) {
  if (counts_.empty() || now < next_) return;
  next_ = now + kHandedOnWarningInterval;
  const auto most = std::ranges::max_element(counts_, {}, [](const auto& count) { return count.second; });
  uint64_t all = 0;
  for (const auto& [place, records] : counts_) all += records;
  const auto& [topic, partition] = most->first;
  telemetry::LogWarning(
      topic + " [" + std::to_string(partition.value) + "]: " + std::to_string(most->second) +
          " records were handed to the partitions of their leads, each a commit later than from there" +
          (counts_.size() == 1 ? std::string() : "; " + std::to_string(all) + " in all partitions") +
          ". Let the producer use the key `tenant NUL lead` and the partitioner `murmur2_random` "
          "(schemas/PRODUCERS.md)",
      {telemetry::TopicField(topic), telemetry::PartitionField(partition)});
  counts_.clear();
}

void TenantMetrics::Add(PartitionId partition, const EpochTenants& epoch) {
  if (limit_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, counts] : epoch) {
    Tenant& tenant = TenantOf(name);
    tenant.counts.Add(counts);
    tenant.partitions.insert(partition);
  }
}

TenantMetrics::Tenant& TenantMetrics::TenantOf(const std::string& name) {
  if (const auto found = tenants_.find(name); found != tenants_.end()) return found->second;
  if (tenants_.size() < limit_) return tenants_[name] = {name, {}, {}};
  return others_ ? *others_ : others_.emplace();
}

std::vector<TenantMetrics::Tenant> TenantMetrics::Get() const {
  const std::lock_guard lock(mutex_);
  std::vector<Tenant> all;
  all.reserve(tenants_.size() + 1);
  for (const auto& [name, tenant] : tenants_) all.push_back(tenant);
  if (others_) all.push_back(*others_);
  return all;
}

}  // namespace leadpulse::kafka
