// Finds the entries of a journal that match a step. In a long journal it reads only entries whose code matches.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"
#include "state/lead/entry_codes.h"
#include "state/lead/journal.h"

namespace leadpulse::rules {

// A code pattern that all entries of the step match, and perhaps others.
state::EntryCode KindOf(const Step& step);

class StepSearch {
 public:
  // Both outlive this, and the journal stays as it is.
  StepSearch(const Step& step, const state::Journal& journal)
      : step_(&step), entries_(journal.entries()), kinds_(journal.kinds()), kind_(step.type) {
    if (kinds_ != nullptr) kind_ = KindOf(step);
  }

  // The index of the first match from `begin` on, or the number of entries.
  size_t First(size_t begin) const {
    if (kinds_ != nullptr) return FirstByKind(begin);
    while (begin < entries_.size() && !StepMatches(*step_, entries_[begin])) ++begin;
    return begin;
  }
  // The last entry before `end` that may match; in a short journal the last entry. The caller calls StepMatches, after
  // it has checked that the entry is not too old.
  std::optional<size_t> LastCandidate(size_t end) const {
    if (kinds_ != nullptr) return kinds_->Last(kind_, end);
    return end > 0 ? std::optional(end - 1) : std::nullopt;
  }

 private:
  size_t FirstByKind(size_t begin) const;

  const Step* step_;
  std::span<const state::JournalEntry> entries_;
  const state::EntryCodes* kinds_;  // null in a short journal
  state::EntryCode kind_;
};

}  // namespace leadpulse::rules
