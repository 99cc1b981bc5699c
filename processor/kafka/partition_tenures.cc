#include "processor/kafka/partition_tenures.h"

#include <algorithm>
#include <utility>

namespace leadpulse::kafka {

PartitionTenures::Latest& PartitionTenures::LatestOf(PartitionId partition) {
  std::lock_guard lock(mutex_);
  return latest_[partition];
}

void PartitionTenures::Begin(PartitionId partition, int32_t generation) {
  Latest& latest = LatestOf(partition);
  std::lock_guard lock(latest.mutex);
  latest.generation = std::max(latest.generation, generation);
}

Result<bool> PartitionTenures::Write(PartitionId partition, int32_t generation, const std::function<Status()>& write) {
  Latest& latest = LatestOf(partition);
  std::lock_guard lock(latest.mutex);
  if (generation < latest.generation) return false;
  LP_RETURN_IF_ERROR(write());
  return true;
}

PartitionWriter::PartitionWriter(PartitionId partition, int32_t generation, PartitionTenures* tenures,
                                 state::LeadStore* store)
    : partition_(partition), generation_(generation), tenures_(tenures), store_(store) {
  tenures_->Begin(partition, generation);
}

Result<bool> PartitionWriter::Commit(state::EpochWrite write) const {
  return tenures_->Write(partition_, generation_,
                         [&] { return store_->CommitPartition(partition_, std::move(write)); });
}

Result<bool> PartitionWriter::Ingest(std::span<const state::IngestedLead> leads,
                                     std::span<const state::DueTimer> timers) const {
  return tenures_->Write(partition_, generation_, [&] { return store_->Ingest(partition_, leads, timers); });
}

}  // namespace leadpulse::kafka
