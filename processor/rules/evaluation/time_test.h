// The range of `now` in which a test of an instant holds.
//
// For a fixed instant t every window, age, BEFORE, AFTER, BETWEEN, ON and IN period of the language holds during one
// contiguous range of `now`. The range answers both questions: whether the test holds now, and when time alone changes
// that.
#pragma once

#include "processor/base/calendar.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// The `now` with from <= now < until; from >= until is empty.
struct TimeRange {
  Instant from = Instant::DistantPast();
  Instant until = Instant::Never();

  static TimeRange Always() { return {}; }
  static TimeRange Empty() { return {Instant::Never(), Instant::Never()}; }
  bool Contains(Instant now) const { return from <= now && now < until; }
  // Returns the next change of Contains after `now`; Never() if none.
  Instant NextChange(Instant now) const;
  TimeRange Intersect(const TimeRange& other) const;
};

// Returns the range of `now` in which `test` holds for the instant t.
TimeRange HoldsDuring(const TimeTest& test, Instant t, const Calendar& calendar);

// Evaluates an anniversary for one `now`, because it returns every year.
Answer EvaluateAnniversary(const Anniversary& anniversary, Instant t, Instant now, const Calendar& calendar);

}  // namespace leadpulse::rules
