// Which of a process's workers may write a partition's rows in the store that they share: the one that the group's
// latest generation gave it to.
//
// A worker that has lost a partition hears of it at its next poll, and may have been held up for any time before (a
// process that was stopped, a machine that was moved). What it then writes, of a restore or behind its last commit, is
// older than what the partition's next worker has written there. Of the topics Kafka fences it off; of the store this
// does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// For any number of threads.
class WriterFence {
 public:
  // A worker has been given the partition in this generation: whoever was before writes no more. A write of theirs that
  // is under way is waited for.
  void Begin(PartitionId partition, int32_t generation);
  // Calls `write`, which writes rows of the partition, unless the partition was given away in a later generation:
  // false, and nothing was written. Errors are those of `write`.
  Result<bool> Write(PartitionId partition, int32_t generation, const std::function<Status()>& write);

 private:
  struct Latest {
    std::mutex mutex;
    int32_t generation = -1;
  };
  Latest& LatestOf(PartitionId partition);

  std::mutex mutex_;  // of the map; its elements stay where they are
  std::map<PartitionId, Latest> latest_;
};

// One worker's right to a partition's rows. `writer_fence` and `store` outlive it.
class PartitionWriter {
 public:
  PartitionWriter() = default;
  PartitionWriter(PartitionId partition, int32_t generation, WriterFence* writer_fence, state::LeadStore* store);
  // As WriterFence::Write, by LeadStore::CommitPartition and by LeadStore::Ingest.
  Result<bool> Commit(state::EpochWrite write) const;
  Result<bool> Ingest(std::span<const state::IngestedLead> leads, std::span<const state::DueTimer> timers) const;

 private:
  PartitionId partition_;
  int32_t generation_ = -1;
  WriterFence* writer_fence_ = nullptr;
  state::LeadStore* store_ = nullptr;
};

}  // namespace leadpulse::kafka
