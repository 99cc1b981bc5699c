// The unwritten commits of one partition over the store that has the earlier ones. For the store that writes behind and
// its snapshots.
//
// The layers are merged commits, newest first. The oldest may be the one that is being written: the store may have it
// already. Refers to the layers; whoever has them keeps them from changing during a call.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"
#include "state/store/pending_writes.h"
#include "state/store/unwritten_rows.h"

namespace leadpulse::state {

// A range without valid timers in the store, so that outdated ones are not read again and again.
struct TimerGap {
  Instant from = Instant::Never();
  Instant to = Instant::Never();
};

class WriteLayers {
 public:
  WriteLayers() = default;
  explicit WriteLayers(std::vector<const PendingWrites*> newest_first) : layers_(std::move(newest_first)) {}

  bool empty() const { return layers_.empty(); }
  // Whether the partition was dropped: the store's rows do not count.
  bool dropped() const;

  // Returns the newest write of the lead, perhaps a deletion; null: none.
  const RowWrite* Find(std::string_view key) const;
  // Returns the lead's unwritten row; nullopt if only the store has it.
  std::optional<UnwrittenRow> Look(std::string_view key) const;
  // Returns the result of Look for each key.
  std::vector<std::optional<UnwrittenRow>> LookAll(std::span<const EncodedLeadKey> keys) const;
  // Returns null if nothing is written under that name.
  const std::string* FindMeta(std::string_view name) const;

  // Reads as LeadReader does; so do the next ones.
  Result<std::optional<Erasure>> GetErasure(const LeadReader& store, PartitionId partition, std::string_view key) const;
  bool HasErasures(const LeadReader& store, PartitionId partition) const;
  Result<std::optional<std::string>> GetDayCounts(const LeadReader& store, PartitionId partition,
                                                  std::string_view key) const;
  Result<std::optional<std::string>> GetPublished(const LeadReader& store, PartitionId partition,
                                                  std::string_view key) const;
  Status VisitDayCounts(const LeadReader& store, PartitionId partition,
                        const LeadReader::DayCountsVisitor& visit) const;
  // Returns timers as LeadReader does. `gap` holds until the store is written.
  Result<std::vector<DueTimer>> DueTimers(const LeadReader& store, PartitionId partition, Instant from, Instant until,
                                          size_t limit, TimerGap* gap) const;

  // Returns the newest write of each lead after this key, in any order.
  std::vector<const RowWrite*> WritesAfter(std::string_view after) const;
  // Visits leads as LeadReader does. `next` returns WritesAfter by ascending key, then null.
  Status VisitLeads(const LeadReader& store, PartitionId partition, std::string_view after,
                    const std::function<const RowWrite*()>& next, const LeadReader::LeadVisitor& visit) const;

 private:
  template <typename Visit>
  void VisitWrites(const Visit& visit) const;
  std::vector<DueTimer> PendingTimers(Instant from, Instant until) const;
  Status AppendStoredTimers(const LeadReader& store, PartitionId partition, Instant from, Instant until, size_t limit,
                            TimerGap* gap, std::vector<DueTimer>* due) const;

  std::vector<const PendingWrites*> layers_;
};

}  // namespace leadpulse::state
