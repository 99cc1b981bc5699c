// The entries of a long journal that one scoring rule counts: those its step matches and its limit lets through. Kept
// while entries come at the end and leave at the front, so that an event looks only at new entries, and the rule's
// points are found by search instead of a walk.
//
// Entries are named by numbers: the first entry of the journal has the number `first`, the others follow. Not
// thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "config/definitions.h"
#include "processor/base/calendar.h"
#include "processor/base/instant.h"
#include "processor/view/decayed_points.h"
#include "state/lead/journal.h"

namespace leadpulse::view {

class CountedEntries {
 public:
  // Whether counting is possible: which entries a limit lets through must not change with time.
  static bool CanCount(const config::ScoringRule& rule) { return !(rule.limit && rule.expires_after); }

  // Counts nothing yet, and will count entries from this number on.
  void Restart(uint32_t begin);
  // Entries from this number on may have changed.
  void Truncate(uint32_t end);
  // Takes in all entries of the journal; forgets those that left.
  void Update(const config::ScoringRule& rule, const Calendar& calendar, const state::Journal& journal, uint32_t first);
  // After Update. What the rule gives now.
  DecayedPoints PointsAt(Instant now, const config::ScoringRule& rule, std::span<const state::JournalEntry> entries,
                         uint32_t first) const;

  size_t MemoryBytes() const { return (counted_.capacity() + cut_.capacity()) * sizeof(Matched); }

 private:
  // An entry that the step matches. Entries of the same group of the limit have the same `group`; others seldom do.
  struct Matched {
    uint32_t number = 0;
    uint32_t group = 0;
  };
  // What the limit compares; outlives one call.
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
  // After an entry of the group left: the first one that the limit cut takes its place.
  void FillGap(uint32_t group, const Journaled& in);

  std::vector<Matched> counted_;  // ascending
  std::vector<Matched> cut_;      // by the limit; ascending
  uint32_t end_ = 0;              // entries from this number on were not looked at
};

}  // namespace leadpulse::view
