// Several commits of one partition, merged into one write. For write_behind_store.cc and write_layers.h.
//
// Each row has its newest value; a lead's old timer is the one before the first commit. Bytes are estimates. Used by
// one thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

class PendingWrites {
 public:
  PendingWrites() : by_key_(0, Hash{}, Equal{&write_.leads}) {}
  PendingWrites(const PendingWrites&) = delete;
  PendingWrites& operator=(const PendingWrites&) = delete;

  // Adds a commit. All rows must be of the one partition.
  void Add(EpochWrite write);

  // Returns the merged write, to be committed.
  const EpochWrite& write() const { return write_; }
  EpochWrite Take() && { return std::move(write_); }
  size_t bytes() const { return bytes_; }
  bool empty() const { return write_.empty(); }
  // Whether the partition was dropped: nothing older counts, except entries of meta.
  bool dropped() const { return !write_.dropped.empty(); }

  // Returns the write of the lead, perhaps a deletion; null: none. Valid until the next Add.
  const RowWrite* Find(std::string_view key) const;
  std::optional<Erasure> FindErasure(const std::string& key_hash) const;
  // Returns null if the row of counts by day is not written. Valid until the next Add.
  const DayCountsWrite* FindDayCounts(std::string_view key) const;
  // Returns null if nothing is written under that name. Valid until the next Add.
  const std::string* FindMeta(std::string_view name) const;
  // Returns a time before which no written timer is due.
  Instant earliest_timer() const { return earliest_timer_; }

 private:
  // The hash is stored in the table, so that a look-up reads no lead but the one it finds.
  struct Bucket {
    size_t hash;
    size_t at;  // in write_.leads
  };
  struct KeyHash {
    size_t value;
  };
  struct Wanted {
    size_t hash;
    std::string_view key;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Bucket& bucket) const { return bucket.hash; }
    size_t operator()(const KeyHash& hash) const { return hash.value; }
    size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<RowWrite>* leads;
    bool operator()(const Bucket& a, const Bucket& b) const { return a.at == b.at; }
    bool operator()(const Bucket& a, const KeyHash& b) const { return a.hash == b.value; }
    bool operator()(const Bucket& a, const Wanted& b) const { return a.hash == b.hash && (*leads)[a.at].key == b.key; }
  };

  void Drop(PartitionId partition);
  void AddLeads(std::vector<RowWrite>&& leads);
  void AddLead(RowWrite&& lead, size_t hash);
  void AddDayCounts(DayCountsWrite counts);

  EpochWrite write_;
  absl::flat_hash_set<Bucket, Hash, Equal> by_key_;
  absl::flat_hash_map<std::string, Erasure> erasures_;   // by hash; the same as in write_
  absl::flat_hash_map<std::string, size_t> day_counts_;  // by key; into write_.day_counts
  size_t bytes_ = 0;
  Instant earliest_timer_ = Instant::Never();
};

}  // namespace leadpulse::state
