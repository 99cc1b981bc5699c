// A store in memory that allows reads during a commit of the same partition, as RocksDB does. For code that reads and
// commits on several threads, also under the thread sanitizer, which cannot see into RocksDB.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/forwarding_store.h"

namespace leadpulse::testing {

class LockedStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::MultiGet(partition, keys, max_bytes);
  }
  Result<std::optional<state::Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::GetErasure(partition, key);
  }
  bool HasErasures(PartitionId partition) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::HasErasures(partition);
  }
  Result<std::vector<state::DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                 size_t limit) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::DueTimers(partition, from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::VisitLeads(partition, after, visit);
  }
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::GetDayCounts(partition, key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::VisitDayCounts(partition, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::GetMeta(name);
  }
  Status Commit(const state::EpochWrite& write) override {
    std::lock_guard lock(mutex_);
    return ForwardingStore::Commit(write);
  }

 private:
  mutable std::mutex mutex_;
};

}  // namespace leadpulse::testing
