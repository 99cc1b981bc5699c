#include "processor/rules/evaluation/time_test.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/naive_rules.h"

namespace leadpulse::rules::time_test_test {

using leadpulse::testing::NaiveAnniversary;
using leadpulse::testing::NaiveTimeTest;

constexpr Millis kHour{3'600'000};
constexpr Millis kDay{86'400'000};

Calendar Zone(const std::string& name) { return *Calendar::Load(name); }
Instant At(std::string_view text) { return ParseRfc3339(text).value(); }
Day D(std::string_view text) { return ParseDay(text).value(); }

DateLiteral DayLiteral(Day day, const Calendar& calendar) { return {FormatDay(day), day, calendar.StartOf(day)}; }
DateLiteral InstantLiteral(Instant t) { return {FormatRfc3339(t), std::nullopt, t}; }

// A zone and a day near which its clocks change.
struct Place {
  const char* zone;
  const char* day;
};

constexpr Place kPlaces[] = {
    {"UTC", "2026-02-28"},
    {"UTC", "2026-12-31"},
    {"America/New_York", "2026-03-08"},   // 23 hours
    {"America/New_York", "2026-11-01"},   // 25 hours
    {"America/Sao_Paulo", "2017-10-15"},  // no midnight
    {"America/Sao_Paulo", "2018-02-18"},  // the clock goes back over midnight
    {"Pacific/Apia", "2011-12-30"},       // no such day
    {"America/Havana", "2026-03-08"},     // no midnight
    {"America/Havana", "2026-11-01"},     // two midnights
};

std::vector<InstantExpression> Bounds(const Place& place, const Calendar& calendar) {
  std::vector<InstantExpression> bounds;
  for (int32_t offset : {-2, 0, 1}) {
    bounds.push_back(DayLiteral(D(place.day) + offset, calendar));
    bounds.push_back(RelativeDay{offset});
  }
  bounds.push_back(InstantLiteral(calendar.StartOf(D(place.day)) + kHour));
  for (Millis offset : {-2 * kDay, Millis{0}, 36 * kHour}) bounds.push_back(RelativeInstant{offset});
  return bounds;
}

std::vector<TimeTest> Tests(const Place& place, const Calendar& calendar) {
  std::vector<TimeTest> tests;
  for (Compare op : {Compare::kLess, Compare::kLessOrEqual, Compare::kGreater, Compare::kGreaterOrEqual}) {
    for (Millis duration : {Millis{0}, Millis{1000}, 2 * kDay}) {
      tests.push_back(Age{op, duration, false});
      tests.push_back(Age{op, duration, true});
    }
  }
  for (const InstantExpression& bound : Bounds(place, calendar)) {
    tests.push_back(Before{bound});
    tests.push_back(After{bound});
    for (const InstantExpression& high : Bounds(place, calendar)) tests.push_back(Between{bound, high});
  }
  for (int32_t offset : {-5, -1, 0, 1}) {
    tests.push_back(OnDay{RelativeDay{offset}});
    tests.push_back(OnDay{DayLiteral(D(place.day) + offset, calendar)});
  }
  for (PeriodUnit unit : {PeriodUnit::kWeek, PeriodUnit::kMonth, PeriodUnit::kQuarter, PeriodUnit::kYear}) {
    for (int32_t offset : {-1, 0, 1}) tests.push_back(InPeriod{unit, offset});
  }
  for (Millis duration : {Millis{0}, Millis{1000}, 2 * kDay}) tests.push_back(InLast{duration});
  return tests;
}

// Returns instants on and beside the edges of days, and some inside.
std::vector<Instant> Samples(Day middle, int32_t days, const Calendar& calendar) {
  std::set<Instant> samples;
  for (Day day = middle - days; day <= middle + days; day = day + 1) {
    const Instant start = calendar.StartOf(day);
    for (Millis offset : {Millis{-1}, Millis{0}, Millis{1}, kHour, 12 * kHour}) samples.insert(start + offset);
  }
  return {samples.begin(), samples.end()};
}

void ExpectLikeNaive(const TimeTest& test, Instant t, const std::vector<Instant>& nows, const Calendar& calendar) {
  const TimeRange range = HoldsDuring(test, t, calendar);
  const auto expect_at = [&](Instant now) {
    ASSERT_EQ(range.Contains(now), NaiveTimeTest(test, t, now, calendar))
        << "test " << test.index() << " of " << FormatRfc3339(t) << " at " << FormatRfc3339(now) << " in "
        << calendar.zone_name();
  };
  for (Instant now : nows) expect_at(now);
  for (Instant edge : {range.from, range.until}) {
    if (edge == Instant::DistantPast() || edge == Instant::Never()) continue;
    for (Millis offset : {Millis{-1}, Millis{0}, Millis{1}}) expect_at(edge + offset);
  }
}

TEST(HoldsDuringTest, IsWhatTheDefinitionSaysAroundEveryEdge) {
  for (const Place& place : kPlaces) {
    const Calendar calendar = Zone(place.zone);
    const std::vector<Instant> nows = Samples(D(place.day), 8, calendar);
    const std::vector<Instant> times = Samples(D(place.day), 2, calendar);
    for (const TimeTest& test : Tests(place, calendar)) {
      for (Instant t : times) ASSERT_NO_FATAL_FAILURE(ExpectLikeNaive(test, t, nows, calendar));
    }
  }
}

TEST(HoldsDuringTest, PeriodsAndDaysFarAway) {
  const Calendar calendar = Zone("America/New_York");
  const Instant t = At("2025-02-28T23:30:00-05:00");
  const TimeRange quarter = HoldsDuring(InPeriod{PeriodUnit::kQuarter, -1}, t, calendar);
  EXPECT_EQ(FormatRfc3339(quarter.from), "2025-04-01T04:00:00Z");
  EXPECT_EQ(FormatRfc3339(quarter.until), "2025-07-01T04:00:00Z");
  const TimeRange year = HoldsDuring(InPeriod{PeriodUnit::kYear, 1}, t, calendar);
  EXPECT_EQ(FormatRfc3339(year.from), "2024-01-01T05:00:00Z");
  EXPECT_EQ(FormatRfc3339(year.until), "2025-01-01T05:00:00Z");
  const TimeRange on = HoldsDuring(OnDay{RelativeDay{-36'500}}, t, calendar);
  EXPECT_EQ(FormatRfc3339(on.from), "2125-02-04T05:00:00Z");
}

TEST(HoldsDuringTest, TheSkippedDayIsEmpty) {
  const Calendar apia = Zone("Pacific/Apia");
  const Day skipped = D("2011-12-30");
  const Instant t = apia.StartOf(skipped);  // the first instant of the 31st
  const DateLiteral day = DayLiteral(skipped, apia);
  EXPECT_FALSE(HoldsDuring(OnDay{day}, t, apia).Contains(t));
  EXPECT_FALSE(HoldsDuring(Between{day, day}, t, apia).Contains(t));
  EXPECT_TRUE(HoldsDuring(OnDay{RelativeDay{0}}, t, apia).Contains(t));
  EXPECT_FALSE(HoldsDuring(OnDay{RelativeDay{-1}}, t - Millis{1}, apia).Contains(t));  // the 29th is two days back
  EXPECT_TRUE(HoldsDuring(OnDay{RelativeDay{-2}}, t - Millis{1}, apia).Contains(t));
}

TEST(TimeRangeTest, NextChangeAndIntersection) {
  const TimeRange range{{10}, {20}};
  EXPECT_EQ(range.NextChange({5}), Instant{10});
  EXPECT_EQ(range.NextChange({10}), Instant{20});
  EXPECT_EQ(range.NextChange({20}), Instant::Never());
  EXPECT_EQ(TimeRange::Always().NextChange({0}), Instant::Never());
  EXPECT_EQ(TimeRange::Empty().NextChange({0}), Instant::Never());
  EXPECT_EQ((TimeRange{{20}, {10}}).NextChange({0}), Instant::Never());
  EXPECT_EQ(range.Intersect({{15}, {30}}).from, Instant{15});
  EXPECT_EQ(range.Intersect({{20}, {30}}).NextChange({0}), Instant::Never());
}

// --- Anniversaries ---

Answer AnniversaryAt(std::optional<int32_t> days, Instant t, Instant now, const Calendar& calendar) {
  return EvaluateAnniversary(Anniversary{{}, days}, t, now, calendar);
}

TEST(AnniversaryTest, ASkippedDayIsLeftOut) {
  const Calendar apia = Zone("Pacific/Apia");
  const Answer answer = AnniversaryAt({}, At("2000-12-30T20:00:00Z"), At("2011-12-28T00:00:00Z"), apia);
  EXPECT_FALSE(answer.holds);
  EXPECT_EQ(answer.next_change_at, apia.StartOf(D("2012-12-30")));
}

void ExpectAnniversaryLikeNaive(int32_t days, Instant t, Day today, const Calendar& calendar) {
  const Anniversary test{{}, days};
  const Instant now = calendar.StartOf(today);
  const Answer answer = EvaluateAnniversary(test, t, now, calendar);
  ASSERT_EQ(answer.holds, NaiveAnniversary(test, t, now, calendar))
      << days << " days, " << FormatRfc3339(t) << " at " << FormatRfc3339(now);
  Day day = today + 1;
  while (day < today + 9 * 366 && NaiveAnniversary(test, t, calendar.StartOf(day), calendar) == answer.holds) {
    day = day + 1;
  }
  const Instant change = day < today + 9 * 366 ? calendar.StartOf(day) : Instant::Never();
  ASSERT_EQ(answer.next_change_at, change) << days << " days, " << FormatRfc3339(t) << " at " << FormatRfc3339(now);
  if (change == Instant::Never()) return;
  ASSERT_EQ(NaiveAnniversary(test, t, change - Millis{1}, calendar), answer.holds);
}

TEST(AnniversaryTest, NextChangeIsExact) {
  for (const auto& [zone, first] : {std::pair("UTC", "2096-02-20"), std::pair("Pacific/Apia", "2011-12-20")}) {
    const Calendar calendar = Zone(zone);
    for (const char* born : {"2004-02-29T12:00:00Z", "1980-12-31T12:00:00Z", "2011-12-29T12:00:00Z"}) {
      for (int32_t days : {0, 1, 30, 363, 364, 365, 366, 36'500}) {
        for (int32_t i = 0; i < 20; ++i) {
          ASSERT_NO_FATAL_FAILURE(ExpectAnniversaryLikeNaive(days, At(born), D(first) + i, calendar));
        }
      }
    }
  }
}

}  // namespace leadpulse::rules::time_test_test
