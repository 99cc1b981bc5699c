// The decision who in a process may write a partition's rows in the shared store: the worker to which the group's
// latest generation has assigned the partition, or, while no worker has it, the standby.
//
// A worker learns only at its next poll that it has lost a partition, and may have been delayed before that (a stopped
// process, a migrated machine). Its writes, from a restore or after its last commit, would then be older than those of
// the partition's next owner. Kafka fences it from the topics; this class fences it from the store. Until it has been
// told, the standby leaves the partition alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// The latest generation of each partition. Thread-safe.
class WriterFence {
 public:
  // Stands for the standby, where others have their generation.
  static constexpr int32_t kStandby = -2;

  // Notes that a worker was assigned the partition in this generation. Earlier owners and the standby cannot write any
  // more; waits for a write of theirs that is in progress.
  void Begin(PartitionId partition, int32_t generation) {
    Latest& latest = LatestOf(partition);
    std::lock_guard lock(latest.mutex);
    if (generation < latest.generation) return;
    latest.generation = generation;
    latest.owner = Owner::kWorker;
  }
  // Notes that the worker that was assigned the partition in this generation gives it up. It writes nothing more.
  void End(PartitionId partition, int32_t generation) {
    Latest& latest = LatestOf(partition);
    std::lock_guard lock(latest.mutex);
    if (generation == latest.generation && latest.owner == Owner::kWorker) latest.owner = Owner::kNobody;
  }
  // Gives the partition to the standby, until a worker begins. Returns false if a worker has it.
  bool BeginStandby(PartitionId partition) {
    Latest& latest = LatestOf(partition);
    std::lock_guard lock(latest.mutex);
    if (latest.owner != Owner::kWorker) latest.owner = Owner::kStandby;
    return latest.owner == Owner::kStandby;
  }
  // Calls `write`, which writes rows of the partition. Returns false, without the call, if a later generation has
  // assigned the partition; or, for the standby, if a worker has it. Errors are those of `write`.
  template <typename WriteRows>
  Result<bool> Write(PartitionId partition, int32_t generation, const WriteRows& write) {
    Latest& latest = LatestOf(partition);
    std::lock_guard lock(latest.mutex);
    const bool may_write = generation == kStandby ? latest.owner == Owner::kStandby : generation >= latest.generation;
    if (!may_write) return false;
    LP_RETURN_IF_ERROR(write());
    return true;
  }

 private:
  enum class Owner : uint8_t { kNobody, kWorker, kStandby };
  struct Latest {
    std::mutex mutex;
    int32_t generation = -1;
    Owner owner = Owner::kNobody;
  };
  Latest& LatestOf(PartitionId partition) {
    std::lock_guard lock(mutex_);
    return latest_[partition];
  }

  std::mutex mutex_;  // guards the map, not its elements, whose addresses are stable
  std::map<PartitionId, Latest> latest_;
};

// The right of a worker, or of the standby, to a partition's rows. `writer_fence` and `store` must outlive it.
class PartitionWriter {
 public:
  PartitionWriter() = default;
  // Begins the right of the worker that was assigned the partition in this generation.
  PartitionWriter(PartitionId partition, int32_t generation, WriterFence* writer_fence, state::LeadStore* store)
      : partition_(partition), generation_(generation), writer_fence_(writer_fence), store_(store) {
    writer_fence_->Begin(partition, generation);
  }
  // Begins the right of the standby; nullopt if a worker has the partition.
  static std::optional<PartitionWriter> OfStandby(PartitionId partition, WriterFence* writer_fence,
                                                  state::LeadStore* store) {
    if (!writer_fence->BeginStandby(partition)) return std::nullopt;
    PartitionWriter writer;
    writer.partition_ = partition;
    writer.generation_ = WriterFence::kStandby;
    writer.writer_fence_ = writer_fence;
    writer.store_ = store;
    return writer;
  }
  // Ends the right of a worker.
  void End() const { writer_fence_->End(partition_, generation_); }
  bool is_standby() const { return generation_ == WriterFence::kStandby; }
  // Writes as LeadStore::CommitPartition and LeadStore::Ingest do, through WriterFence::Write.
  Result<bool> Commit(state::EpochWrite write) const {
    return writer_fence_->Write(partition_, generation_,
                                [&] { return store_->CommitPartition(partition_, std::move(write)); });
  }
  Result<bool> Ingest(std::span<const state::IngestedLead> leads, std::span<const state::DueTimer> timers) const {
    return writer_fence_->Write(partition_, generation_, [&] { return store_->Ingest(partition_, leads, timers); });
  }
  // Whether the rows read so far are this owner's: no later one may have written between them.
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
