// The timers that the store holds for one partition, read ahead: for partition_leads.cc only.
//
// Within an epoch the store does not change, but ever more of its timers belong to leads changed since. Those that
// were read once are not asked for again. Where none was due, the next one is remembered until it is, over epochs.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// Owned and called by one thread. Nobody else writes timers of the partition while it lives.
class TimerReader {
 public:
  // True for a lead whose stored timer no longer holds. What it skips it must skip until StoreWritten or Forget.
  using Skip = std::function<bool(std::string_view key)>;

  // `store` outlives this.
  TimerReader(PartitionId partition, const LeadStore* store) : partition_(partition), store_(store) {}

  // Appends the first `limit` timers, in the order of (due, key), that are not before `from` nor after `until`.
  Status Read(Instant from, Instant until, size_t limit, const Skip& skip, std::vector<DueTimer>* due);

  // The store was written; `earliest` is the earliest timer that the write set, Never() where it set none.
  void StoreWritten(Instant earliest);
  // The epoch was aborted.
  void Forget();

 private:
  Status ReadAhead(Instant until, size_t limit);
  Status FindNext(Instant from);
  void NoneBefore(Instant first);

  PartitionId partition_;
  const LeadStore* store_;
  // The store holds no timer from gap_from_ to before gap_to_.
  Instant gap_from_ = Instant::Never();
  Instant gap_to_ = Instant::Never();
  // The store's timers from ahead_from_ on, of which those before next_ are all here; those before ahead_[first_] are
  // skipped.
  std::vector<DueTimer> ahead_;
  size_t first_ = 0;
  Instant ahead_from_ = Instant::Never();
  Instant next_ = Instant::Never();
};

}  // namespace leadpulse::state
