// The decision which worker of a process may write a partition's rows in the shared store: the one to which the group's
// latest generation has assigned the partition.
//
// A worker learns only at its next poll that it has lost a partition, and may have been delayed before that (a stopped
// process, a migrated machine). Its writes, from a restore or after its last commit, would then be older than those of
// the partition's next owner. Kafka fences it from the topics; this class fences it from the store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// The latest generation of each partition. Thread-safe.
class WriterFence {
 public:
  // Notes that a worker was assigned the partition in this generation. Earlier owners cannot write any more; waits for
  // a write of theirs that is in progress.
  void Begin(PartitionId partition, int32_t generation) {
    Latest& latest = LatestOf(partition);
    std::lock_guard lock(latest.mutex);
    latest.generation = std::max(latest.generation, generation);
  }
  // Calls `write`, which writes rows of the partition. Returns false, without the call, if a later generation has
  // assigned the partition. Errors are those of `write`.
  template <typename WriteRows>
  Result<bool> Write(PartitionId partition, int32_t generation, const WriteRows& write) {
    Latest& latest = LatestOf(partition);
    std::lock_guard lock(latest.mutex);
    if (generation < latest.generation) return false;
    LP_RETURN_IF_ERROR(write());
    return true;
  }

 private:
  struct Latest {
    std::mutex mutex;
    int32_t generation = -1;
  };
  Latest& LatestOf(PartitionId partition) {
    std::lock_guard lock(mutex_);
    return latest_[partition];
  }

  std::mutex mutex_;  // guards the map, not its elements, whose addresses are stable
  std::map<PartitionId, Latest> latest_;
};

// One worker's right to a partition's rows. `writer_fence` and `store` must outlive it.
class PartitionWriter {
 public:
  PartitionWriter() = default;
  PartitionWriter(PartitionId partition, int32_t generation, WriterFence* writer_fence, state::LeadStore* store)
      : partition_(partition), generation_(generation), writer_fence_(writer_fence), store_(store) {
    writer_fence_->Begin(partition, generation);
  }
  // Writes as LeadStore::CommitPartition and LeadStore::Ingest do, through WriterFence::Write.
  Result<bool> Commit(state::EpochWrite write) const {
    return writer_fence_->Write(partition_, generation_,
                                [&] { return store_->CommitPartition(partition_, std::move(write)); });
  }
  Result<bool> Ingest(std::span<const state::IngestedLead> leads, std::span<const state::DueTimer> timers) const {
    return writer_fence_->Write(partition_, generation_, [&] { return store_->Ingest(partition_, leads, timers); });
  }
  // Whether the rows read so far are this worker's: no later generation may have written between them.
  bool MayWrite() const {
    return *writer_fence_->Write(partition_, generation_, [] { return Status::Ok(); });
  }

 private:
  PartitionId partition_;
  int32_t generation_ = -1;
  WriterFence* writer_fence_ = nullptr;
  state::LeadStore* store_ = nullptr;
};

}  // namespace leadpulse::kafka
