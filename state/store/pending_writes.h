// What several commits wrote of one partition, as the one write that it comes to: for write_behind_store.cc only.
//
// Each row has its newest value; a lead's old timer is that of before the first of them. Bytes are estimates. Changed
// and read by one thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
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

  // All of it is of the one partition.
  void Add(EpochWrite write);

  // To be committed as it is, or moved from by whoever throws this away.
  const EpochWrite& write() const { return write_; }
  size_t bytes() const { return bytes_; }
  bool empty() const { return write_.empty(); }
  // Whether nothing of before counts any more but entries of meta.
  bool dropped() const { return !write_.dropped.empty(); }

  // What is written of the lead, its deletion too; null: nothing. Valid until the next Add.
  const LeadWrite* Find(std::string_view key) const;
  std::optional<Erasure> FindErasure(const std::string& key_hash) const;
  // Null: nothing is written under that name. Valid until the next Add.
  const std::string* FindMeta(std::string_view name) const;
  // No timer that is written is before it.
  Instant earliest_timer() const { return earliest_timer_; }

 private:
  // The hash stands in the table, so that a look-up waits for the memory of no lead but the one it is about.
  struct Place {
    size_t hash;
    size_t at;  // in write_.leads
  };
  struct Wanted {
    size_t hash;
    std::string_view key;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Place& place) const { return place.hash; }
    size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<LeadWrite>* leads;
    bool operator()(const Place& a, const Place& b) const { return a.at == b.at; }
    bool operator()(const Place& a, const Wanted& b) const { return a.hash == b.hash && (*leads)[a.at].key == b.key; }
  };

  static Wanted WantedBy(std::string_view key);
  void Drop(PartitionId partition);
  void AddLead(LeadWrite lead);

  EpochWrite write_;
  absl::flat_hash_set<Place, Hash, Equal> by_key_;
  absl::flat_hash_map<std::string, Erasure> erasures_;  // by hash; the same as in write_
  size_t bytes_ = 0;
  Instant earliest_timer_ = Instant::Never();
};

}  // namespace leadpulse::state
