#include "processor/kafka/tenant_metrics.h"

namespace leadpulse::kafka {

void TenantMetrics::Add(PartitionId partition, const EpochTenants& epoch) {
  if (limit_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [tenant, counts] : epoch) {
    Place& place = PlaceOf(tenant);
    place.counts.Add(counts);
    place.partitions.insert(partition);
  }
}

TenantMetrics::Place& TenantMetrics::PlaceOf(const std::string& tenant) {
  if (const auto found = tenants_.find(tenant); found != tenants_.end()) return found->second;
  if (tenants_.size() < limit_) return tenants_[tenant];
  has_others_ = true;
  return others_;
}

std::vector<TenantMetrics::Tenant> TenantMetrics::Get() const {
  const std::lock_guard lock(mutex_);
  std::vector<Tenant> all;
  all.reserve(tenants_.size() + 1);
  for (const auto& [tenant, place] : tenants_) all.push_back({tenant, place.counts, place.partitions});
  if (has_others_) all.push_back({"", others_.counts, others_.partitions});
  return all;
}

}  // namespace leadpulse::kafka
