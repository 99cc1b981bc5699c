// The offsets that a consumer group has committed, and those of open transactions (KIP-447).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/kafka/ports.h"
#include "tests/support/kafka/partition_log.h"

namespace leadpulse::testing {

class GroupOffsets {
 public:
  // Called for each partition that a transaction commits, in order. `call` numbers the call of SendOffsets.
  using OnCommitted = std::function<void(PartitionId, const kafka::InputOffsets&, uint64_t call)>;

  using Committed = std::array<std::optional<int64_t>, kafka::kInputTopicCount>;

  void set_on_committed(OnCommitted on_committed) { on_committed_ = std::move(on_committed); }

  // Returns false if a later epoch of the producer was seen.
  bool AddPending(const ProducerEpoch& producer, const std::map<PartitionId, kafka::InputOffsets>& offsets,
                  uint64_t call) {
    int32_t& epoch = epochs_[producer.id];
    if (producer.epoch < epoch) return false;
    epoch = producer.epoch;
    for (const auto& [partition, next] : offsets) pending_[producer.id][partition] = {next, call};
    return true;
  }

  void EndTransaction(const ProducerEpoch& producer, bool commits) {
    int32_t& epoch = epochs_[producer.id];
    epoch = std::max(epoch, producer.epoch);
    auto pending = pending_.extract(producer.id);
    if (pending.empty() || !commits) return;
    for (const auto& [partition, offsets] : pending.mapped()) {
      Committed& committed = committed_[partition];
      for (const kafka::InputTopic topic : kafka::kInputTopics) {
        committed[static_cast<size_t>(topic)] = offsets.next[topic];
      }
      if (on_committed_) on_committed_(partition, offsets.next, offsets.call);
    }
  }

  // Returns the producers whose offsets are neither committed nor aborted.
  std::vector<int64_t> open_producers() const {
    std::vector<int64_t> producers;
    for (const auto& [producer, offsets] : pending_) producers.push_back(producer);
    return producers;
  }

  // Whether an open transaction may commit offsets of the partition.
  bool IsUnstable(PartitionId partition) const {
    for (const auto& [producer, offsets] : pending_) {
      if (offsets.contains(partition)) return true;
    }
    return false;
  }

  Committed At(PartitionId partition) const {
    const auto found = committed_.find(partition);
    return found == committed_.end() ? Committed() : found->second;
  }

  // Deletes offsets, as the broker does after `offsets.retention.minutes` and an administrator may.
  void Forget(PartitionId partition, kafka::InputTopic topic) {
    committed_[partition][static_cast<size_t>(topic)] = {};
  }

 private:
  struct Pending {
    kafka::InputOffsets next;
    uint64_t call = 0;
  };

  std::map<PartitionId, Committed> committed_;
  std::map<int64_t, std::map<PartitionId, Pending>> pending_;  // by producer
  std::map<int64_t, int32_t> epochs_;                          // each producer's greatest seen
  OnCommitted on_committed_;
};

}  // namespace leadpulse::testing
