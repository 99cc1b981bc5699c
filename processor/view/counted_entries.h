// The points of an entry under a scoring rule by its age, and the entries of a long journal that the rule counts.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "config/definitions.h"
#include "processor/base/calendar.h"
#include "processor/base/instant.h"
#include "state/lead/journal.h"

namespace leadpulse::view {

struct DecayedPoints {
  int64_t points = 0;
  Instant changes_at = Instant::Never();  // later than now
};

// Returns the points of an entry that has not expired; ignores `expires_after`. An entry in the future has age 0.
DecayedPoints PointsAfterDecay(const config::ScoringRule& rule, Instant occurred_at, Instant now);

// Returns the age at which the points of an entry at that instant next change; Millis::max() if they never do.
Millis EndOfPeriod(const config::ScoringRule& rule, Instant occurred_at, Instant now);

// The entries of a long journal that one scoring rule counts: its step matches them and its limit admits them. The list
// is updated as entries are added at the end and removed at the front, so an event reads only new entries, and the
// rule's points are found by search instead of a scan.
//
// Entries are numbered: the first entry of the journal has the number `first`, the others follow.
class CountedEntries {
 public:
  // Whether counting is possible: the entries that a limit admits must not change with time.
  static bool CanCount(const config::ScoringRule& rule) { return !(rule.limit && rule.expires_after); }

  // Removes all entries; Update will count from this number on.
  void Restart(uint32_t begin);
  // Removes entries from this number on, which may have changed.
  void Truncate(uint32_t end);
  // Adds new entries of the journal and removes those that left it.
  void Update(const config::ScoringRule& rule, const Calendar& calendar, const state::Journal& journal, uint32_t first);
  // Returns the points of the rule now. Call Update first.
  DecayedPoints PointsAt(Instant now, const config::ScoringRule& rule, std::span<const state::JournalEntry> entries,
                         uint32_t first) const;

  size_t MemoryBytes() const { return (counted_.capacity() + cut_.capacity()) * sizeof(Matched); }

 private:
  // An entry that the step matches. Entries in the same group of the limit have the same `group`; others rarely do.
  struct Matched {
    uint32_t number = 0;
    uint32_t group = 0;
  };
  // The data that the limit compares, for one call.
  struct Journaled {
    const config::Limit& limit;
    const Calendar& calendar;
    std::span<const state::JournalEntry> entries;
    uint32_t first;
  };

  void ForgetFolded(const Journaled& in);
  static uint32_t GroupOf(const state::JournalEntry& entry, const Journaled& in);
  static bool SameGroup(const Matched& a, const Matched& b, const Journaled& in);
  bool HasRoom(const Matched& matched, const Journaled& in) const;
  // Counts the first entry that the limit had cut from the group, after an entry of it left.
  void FillGap(uint32_t group, const Journaled& in);

  std::vector<Matched> counted_;  // ascending
  std::vector<Matched> cut_;      // entries cut by the limit, ascending
  uint32_t end_ = 0;              // entries from this number on have not been read
};

}  // namespace leadpulse::view
