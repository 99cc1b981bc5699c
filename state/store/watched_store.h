// A LeadStore that reports its commits to a watcher.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "state/store/forwarding_store.h"

namespace leadpulse::state {

// Called by all threads that commit, also at the same time.
class CommitWatcher {
 public:
  virtual ~CommitWatcher() = default;
  // Before the store writes this. Returns a number for Ended.
  virtual uint64_t Begun(const EpochWrite& write) = 0;
  // Before rows of a partition are written that no EpochWrite names.
  virtual uint64_t BegunIngest(PartitionId partition) = 0;
  // The store has written it, or has failed to: it is not known what of it is in the store.
  virtual void Ended(uint64_t number, const Status& written) = 0;
};

// Tells `watcher` of each write. Both outlive this. Threads: as `store`.
class WatchedStore : public ForwardingStore {
 public:
  WatchedStore(LeadStore* store, CommitWatcher* watcher) : ForwardingStore(store), watcher_(*watcher) {}

  Status Commit(const EpochWrite& write) override {
    const uint64_t number = watcher_.Begun(write);
    Status written = store_->Commit(write);
    watcher_.Ended(number, written);
    return written;
  }
  Status CommitPartition(PartitionId partition, EpochWrite write) override {
    const uint64_t number = watcher_.Begun(write);
    Status written = store_->CommitPartition(partition, std::move(write));
    watcher_.Ended(number, written);
    return written;
  }
  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    const uint64_t number = watcher_.BegunIngest(partition);
    Status written = store_->Ingest(partition, leads, timers);
    watcher_.Ended(number, written);
    return written;
  }

 private:
  CommitWatcher& watcher_;
};

}  // namespace leadpulse::state
