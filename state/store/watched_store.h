// A LeadStore whose commits somebody else wants to know.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/store/lead_store.h"

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

// Passes every call on to `store`, and tells `watcher` of each write. Both outlive this. Threads: as `store`.
class WatchedStore : public LeadStore {
 public:
  WatchedStore(LeadStore* store, CommitWatcher* watcher) : store_(*store), watcher_(*watcher) {}

  uint32_t partition_count() const override { return store_.partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return store_.Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    return store_.MultiGet(partition, keys, max_bytes);
  }
  std::string ErasureHash(std::string_view key) const override { return store_.ErasureHash(key); }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return store_.GetErasure(partition, key);
  }
  bool HasErasures(PartitionId partition) const override { return store_.HasErasures(partition); }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    return store_.DueTimers(partition, from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    return store_.VisitLeads(partition, after, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return store_.GetMeta(name); }

  std::optional<uint64_t> LastWrite() const override { return store_.LastWrite(); }

  Result<std::unique_ptr<const LeadReader>> Snapshot() override { return store_.Snapshot(); }
  Status Commit(const EpochWrite& write) override {
    const uint64_t number = watcher_.Begun(write);
    Status written = store_.Commit(write);
    watcher_.Ended(number, written);
    return written;
  }
  Status CommitPartition(PartitionId partition, EpochWrite write) override {
    const uint64_t number = watcher_.Begun(write);
    Status written = store_.CommitPartition(partition, std::move(write));
    watcher_.Ended(number, written);
    return written;
  }
  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    const uint64_t number = watcher_.BegunIngest(partition);
    Status written = store_.Ingest(partition, leads, timers);
    watcher_.Ended(number, written);
    return written;
  }
  bool TakesMore() const override { return store_.TakesMore(); }
  Status MakeCheckpoint(const std::string& directory) override { return store_.MakeCheckpoint(directory); }

 private:
  LeadStore& store_;
  CommitWatcher& watcher_;
};

}  // namespace leadpulse::state
