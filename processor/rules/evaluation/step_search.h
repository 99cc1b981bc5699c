// The entries of a journal that a step asks for, found one after the other. Of a long journal only those are looked at
// that are of the step's kind.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"
#include "state/lead/entry_codes.h"
#include "state/lead/journal.h"

namespace leadpulse::rules {

// That of all entries that the step asks for, and maybe of others.
state::EntryCode KindOf(const Step& step);

class StepSearch {
 public:
  // Both outlive this, and the journal stays as it is.
  StepSearch(const Step& step, const state::Journal& journal)
      : step_(&step), entries_(journal.entries()), kinds_(journal.kinds()), kind_(step.type) {
    if (kinds_ != nullptr) kind_ = KindOf(step);
  }

  // The index of the first from `begin` on; the number of entries where there is none.
  size_t First(size_t begin) const {
    if (kinds_ != nullptr) return FirstByKind(begin);
    while (begin < entries_.size() && !StepMatches(*step_, entries_[begin])) ++begin;
    return begin;
  }
  // The last before `end` that is of the kind, in a short journal of any: whoever looks back so may soon be where times
  // are too old for him.
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
