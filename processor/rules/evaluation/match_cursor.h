// The entries of a journal that match a step, as a window passes over them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/evaluation/step_search.h"
#include "processor/rules/evaluation/time_test.h"
#include "processor/rules/language/ast.h"
#include "state/lead/journal.h"

namespace leadpulse::rules {

// The index of the first entry in [begin, end) that did not occur before `t`.
size_t FirstFrom(Instant t, std::span<const state::JournalEntry> entries, size_t begin, size_t end);

// Iterates over the entries that are inside the window at any time, oldest first. Step, window and facts outlive it.
class MatchCursor {
 public:
  MatchCursor(const Step& step, const std::optional<TimeTest>& window, const Facts& facts);

  bool done() const { return index_ == entries_.size(); }
  size_t index() const { return index_; }
  const TimeRange& range() const { return range_; }
  // The next instant at which the entry enters or leaves the window; Never() after the last one.
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
