#include "processor/kafka/command_outcomes.h"

#include <algorithm>

namespace leadpulse::kafka {

void CommandOutcomes::Take(PartitionId partition, Reader reader, int64_t next) {
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = partitions_.try_emplace(partition, Read{reader, next, next});
  if (is_new) return;
  // The same worker restores its partitions again after a failed transaction: it has read them all the time.
  const bool goes_on = known->second.reader == reader && known->second.next == next;
  if (!goes_on) known->second = {reader, next, next};
}

void CommandOutcomes::Committed(PartitionId partition, Reader reader, int64_t next,
                                std::vector<RefusedCommand> refused) {
  const std::lock_guard lock(mutex_);
  const auto known = partitions_.find(partition);
  if (known == partitions_.end() || known->second.reader != reader) return;
  for (RefusedCommand& one : refused) Remember(std::move(one));
  known->second.next = next;
}

// Stores a refusal. If there are too many, forgets the oldest of this partition.
void CommandOutcomes::Remember(RefusedCommand refused) {
  const PartitionId partition = refused.partition;
  refusals_.insert_or_assign(RecordOffset(partition, refused.offset), std::move(refused));
  if (refusals_.size() <= most_refusals_) return;
  const auto oldest = refusals_.lower_bound(RecordOffset(partition, 0));
  const auto known = partitions_.find(partition);
  if (known != partitions_.end()) known->second.first = std::max(known->second.first, oldest->first.second + 1);
  refusals_.erase(oldest);
}

void CommandOutcomes::Forget(PartitionId partition, Reader reader) {
  const std::lock_guard lock(mutex_);
  const auto known = partitions_.find(partition);
  if (known == partitions_.end() || known->second.reader != reader) return;
  partitions_.erase(known);
  refusals_.erase(refusals_.lower_bound(RecordOffset(partition, 0)),
                  refusals_.lower_bound(RecordOffset({partition.value + 1}, 0)));
}

std::vector<PartitionId> CommandOutcomes::Partitions() const {
  const std::lock_guard lock(mutex_);
  std::vector<PartitionId> partitions;
  for (const auto& [partition, read] : partitions_) partitions.push_back(partition);
  return partitions;
}

ReadCommand CommandOutcomes::Find(PartitionId partition, int64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto known = partitions_.find(partition);
  if (known == partitions_.end()) return {CommandProgress::kElsewhere, {}};
  if (offset >= known->second.next) return {CommandProgress::kNotRead, {}};
  const auto refused = refusals_.find(RecordOffset(partition, offset));
  if (refused != refusals_.end()) return {CommandProgress::kRead, refused->second};
  if (offset < known->second.first) return {CommandProgress::kUnknown, {}};
  return {CommandProgress::kRead, {}};
}

}  // namespace leadpulse::kafka
