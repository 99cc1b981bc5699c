// What the records of a part reach beyond their own leads, and with how many records this fits into an epoch.
//
// Each partition of a run has one. It finds what the partition's records reach; then, for leads of the partition that
// records of all partitions reach, how many of them fit. The first record for which there is no room begins the next
// part. Each step is called for all partitions before the next one, on a thread for each partition.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/lead_message.h"
#include "processor/pipeline/partition_runner.h"
#include "processor/pipeline/record.h"
#include "state/lead/lead.h"

namespace leadpulse::files {

class PartReach {
 public:
  // Keeps `runner`, that of this partition. `part_bytes`: of leads, for which a part has room in each partition.
  PartReach(PartitionId partition, uint32_t partitions, size_t part_bytes, pipeline::PartitionRunner* runner)
      : number_(partition.value), partitions_(partitions), part_bytes_(part_bytes), runner_(runner) {}

  // Forgets everything. `end`: the first order that is not of the part.
  void Begin(size_t end);
  // Adds a mailbox, of any partition, that a lead asks when it registers. `order`: orders these leads.
  void AddAsked(LeadKey mailbox, size_t order) {
    Add({.key = std::move(mailbox), .order = order, .is_asked = true}, &reached_);
  }
  // Begins, and finds what the partition's records of the part reach. `first`: the index of the part's first record.
  void Find(std::span<const pipeline::Record> records, size_t first, size_t end);
  // Loads the leads of this partition that records of `all` reach, and finds which mailboxes they use and what these
  // may tell.
  Status FindConnections(std::span<PartReach* const> all);
  // Loads the leads of this partition that mailboxes of `all` may tell something.
  Status FindTold(std::span<PartReach* const> all);

  // Whether some record reaches a lead that is not its own.
  bool reaches_others() const { return reaches_others_; }
  // Whether FindConnections found leads that may be told something.
  bool tells() const;
  // Returns the order of the first for which there is no room: a record's index into the batch, or that of AddAsked.
  size_t first_left() const { return first_left_; }
  // Returns leads of this partition with the mailbox that each uses.
  const std::vector<std::pair<LeadKey, std::string>>& connections() const { return connections_; }
  // Returns what a record reaches. Call it for the partition's records of the part in their order.
  const engine::RecordReach& Next(const pipeline::Record& record);

 private:
  // A lead that a record of the part reaches.
  struct Reached {
    LeadKey key;
    size_t order = 0;
    const LeadKey* from = nullptr;  // the record's lead
    bool tells_users = false;       // it is a mailbox that may tell its users
    bool is_asked = false;          // it is a mailbox that a lead begins to use
  };
  using ReachedOfAll = std::vector<std::vector<Reached>>;  // by partition, each in the order of the records

  void AddReached(const pipeline::Record& record, const engine::RecordReach& reach);
  static void Add(Reached one, ReachedOfAll* to);
  // Adds the users of a mailbox. Returns the least bytes that they take.
  size_t AddTold(const Reached& mailbox, const state::LeadIdentity& identity);
  // Takes what `all` have of this partition, in its order.
  std::vector<Reached> Collect(std::span<PartReach* const> all, ReachedOfAll PartReach::*of_all) const;
  // Loads the leads, as many as fit. Returns how many.
  Result<size_t> Load(const std::vector<Reached>& leads);
  void LeaveFrom(size_t order) { first_left_ = std::min(first_left_, order); }

  const size_t number_;
  const uint32_t partitions_;
  const size_t part_bytes_;
  pipeline::PartitionRunner* const runner_;
  std::vector<std::pair<const pipeline::Record*, engine::RecordReach>> reaches_;  // without records that reach nothing
  ReachedOfAll reached_;                                                          // the leads in reaches_
  ReachedOfAll told_;  // the users of mailboxes of this partition that may tell them something
  std::vector<std::pair<LeadKey, std::string>> connections_;
  size_t first_left_ = 0;
  size_t next_ = 0;  // into reaches_
  bool reaches_others_ = false;
};

}  // namespace leadpulse::files
