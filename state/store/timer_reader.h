// Reads the stored timers of one partition ahead. For partition_leads.cc only.
//
// Within an epoch the store does not change, but more and more of its timers belong to changed leads. Timers are not
// read twice. If none was due, the next one is remembered over epochs until it is due.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// A reader of one partition's timers. Owned and called by one thread. Nobody else writes timers of the partition while
// it lives.
class TimerReader {
 public:
  // Whether a lead's stored timer is outdated. It must stay true for that lead until StoreWritten.
  using Skip = std::function<bool(std::string_view key)>;

  // Keeps `store`, which outlives this.
  TimerReader(PartitionId partition, const LeadStore* store) : partition_(partition), store_(store) {}

  // Appends the first `limit` timers from `from` to `until`, in the order of (due, key).
  Status Read(Instant from, Instant until, size_t limit, const Skip& skip, std::vector<DueTimer>* due);

  // Updates the cache after the store was written; `earliest` is the earliest timer of the write, Never() if it has
  // none.
  void StoreWritten(Instant earliest);

 private:
  void Forget();
  Status ReadAhead(Instant until, size_t limit);
  Status FindNext(Instant from);
  void NoneBefore(Instant first);

  PartitionId partition_;
  const LeadStore* store_;
  // The store has no timer in [gap_from_, gap_to_).
  Instant gap_from_ = Instant::Never();
  Instant gap_to_ = Instant::Never();
  // The store's timers from ahead_from_ on, complete up to next_ (exclusive); those before ahead_[first_] are skipped.
  std::vector<DueTimer> ahead_;
  size_t first_ = 0;
  Instant ahead_from_ = Instant::Never();
  Instant next_ = Instant::Never();
};

}  // namespace leadpulse::state
