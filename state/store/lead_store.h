// The port to durable state: bytes by key, and one atomic write an epoch.
//
// Reads and commits may come from several threads at once, but while a partition is written nobody else writes it, nor
// reads it where the store does not say that it bears reads beside a commit. What Commit wrote is durable when it
// returns. What cannot be read is a fatal error, never something missing. After a write that failed the store refuses
// every further one: its outcome is in doubt, and only a restart, which reads what is really there, may go on.
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

namespace leadpulse::state {

// A lead key as EncodeLeadKey gives it.
using EncodedLeadKey = std::string;

struct LeadWrite {
  PartitionId partition;
  EncodedLeadKey key;
  // The lead's row; nothing: delete. Or, `appended`, what AppendToRow (row_form.h) makes it of the row that is there.
  std::optional<std::string> value;
  // The lead's timer in the store before this write and after it; Never() is none.
  Instant old_timer = Instant::Never();
  Instant new_timer = Instant::Never();
  bool appended = false;
};

// What is kept of an erased lead, under a keyed hash of its key (HMAC-SHA-256 with the state's own secret).
struct Erasure {
  Instant erased_at;
  SequenceNumber last_seq;
  friend bool operator==(const Erasure&, const Erasure&) = default;
};

struct ErasureWrite {
  PartitionId partition;
  std::string key_hash;  // ErasureHash of the lead's key, which is not kept
  Erasure erasure;
};

// Everything one commit makes durable, or nothing of it. In any order; leads by ascending (partition, key) are written
// faster.
struct EpochWrite {
  std::vector<PartitionId> dropped = {};  // first: all their leads, timers and erasures go
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

// A timer at Never() is none.
inline constexpr Instant kLastTimer{Instant::Never().millis - 1};

// A lead's row as it is to stand. A view into memory of whoever hands it over.
struct IngestedLead {
  std::string_view key;
  std::optional<std::string_view> value;  // nothing: there is none
};

class LeadStore {
 public:
  virtual ~LeadStore() = default;

  virtual uint32_t partition_count() const = 0;

  // Nothing where the lead is not held. An unreadable value is an error, never a missing lead.
  virtual Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const = 0;
  // Results in the order of the keys, which are ascending unless `max_bytes` is kAllRows. Of all keys or, where their
  // rows take more than `max_bytes`, of the first ones: at least one.
  static constexpr size_t kAllRows = std::numeric_limits<size_t>::max();
  virtual Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                                   std::span<const EncodedLeadKey> keys,
                                                                   size_t max_bytes) const = 0;
  // Under what an erasure of this key is kept: a hash that cannot be made without the store's secret.
  virtual std::string ErasureHash(std::string_view key) const = 0;
  virtual Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const = 0;
  // Whether any lead of the partition was ever erased: spares the look-up for every new lead.
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
  // The same of a write that is all of one partition and that nobody needs afterwards: a store that writes behind
  // (write_behind_store.h) keeps it instead of a copy. NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual Status CommitPartition(PartitionId /*partition*/, EpochWrite write) { return Commit(write); }

  // Many rows of one partition at once, over what stands there: for whoever makes a partition anew, who sees to it that
  // it counts for nothing until all of its rows are there, for leads and timers come apart and in any number of calls.
  // Leads by ascending key, timers by ascending (due, key), none twice. What was committed before is durable before
  // they are, and they are when it returns.
  virtual Status Ingest(PartitionId partition, std::span<const IngestedLead> leads,
                        std::span<const DueTimer> timers) = 0;
  // Whether as many more would not be too many at once. Where not, whoever can wait does.
  virtual bool TakesMore() const { return true; }

  // Makes a copy of what is committed, whole and able to be opened, in a directory that must not be there yet; one
  // above it must. Files that no longer change are shared (hard links) where that is possible. By any thread: a commit
  // that another one has begun is in it whole, or not at all. Rejected where the store has no files.
  virtual Status MakeCheckpoint(const std::string& directory) {
    return Status::Rejected("there is no copy of this state to be made in " + directory + ": it has no files");
  }
};

}  // namespace leadpulse::state
