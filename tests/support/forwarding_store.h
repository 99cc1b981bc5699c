// A store that forwards every call to another one, by default in memory. A test overrides the call that it is
// about.
#pragma once

#include <memory>
#include <utility>

#include "state/store/lead_store.h"
#include "state/store/memory_lead_store.h"

namespace leadpulse::testing {

class ForwardingStore : public state::LeadStore {
 public:
  explicit ForwardingStore(uint32_t partitions) : ForwardingStore(state::MakeMemoryLeadStore(partitions)) {}
  explicit ForwardingStore(std::unique_ptr<state::LeadStore> store) : store_(std::move(store)) {}

  uint32_t partition_count() const override { return store_->partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return store_->Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    return store_->MultiGet(partition, keys, max_bytes);
  }
  Result<std::optional<state::Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return store_->GetErasure(partition, key);
  }
  std::string ErasureHash(std::string_view key) const override { return store_->ErasureHash(key); }
  bool HasErasures(PartitionId partition) const override { return store_->HasErasures(partition); }
  Result<std::vector<state::DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                 size_t limit) const override {
    return store_->DueTimers(partition, from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    return store_->VisitLeads(partition, after, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return store_->GetMeta(name); }
  Result<std::unique_ptr<const state::LeadReader>> Snapshot() override { return store_->Snapshot(); }
  Status Commit(const state::EpochWrite& write) override { return store_->Commit(write); }
  Status Ingest(PartitionId partition, std::span<const state::IngestedLead> leads,
                std::span<const state::DueTimer> timers) override {
    return store_->Ingest(partition, leads, timers);
  }

 private:
  std::unique_ptr<state::LeadStore> store_;
};

}  // namespace leadpulse::testing
