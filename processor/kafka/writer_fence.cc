#include "processor/kafka/writer_fence.h"

#include <algorithm>
#include <utility>

namespace leadpulse::kafka {

void WriterFence::Begin(PartitionId partition, int32_t generation) {
  Latest& latest = LatestOf(partition);
  std::lock_guard lock(latest.mutex);
  latest.generation = std::max(latest.generation, generation);
}

Result<bool> WriterFence::Write(PartitionId partition, int32_t generation, const std::function<Status()>& write) {
  Latest& latest = LatestOf(partition);
  std::lock_guard lock(latest.mutex);
  if (generation < latest.generation) return false;
  LP_RETURN_IF_ERROR(write());
  return true;
}

PartitionWriter::PartitionWriter(PartitionId partition, int32_t generation, WriterFence* writer_fence,
                                 state::LeadStore* store)
    : partition_(partition), generation_(generation), writer_fence_(writer_fence), store_(store) {
  writer_fence_->Begin(partition, generation);
}

}  // namespace leadpulse::kafka
