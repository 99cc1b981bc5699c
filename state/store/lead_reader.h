// The port that reads durable state: bytes by key.
//
// Thread-safe. A row that cannot be read is a fatal error, never a missing row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead/identity.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

// The result of EncodeLeadKey.
using EncodedLeadKey = std::string;

// The record of an erased lead, stored under a keyed hash of its key (HMAC-SHA-256 with the state's secret).
struct Erasure {
  Instant erased_at = Instant::DistantPast();
  SequenceNumber last_seq;
  // The members from here on also hold for a lead that is created again: a person who opted out is not mailed after an
  // erasure.
  StatusFacts facts = {};
  bool do_not_contact = false;
  // The part of `facts` that belongs to each address, as Journal::kept_address_facts. Empty: all belong to kOwnSlot.
  std::vector<AddressFacts> address_facts = {};
  // Without personal data: `addresses` and the ids in `leads` are keyed hashes.
  OptionalIdentity identity = {};
  friend bool operator==(const Erasure&, const Erasure&) = default;
};

struct DueTimer {
  Instant due;
  EncodedLeadKey key;
  friend auto operator<=>(const DueTimer&, const DueTimer&) = default;
};

// The latest possible timer: Never() means none.
inline constexpr Instant kLastTimer{Instant::Never().millis - 1};

class LeadReader {
 public:
  virtual ~LeadReader() = default;

  virtual uint32_t partition_count() const = 0;

  // Returns the row of a lead; nullopt if there is no such lead. An unreadable value is an error, never a missing lead.
  virtual Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const = 0;
  // Returns rows in the order of the keys, which are ascending unless `max_bytes` is kAllRows. If the rows take more
  // than `max_bytes`, returns those of the first keys, at least one.
  static constexpr size_t kAllRows = std::numeric_limits<size_t>::max();
  virtual Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                                   std::span<const EncodedLeadKey> keys,
                                                                   size_t max_bytes) const = 0;
  // Returns the key of an erasure: a hash that cannot be computed without the store's secret.
  virtual std::string ErasureHash(std::string_view key) const = 0;
  virtual Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const = 0;
  // Whether any lead of the partition was ever erased. If not, new leads need no look-up.
  virtual bool HasErasures(PartitionId partition) const = 0;

  // Returns the timers with from <= due <= until, in the order of (due, key), at most `limit`.
  virtual Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                  size_t limit) const = 0;

  // Visits the leads of a partition in ascending key order, from the first key after `after` (empty: from the first),
  // until the visitor returns false.
  using LeadVisitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const = 0;

  // Returns the lead's latest published changes (published_row.h), as far as runs kept them; nullopt: none. A store
  // that delays writes returns only written ones: read them from a snapshot.
  virtual Result<std::optional<std::string>> GetPublished(PartitionId /*partition*/, std::string_view /*key*/) const {
    return std::optional<std::string>();
  }

  // Returns a row of counts by day (day_counts.h); nullopt: nothing was counted.
  virtual Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const = 0;
  // Visits these rows in the order of their keys until the visitor returns false. A store that delays writes visits
  // only written ones.
  using DayCountsVisitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const = 0;

  virtual Result<std::optional<std::string>> GetMeta(std::string_view name) const = 0;

  // Returns a number that grows with each write of the store: two readers with the same number have the same rows.
  // nullopt: unknown.
  virtual std::optional<uint64_t> LastWrite() const { return std::nullopt; }

  // Returns about how many rows of leads and mailboxes there are in all partitions; nullopt: unknown. Reads nothing.
  virtual std::optional<uint64_t> EstimatedRows() const { return std::nullopt; }
};

// Reads entries of a state's meta; nullopt if there is no entry of that name.
using MetaReader = std::function<Result<std::optional<std::string>>(std::string_view name)>;
// Returns a reader of the argument, which outlives it.
inline MetaReader MetaOf(const LeadReader& store) {
  return [&store](std::string_view name) { return store.GetMeta(name); };
}

}  // namespace leadpulse::state
