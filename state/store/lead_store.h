// The port to durable state: bytes by key, and one atomic write an epoch.
//
// Reads and commits may come from several threads at once, but a partition that is being written must not be written by
// another thread, nor read, unless the store allows reads during a commit. Writes are durable when Commit returns. A
// row that cannot be read is a fatal error, never a missing row. After a failed write the store refuses all later ones:
// the outcome is unknown, and only a restart, which reads what is really there, may go on.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead/identity.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

// The result of EncodeLeadKey.
using EncodedLeadKey = std::string;

// Whether a row of the store is that of a lead (Lead::is_lead).
enum class RowKind : uint8_t { kNone, kLead, kNoLead };

struct LeadWrite {
  PartitionId partition;
  EncodedLeadKey key;
  // The lead's row; nullopt: delete it. If `appended`, an append to the stored row (AppendToRow in row_form.h).
  std::optional<std::string> value;
  // The lead's timer in the store before this write and after it; Never(): none.
  Instant old_timer = Instant::Never();
  Instant new_timer = Instant::Never();
  bool appended = false;
  RowKind before = RowKind::kNone;  // the row that this replaces or deletes; kNone also if it is not known
};

// The record of an erased lead, stored under a keyed hash of its key (HMAC-SHA-256 with the state's secret).
struct Erasure {
  Instant erased_at = Instant::DistantPast();
  SequenceNumber last_seq;
  // All of this holds for a lead that is created again: a person who opted out is not mailed after an erasure.
  StatusFacts facts = {};
  bool do_not_contact = false;
  // The part of `facts` that belongs to each address, as Journal::kept_address_facts. Empty: all belong to kOwnSlot.
  std::vector<AddressFacts> address_facts = {};
  // Without personal data: `addresses` and the ids in `leads` are keyed hashes.
  OptionalIdentity identity = {};
  friend bool operator==(const Erasure&, const Erasure&) = default;
};

struct ErasureWrite {
  PartitionId partition;
  std::string key_hash;  // ErasureHash of the lead's key, which is not stored
  Erasure erasure;
};

// The writes of one commit: all or none become durable. In any order, but leads by ascending (partition, key) are
// written faster.
struct EpochWrite {
  std::vector<PartitionId> dropped = {};  // applied first: removes all their leads, timers and erasures
  std::vector<LeadWrite> leads = {};
  std::vector<ErasureWrite> erasures = {};
  std::vector<std::pair<std::string, std::string>> meta = {};  // name, value; `store/…` is the store's own
  bool empty() const { return dropped.empty() && leads.empty() && erasures.empty() && meta.empty(); }
};

struct DueTimer {
  Instant due;
  EncodedLeadKey key;
  friend auto operator<=>(const DueTimer&, const DueTimer&) = default;
};

// The latest possible timer: Never() means none.
inline constexpr Instant kLastTimer{Instant::Never().millis - 1};

// A lead's new row. A view into the caller's memory.
struct IngestedLead {
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: the lead is absent
};

class LeadStore {
 public:
  virtual ~LeadStore() = default;

  virtual uint32_t partition_count() const = 0;

  // nullopt if there is no such lead. An unreadable value is an error, never a missing lead.
  virtual Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const = 0;
  // Results in the order of the keys, which are ascending unless `max_bytes` is kAllRows. If the rows take more than
  // `max_bytes`, returns those of the first keys, at least one.
  static constexpr size_t kAllRows = std::numeric_limits<size_t>::max();
  virtual Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                                   std::span<const EncodedLeadKey> keys,
                                                                   size_t max_bytes) const = 0;
  // The key of an erasure: a hash that cannot be computed without the store's secret.
  virtual std::string ErasureHash(std::string_view key) const = 0;
  virtual Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const = 0;
  // Whether any lead of the partition was ever erased. If not, new leads need no look-up.
  virtual bool HasErasures(PartitionId partition) const = 0;

  // Timers with from <= due <= until, in the order of (due, key), at most `limit`.
  virtual Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                  size_t limit) const = 0;

  // Visits the leads of a partition in ascending key order, from the first key after `after` (empty: from the first),
  // until the visitor returns false.
  using LeadVisitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const = 0;

  virtual Result<std::optional<std::string>> GetMeta(std::string_view name) const = 0;

  virtual Status Commit(const EpochWrite& write) = 0;
  // The same for a write of one partition only, which the store may keep: WriteBehindStore then needs no copy.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual Status CommitPartition(PartitionId /*partition*/, EpochWrite write) { return Commit(write); }

  // Writes many rows of one partition at once, replacing existing ones, to rebuild a partition. Leads and timers are
  // not written atomically, and there may be many calls: the caller ensures that the partition is not used until all
  // rows are there. Leads by ascending key, timers by ascending (due, key), none twice. Earlier commits become durable
  // before these rows, and these rows when it returns.
  virtual Status Ingest(PartitionId partition, std::span<const IngestedLead> leads,
                        std::span<const DueTimer> timers) = 0;
  // False if callers of Ingest that can wait should wait, because the store is behind with compaction.
  virtual bool TakesMore() const { return true; }

  // Makes a copy of the committed state that can be opened, in a directory that must not exist; its parent must. Files
  // that no longer change are hard links if possible. Any thread may call it: a concurrent commit is in the copy as a
  // whole or not at all. Rejected if the store has no files.
  virtual Status MakeCheckpoint(const std::string& directory) {
    return Status::Rejected("there is no copy of this state to be made in " + directory + ": it has no files");
  }
};

}  // namespace leadpulse::state
