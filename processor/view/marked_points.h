// Points of long journals without a look at each entry: which entries a rule asks for, and its limit lets through, is
// marked as they come (state/entry_marks.h). Then what a rule gives is how many marks there are of each age.
//
// Equal to judging every entry: long_journal_property_test holds it against ExplainScore. Nothing here fails.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "config/definitions.h"
#include "processor/rules/evaluator.h"
#include "processor/view/worth.h"
#include "state/entry_marks.h"
#include "state/journal.h"

namespace leadpulse::view {

// Of one lead at one instant. What it is given outlives it.
class MarkedPoints {
 public:
  // Of the entries of a long journal from `begin` on. Marks those only that came since the last time, where they came
  // at the end; a row for each rule that IsMarked (config/definitions.h), in their order.
  MarkedPoints(const rules::Facts& facts, const config::TenantDefinitions& definitions, size_t begin);

  // What `rule`, which has that row, gives.
  Worth Of(const config::ScoringRule& rule, size_t row);

 private:
  static constexpr size_t kKnownAges = 8;

  // The index of the first entry that is younger. Rules often ask for the same ages.
  size_t FirstYounger(Millis age);

  const std::span<const state::JournalEntry> entries_;
  const Instant now_;
  const size_t begin_;
  const state::EntryMarks* marks_ = nullptr;
  absl::InlinedVector<std::pair<Millis, size_t>, kKnownAges> ages_;
};

}  // namespace leadpulse::view
