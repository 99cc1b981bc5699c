#include "state/store/write_behind_snapshot.h"

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>

#include "processor/base/assert.h"
#include "state/store/unwritten_rows.h"
#include "state/store/write_layers.h"

namespace leadpulse::state {
namespace {

WriteLayers LayersOf(const std::vector<SharedWrites>& newest_first) {
  std::vector<const PendingWrites*> layers;
  for (const SharedWrites& writes : newest_first) layers.push_back(writes.get());
  return WriteLayers(std::move(layers));
}

class WriteBehindSnapshot : public LeadReader {
 public:
  WriteBehindSnapshot(std::unique_ptr<const LeadReader> store, std::vector<std::vector<SharedWrites>> unwritten,
                      uint64_t last_write)
      : store_(std::move(store)), last_write_(last_write), partitions_(unwritten.size()) {
    LP_ASSERT(partitions_.size() == store_->partition_count());
    for (size_t i = 0; i < partitions_.size(); ++i) {
      partitions_[i].layers = LayersOf(unwritten[i]);
      partitions_[i].held = std::move(unwritten[i]);
    }
  }

  uint32_t partition_count() const override { return store_->partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return ReadRow(*store_, partition, key, At(partition).Look(key));
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    if (At(partition).empty()) return store_->MultiGet(partition, keys, max_bytes);
    return ReadRows(*store_, partition, keys, max_bytes, At(partition).LookAll(keys));
  }
  std::string ErasureHash(std::string_view key) const override { return store_->ErasureHash(key); }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return At(partition).GetErasure(*store_, partition, key);
  }
  bool HasErasures(PartitionId partition) const override { return At(partition).HasErasures(*store_, partition); }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    TimerGap gap;
    return At(partition).DueTimers(*store_, partition, from, until, limit, &gap);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    const std::span<const RowWrite* const> writes = WritesByKey(partition);
    auto at =
        std::ranges::upper_bound(writes, after, {}, [](const RowWrite* write) { return std::string_view(write->key); });
    const auto next = [&]() -> const RowWrite* { return at == writes.end() ? nullptr : *at++; };
    return At(partition).VisitLeads(*store_, partition, after, next, visit);
  }
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    return At(partition).GetPublished(*store_, partition, key);
  }
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    return At(partition).GetDayCounts(*store_, partition, key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    return At(partition).VisitDayCounts(*store_, partition, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override {
    for (const Unwritten& partition : partitions_) {
      if (const std::string* value = partition.layers.FindMeta(name)) return std::optional(*value);
    }
    return store_->GetMeta(name);
  }
  std::optional<uint64_t> LastWrite() const override { return last_write_; }
  // Returns the rows of the store alone: few are unwritten.
  std::optional<uint64_t> EstimatedRows() const override { return store_->EstimatedRows(); }

 private:
  struct Unwritten {
    std::vector<SharedWrites> held;
    WriteLayers layers;
    mutable std::once_flag is_sorted;
    mutable std::vector<const RowWrite*> by_key;  // for visits, which often come in parts
  };

  const Unwritten& Of(PartitionId partition) const {
    LP_ASSERT(partition.value < partitions_.size());
    return partitions_[partition.value];
  }
  const WriteLayers& At(PartitionId partition) const { return Of(partition).layers; }
  std::span<const RowWrite* const> WritesByKey(PartitionId partition) const {
    const Unwritten& unwritten = Of(partition);
    std::call_once(unwritten.is_sorted, [&unwritten] {
      unwritten.by_key = unwritten.layers.WritesAfter("");
      std::ranges::sort(unwritten.by_key, {}, [](const RowWrite* write) { return std::string_view(write->key); });
    });
    return unwritten.by_key;
  }

  const std::unique_ptr<const LeadReader> store_;
  const uint64_t last_write_;
  std::vector<Unwritten> partitions_;
};

}  // namespace

std::unique_ptr<const LeadReader> MakeWriteBehindSnapshot(std::unique_ptr<const LeadReader> store,
                                                          std::vector<std::vector<SharedWrites>> unwritten,
                                                          uint64_t last_write) {
  return std::make_unique<WriteBehindSnapshot>(std::move(store), std::move(unwritten), last_write);
}

}  // namespace leadpulse::state
