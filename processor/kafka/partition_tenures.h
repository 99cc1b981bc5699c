// Which of a process's workers may write a partition's rows in the store that they share: the one that the group's
// latest generation gave it to.
//
// A worker that has lost a partition hears of it at its next poll, and may have been held up for any time before (a
// process that was stopped, a machine that was moved). What it then writes, of a restore or behind its last commit, is
// older than what the partition's next worker has written there. Of the topics Kafka fences it off; of the store this
// does.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/lead_store.h"

namespace leadpulse::kafka {

// For any number of threads.
class PartitionTenures {
 public:
  // A worker has been given the partition in this generation: whoever was before writes no more. A write of theirs that
  // is under way is waited for.
  void Begin(PartitionId partition, int32_t generation);
  // Commits to the store, unless the partition was given away in a later generation: false, and nothing was written.
  // Errors are those of the store.
  Result<bool> Commit(PartitionId partition, int32_t generation, state::EpochWrite write, state::LeadStore* store);

 private:
  struct Latest {
    std::mutex mutex;
    int32_t generation = -1;
  };
  Latest& LatestOf(PartitionId partition);

  std::mutex mutex_;  // of the map; its elements stay where they are
  std::map<PartitionId, Latest> latest_;
};

// One worker's right to a partition's rows. `tenures` may be null: there is no other worker.
class PartitionWriter {
 public:
  PartitionWriter() = default;
  PartitionWriter(PartitionId partition, int32_t generation, PartitionTenures* tenures, state::LeadStore* store);
  // As PartitionTenures::Commit.
  Result<bool> Commit(state::EpochWrite write) const;

 private:
  PartitionId partition_;
  int32_t generation_ = -1;
  PartitionTenures* tenures_ = nullptr;
  state::LeadStore* store_ = nullptr;
};

}  // namespace leadpulse::kafka
