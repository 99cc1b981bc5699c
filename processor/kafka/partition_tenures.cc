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

Result<bool> PartitionTenures::Commit(PartitionId partition, int32_t generation, state::EpochWrite write,
                                      state::LeadStore* store) {
  Latest& latest = LatestOf(partition);
  std::lock_guard lock(latest.mutex);
  if (generation < latest.generation) return false;
  LP_RETURN_IF_ERROR(store->CommitPartition(partition, std::move(write)));
  return true;
}

PartitionWriter::PartitionWriter(PartitionId partition, int32_t generation, PartitionTenures* tenures,
                                 state::LeadStore* store)
    : partition_(partition), generation_(generation), tenures_(tenures), store_(store) {
  if (tenures_ != nullptr) tenures_->Begin(partition, generation);
}

Result<bool> PartitionWriter::Commit(state::EpochWrite write) const {
  if (tenures_ != nullptr) return tenures_->Commit(partition_, generation_, std::move(write), store_);
  LP_RETURN_IF_ERROR(store_->CommitPartition(partition_, std::move(write)));
  return true;
}

}  // namespace leadpulse::kafka
