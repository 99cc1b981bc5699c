// A LeadStore in memory. Its commits never fail, and its erasure secret is a constant unless one is given.
#pragma once

#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "processor/base/assert.h"
#include "state/codec/published_row.h"
#include "state/codec/row_form.h"
#include "state/store/lead_store.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {

class MemoryLeadStore : public LeadStore {
 public:
  // Returns the secret under which the recorded output has its hashes.
  static std::string UsualSecret() {
    std::string secret = "in memory";
    secret.resize(kErasureKeyBytes);  // as HMAC does
    return secret;
  }
  explicit MemoryLeadStore(uint32_t partition_count, std::string erasure_secret = UsualSecret())
      : erasure_secret_(std::move(erasure_secret)), partitions_(partition_count) {
    LP_ASSERT(partition_count > 0);
  }

  uint32_t partition_count() const override { return static_cast<uint32_t>(partitions_.size()); }

  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return Look(At(partition).leads, key);
  }

  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    std::vector<std::optional<std::string>> values;
    size_t bytes = 0;
    for (const EncodedLeadKey& key : keys) {
      if (bytes > max_bytes) break;
      values.push_back(Look(At(partition).leads, key));
      if (values.back()) bytes += values.back()->size();
    }
    return values;
  }

  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return Look(At(partition).erased, ErasureHash(key));
  }

  std::string ErasureHash(std::string_view key) const override { return ErasureHashOf(erasure_secret_, key); }

  bool HasErasures(PartitionId partition) const override { return !At(partition).erased.empty(); }

  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    const auto& timers = At(partition).timers;
    std::vector<DueTimer> due;
    const std::string first;
    for (auto it = timers.lower_bound({from, &first}); it != timers.end(); ++it) {
      if (it->due > until || due.size() == limit) break;
      due.push_back({it->due, *it->key});
    }
    return due;
  }

  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    const auto& leads = At(partition).leads;
    for (auto it = leads.upper_bound(after); it != leads.end(); ++it) {
      if (!visit(it->first, it->second)) break;
    }
    return Status::Ok();
  }

  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    return Look(At(partition).published, key);
  }

  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    return Look(At(partition).day_counts, key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    for (const auto& [key, value] : At(partition).day_counts) {
      if (!visit(key, value)) break;
    }
    return Status::Ok();
  }

  Result<std::optional<std::string>> GetMeta(std::string_view name) const override {
    std::lock_guard lock(meta_mutex_);
    return Look(meta_, name);
  }

  Result<std::unique_ptr<const LeadReader>> Snapshot() override {
    const std::lock_guard no_write(write_mutex_);
    auto copy = std::make_unique<MemoryLeadStore>(partition_count());
    for (size_t i = 0; i < partitions_.size(); ++i) copy->partitions_[i] = CopyOf(partitions_[i]);
    std::lock_guard lock(meta_mutex_);
    copy->meta_ = meta_;
    return std::unique_ptr<const LeadReader>(std::move(copy));
  }

  Status Commit(const EpochWrite& write) override {
    const std::lock_guard no_snapshot(write_mutex_);
    for (PartitionId dropped : write.dropped) At(dropped) = {};
    const Partition* partition = nullptr;
    Leads::iterator next;
    for (const RowWrite& lead : write.leads) {
      Partition& written = At(lead.partition);
      if (partition != &written) next = written.leads.begin();
      partition = &written;
      Apply(lead, &next, &written);
      ApplyPublished(lead, &written);
    }
    for (const ErasureWrite& erasure : write.erasures) {
      At(erasure.partition).erased.insert_or_assign(erasure.key_hash, erasure.erasure);
    }
    for (const DayCountsWrite& counts : write.day_counts) {
      auto& rows = At(counts.partition).day_counts;
      if (counts.value) rows.insert_or_assign(counts.key, *counts.value);
      if (!counts.value) rows.erase(counts.key);
    }
    std::lock_guard lock(meta_mutex_);
    for (const auto& [name, value] : write.meta) meta_.insert_or_assign(name, value);
    return Status::Ok();
  }

  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    const std::lock_guard no_snapshot(write_mutex_);
    Partition& held = At(partition);
    for (const IngestedLead& lead : leads) {
      if (lead.value) held.leads.insert_or_assign(std::string(lead.key), std::string(*lead.value));
      if (!lead.value) held.leads.erase(std::string(lead.key));
    }
    for (const DueTimer& timer : timers) {
      const auto lead = held.leads.find(timer.key);
      LP_ASSERT(lead != held.leads.end());
      held.timers.insert({timer.due, &lead->first});
    }
    return Status::Ok();
  }

 private:
  // Its nodes do not move, so timers may refer to a lead's key.
  using Leads = std::map<std::string, std::string, std::less<>>;
  struct Timer {
    Instant due;
    const std::string* key;
    friend bool operator<(const Timer& a, const Timer& b) { return a.due != b.due ? a.due < b.due : *a.key < *b.key; }
  };
  struct Partition {
    Leads leads;
    absl::btree_set<Timer> timers;
    absl::btree_map<std::string, Erasure, std::less<>> erased;
    absl::btree_map<std::string, std::string, std::less<>> published;
    absl::btree_map<std::string, std::string, std::less<>> day_counts;
  };

  static Partition CopyOf(const Partition& original) {
    Partition copy;
    copy.leads = original.leads;
    copy.erased = original.erased;
    copy.published = original.published;
    copy.day_counts = original.day_counts;
    for (const Timer& timer : original.timers) copy.timers.insert({timer.due, &copy.leads.find(*timer.key)->first});
    return copy;
  }

  template <typename Map>
  static std::optional<typename Map::mapped_type> Look(const Map& map, std::string_view key) {
    auto it = map.find(key);
    return it == map.end() ? std::nullopt : std::optional(it->second);
  }

  // Stores the value, if any, and returns where the lead is; the end: nowhere.
  static Leads::iterator Place(const RowWrite& write, Leads::iterator guess, Leads* leads) {
    if (!write.value) return leads->find(write.key);
    if (!write.appended) return leads->insert_or_assign(guess, write.key, *write.value);
    const auto lead = leads->try_emplace(guess, write.key);
    AppendToRow(*write.value, &lead->second);
    return lead;
  }

  // Applies a write. `next`, a hint for the lead's position, is moved after it, because leads usually come in order.
  static void Apply(const RowWrite& write, Leads::iterator* next, Partition* partition) {
    LP_ASSERT(write.value || write.new_timer == Instant::Never());
    Leads& leads = partition->leads;
    const auto lead = Place(write, *next, &leads);
    *next = leads.end();
    if (lead == leads.end()) return;
    if (write.old_timer != write.new_timer) {
      if (write.old_timer != Instant::Never()) partition->timers.erase({write.old_timer, &lead->first});
      if (write.new_timer != Instant::Never()) partition->timers.insert({write.new_timer, &lead->first});
    }
    *next = write.value ? std::next(lead) : leads.erase(lead);
  }

  static void ApplyPublished(const RowWrite& write, Partition* partition) {
    if (!write.value || write.new_life) partition->published.erase(write.key);
    if (write.published.empty()) return;
    std::string& row = partition->published[write.key];
    row += write.published;
    BoundPublished(&row);
  }

  const Partition& At(PartitionId partition) const {
    LP_ASSERT(partition.value < partitions_.size());
    return partitions_[partition.value];
  }
  Partition& At(PartitionId partition) {
    LP_ASSERT(partition.value < partitions_.size());
    return partitions_[partition.value];
  }

  const std::string erasure_secret_;
  std::vector<Partition> partitions_;
  mutable std::mutex meta_mutex_;
  std::mutex write_mutex_;  // a snapshot may be taken during a write
  absl::btree_map<std::string, std::string, std::less<>> meta_;
};

template <typename... ErasureSecret>
std::unique_ptr<LeadStore> MakeMemoryLeadStore(uint32_t partition_count, ErasureSecret&&... secret) {
  return std::make_unique<MemoryLeadStore>(partition_count, std::forward<ErasureSecret>(secret)...);
}

}  // namespace leadpulse::state
