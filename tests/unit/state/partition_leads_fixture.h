// The leads of a partition over a store that counts reads.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "state/cache/partition_leads.h"
#include "tests/support/forwarding_store.h"

namespace leadpulse::state {

// A store that counts reads, to observe the cache.
class CountingStore : public testing::ForwardingStore {
 public:
  CountingStore() : ForwardingStore(2) {}

  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    ++gets;
    return ForwardingStore::Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    ++multi_gets;
    return ForwardingStore::MultiGet(partition, keys, max_bytes);
  }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    ++erasure_gets;
    return ForwardingStore::GetErasure(partition, key);
  }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    ++timer_reads;
    return ForwardingStore::DueTimers(partition, from, until, limit);
  }

  mutable int gets = 0, multi_gets = 0, erasure_gets = 0, timer_reads = 0;
};

class PartitionLeadsTest : public ::testing::Test {
 protected:
  static constexpr PartitionId kPartition{1};
  static constexpr size_t kRoomy = 64 << 20;
  static inline const LeadKey kAnn{"acme", "ann"};
  static inline const LeadKey kBob{"acme", "bob"};

  Lead* MustFind(const LeadKey& key) {
    Result<Lead*> found = leads_->Find(key);
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : nullptr;
  }
  Lead* MustCreate(const LeadKey& key, Instant next_change_at = Instant::Never()) {
    EXPECT_EQ(MustFind(key), nullptr);
    Lead* lead = leads_->Create(key);
    lead->next_change_at = next_change_at;
    return lead;
  }
  EpochWrite Commit() {
    EpochWrite write;
    leads_->CollectWrites(&write);
    EXPECT_TRUE(store_.Commit(write).ok());
    leads_->Committed();
    return write;
  }
  std::vector<std::pair<int64_t, std::string>> Due(Instant from, Instant until, size_t limit = 1000) {
    std::vector<std::pair<int64_t, std::string>> due;
    Result<std::vector<DueTimer>> timers = leads_->DueTimers(from, until, limit);
    for (const DueTimer& timer : *timers) due.emplace_back(timer.due.millis, DecodeLeadKey(timer.key).lead);
    return due;
  }
  void Reopen(size_t cache_bytes) {
    leads_ = std::make_unique<PartitionLeads>(kPartition, &store_, cache_bytes, [this](Lead*) { ++loads_; });
  }

  CountingStore store_;
  int loads_ = 0;
  std::unique_ptr<PartitionLeads> leads_ =
      std::make_unique<PartitionLeads>(kPartition, &store_, kRoomy, [this](Lead*) { ++loads_; });
};

}  // namespace leadpulse::state
