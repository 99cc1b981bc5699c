// A LeadStore that passes every call on to another one, and one that also reports its commits to a watcher.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/store/lead_store.h"

namespace leadpulse::state {

// A LeadStore that passes every call on; derived classes override some of them. Threads: as `store`. CommitPartition
// calls Commit, as that of LeadStore does.
class ForwardingStore : public LeadStore {
 public:
  // Keeps `store`, which outlives this.
  explicit ForwardingStore(LeadStore* store) : store_(store) {}

  uint32_t partition_count() const override { return store_->partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return store_->Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    return store_->MultiGet(partition, keys, max_bytes);
  }
  std::string ErasureHash(std::string_view key) const override { return store_->ErasureHash(key); }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return store_->GetErasure(partition, key);
  }
  bool HasErasures(PartitionId partition) const override { return store_->HasErasures(partition); }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    return store_->DueTimers(partition, from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    return store_->VisitLeads(partition, after, visit);
  }
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    return store_->GetPublished(partition, key);
  }
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    return store_->GetDayCounts(partition, key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    return store_->VisitDayCounts(partition, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return store_->GetMeta(name); }
  std::optional<uint64_t> LastWrite() const override { return store_->LastWrite(); }

  Result<std::unique_ptr<const LeadReader>> Snapshot() override { return store_->Snapshot(); }
  Status Commit(const EpochWrite& write) override { return store_->Commit(write); }
  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    return store_->Ingest(partition, leads, timers);
  }
  bool TakesMore() const override { return store_->TakesMore(); }
  Status MakeCheckpoint(const std::string& directory) override { return store_->MakeCheckpoint(directory); }

 protected:
  LeadStore* const store_;
};

// A watcher of commits, called by all threads that commit, also at the same time.
class CommitWatcher {
 public:
  virtual ~CommitWatcher() = default;
  // Notes that the store is about to write this. Returns a number for Ended.
  virtual uint64_t Begun(const EpochWrite& write) = 0;
  // Notes that rows of a partition are about to be written that no EpochWrite names.
  virtual uint64_t BegunIngest(PartitionId partition) = 0;
  // Notes that the store has written it, or failed to: what of it is in the store is then unknown.
  virtual void Ended(uint64_t number, const Status& written) = 0;
};

// A store that reports each write to `watcher`. Both outlive this. Threads: as `store`.
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
