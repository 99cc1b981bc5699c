// Finds the entries of a journal that match a step, and follows them as a window of time passes over them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/evaluation/time_test.h"
#include "processor/rules/language/ast.h"
#include "state/lead/entry_codes.h"
#include "state/lead/journal.h"

namespace leadpulse::rules {

// Returns a code pattern that all entries of the step match, and perhaps others.
state::EntryCode KindOf(const Step& step);

// A search for a step's entries in a journal; in a long one it reads only entries whose code matches.
class StepSearch {
 public:
  // Creates a search. Both arguments outlive it, and the journal must not change.
  StepSearch(const Step& step, const state::Journal& journal)
      : step_(&step), entries_(journal.entries()), kinds_(journal.kinds()), kind_(step.type) {
    if (kinds_ != nullptr) kind_ = KindOf(step);
  }

  // Returns the index of the first match from `begin` on, or the number of entries.
  size_t First(size_t begin) const {
    if (kinds_ != nullptr) return FirstByKind(begin);
    while (begin < entries_.size() && !StepMatches(*step_, entries_[begin])) ++begin;
    return begin;
  }
  // Returns the last entry before `end` that may match; in a short journal the last entry. The caller calls
  // StepMatches, after it has checked that the entry is not too old.
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

// Returns the index of the first entry in [begin, end) that occurred at `t` or later.
size_t FirstFrom(Instant t, std::span<const state::JournalEntry> entries, size_t begin, size_t end);

// An iterator over the entries that are inside the window at any time, oldest first. Step, window and facts outlive it.
class MatchCursor {
 public:
  MatchCursor(const Step& step, const std::optional<TimeTest>& window, const Facts& facts);

  bool done() const { return index_ == entries_.size(); }
  size_t index() const { return index_; }
  const TimeRange& range() const { return range_; }
  // Returns when the entry enters the window; until() when it leaves. Never() after the last entry.
  Instant from() const { return done() ? Instant::Never() : range_.from; }
  Instant until() const { return done() ? Instant::Never() : range_.until; }
  void Advance() {
    ++index_;
    Settle();
  }

 private:
  void Settle();

  StepSearch search_;
  const TimeTest* window_;
  const Facts* facts_;
  std::span<const state::JournalEntry> entries_;
  size_t index_ = 0;
  TimeRange range_;
};

}  // namespace leadpulse::rules
