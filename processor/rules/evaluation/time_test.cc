#include "processor/rules/evaluation/time_test.h"

#include <algorithm>
#include <chrono>

#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

constexpr Millis kMilli{1};
constexpr int32_t kLongestYear = 366;

TimeRange From(Instant from) { return {from, Instant::Never()}; }
TimeRange Until(Instant until) { return {Instant::DistantPast(), until}; }
TimeRange AlwaysIf(bool holds) { return holds ? TimeRange::Always() : TimeRange::Empty(); }

// The test t < bound. A day means its first instant. The days of `now` are monotone in now: day(now) >= D exactly from
// StartOf(D) on, even if D was skipped and StartOf(D) is that of the next day.
struct IsBefore {
  Instant t;
  const Calendar& calendar;

  TimeRange operator()(const DateLiteral& bound) const { return AlwaysIf(t < bound.at); }
  TimeRange operator()(const RelativeDay& bound) const {
    const Day first_later = calendar.DayOf(t) + 1;  // the first day that starts after t
    return From(calendar.StartOf(first_later - bound.offset));
  }
  TimeRange operator()(const RelativeInstant& bound) const { return From(t - bound.offset + kMilli); }
};

// The test t > bound.
struct IsAfter {
  Instant t;
  const Calendar& calendar;

  TimeRange operator()(const DateLiteral& bound) const { return AlwaysIf(t > bound.at); }
  TimeRange operator()(const RelativeDay& bound) const {
    const Day last_earlier = calendar.DayOf(t - kMilli);  // the last day that starts before t
    return Until(calendar.StartOf(last_earlier - bound.offset + 1));
  }
  TimeRange operator()(const RelativeInstant& bound) const { return Until(t - bound.offset); }
};

// The test t < the end of bound: for a day the start of the next one, for an instant the instant.
struct IsBeforeEnd {
  Instant t;
  const Calendar& calendar;

  TimeRange operator()(const DateLiteral& bound) const {
    return AlwaysIf(t < (bound.day ? calendar.StartOf(*bound.day + 1) : bound.at));
  }
  TimeRange operator()(const RelativeDay& bound) const { return IsBefore{t, calendar}(RelativeDay{bound.offset + 1}); }
  TimeRange operator()(const RelativeInstant& bound) const { return IsBefore{t, calendar}(bound); }
};

struct IsOnDay {
  Instant t;
  const Calendar& calendar;

  // Returns the range for a date. An instant literal is not a day; the checker rejects it.
  TimeRange operator()(const DateLiteral& day) const { return AlwaysIf(day.day && calendar.DayOf(t) == *day.day); }
  TimeRange operator()(const RelativeDay& day) const {
    const Day today = calendar.DayOf(t) - day.offset;  // on which the relative day is t's day
    return {calendar.StartOf(today), calendar.StartOf(today + 1)};
  }
};

TimeRange AgeRange(const Age& age, Instant t) {
  if (!IsOrdered(age.op)) return TimeRange::Empty();  // not in the grammar
  const bool less = age.op == Compare::kLess || age.op == Compare::kLessOrEqual;
  if (!age.from_now) {
    // From this `now` on, t is too old for < and <=.
    const bool after_it = age.op == Compare::kLessOrEqual || age.op == Compare::kGreater;
    const Instant older = t + age.duration + (after_it ? kMilli : Millis{0});
    return less ? TimeRange{t, older} : From(older);
  }
  // From this `now` on, t is too near for > and >=.
  const bool after_it = age.op == Compare::kLess || age.op == Compare::kGreaterOrEqual;
  const Instant nearer = t - age.duration + (after_it ? kMilli : Millis{0});
  return less ? TimeRange{nearer, t + kMilli} : Until(nearer);
}

struct HoldingRange {
  Instant t;
  const Calendar& calendar;

  TimeRange operator()(const Age& age) const { return AgeRange(age, t); }
  TimeRange operator()(const Before& before) const { return std::visit(IsBefore{t, calendar}, before.bound); }
  TimeRange operator()(const After& after) const { return std::visit(IsAfter{t, calendar}, after.bound); }
  TimeRange operator()(const Between& between) const {
    // low <= t is low < t + 1 ms.
    const TimeRange low = std::visit(IsAfter{t + kMilli, calendar}, between.low);
    return low.Intersect(std::visit(IsBeforeEnd{t, calendar}, between.high));
  }
  TimeRange operator()(const OnDay& on) const { return std::visit(IsOnDay{t, calendar}, on.day); }
  TimeRange operator()(const InPeriod& in) const {
    const int32_t current = PeriodOf(in.unit, calendar.DayOf(t)) - in.offset;  // the period `now` must be in
    return {calendar.StartOf(FirstDayOfPeriod(in.unit, current)),
            calendar.StartOf(FirstDayOfPeriod(in.unit, current + 1))};
  }
  TimeRange operator()(const InLast& last) const { return Until(t + last.duration); }
};

Day AnniversaryIn(int32_t year, const YearMonthDay& date) {
  const bool leap_day = date.month == 2 && date.day == 29;
  if (leap_day && !std::chrono::year(year).is_leap()) return FromYearMonthDay({year, 3, 1});
  return FromYearMonthDay({year, date.month, date.day});
}

// Returns the range from `days` days before the anniversary in `year` to its end. Empty if the day was skipped.
TimeRange AnniversaryRange(int32_t year, const YearMonthDay& date, int32_t days, const Calendar& calendar) {
  const Day anniversary = AnniversaryIn(year, date);
  return {calendar.StartOf(anniversary - days), calendar.StartOf(anniversary + 1)};
}

}  // namespace

Instant TimeRange::NextChange(Instant now) const {
  if (from >= until || until <= now) return Instant::Never();
  return now < from ? from : until;
}

TimeRange TimeRange::Intersect(const TimeRange& other) const {
  const TimeRange both{std::max(from, other.from), std::min(until, other.until)};
  return both.from < both.until ? both : Empty();
}

TimeRange HoldsDuring(const TimeTest& test, Instant t, const Calendar& calendar) {
  return std::visit(HoldingRange{t, calendar}, test);
}

Answer EvaluateAnniversary(const Anniversary& anniversary, Instant t, Instant now, const Calendar& calendar) {
  const int32_t days = anniversary.in_next_days.value_or(0);
  // The next anniversary, including today's, is less than a year away.
  if (days >= kLongestYear - 1) return {true, Instant::Never()};
  const YearMonthDay date = ToYearMonthDay(calendar.DayOf(t));
  int32_t year = ToYearMonthDay(calendar.DayOf(now)).year;
  TimeRange range = AnniversaryRange(year, date, days, calendar);
  while (range.until <= now || range.from >= range.until) {
    range = AnniversaryRange(++year, date, days, calendar);
  }
  if (now < range.from) return {false, range.from};
  // With 364 days the ranges of common years touch; one of the next eight years is longer and leaves a gap.
  TimeRange next = AnniversaryRange(++year, date, days, calendar);
  while (next.from <= range.until) {
    range.until = next.until;
    next = AnniversaryRange(++year, date, days, calendar);
  }
  return {true, range.until};
}

}  // namespace leadpulse::rules
