#include "processor/base/calendar.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <gtest/gtest.h>

#include <random>

#include "processor/base/time_zones.h"

namespace leadpulse::calendar_test {

Calendar Zone(const std::string& name) { return *Calendar::Load(name); }
Day D(std::string_view text) { return ParseDay(text).value(); }
Instant At(std::string_view text) { return ParseRfc3339(text).value(); }
std::string StartIn(const std::string& zone, std::string_view day) { return FormatRfc3339(Zone(zone).StartOf(D(day))); }
std::string DayIn(const std::string& zone, std::string_view instant) {
  return FormatDay(Zone(zone).DayOf(At(instant)));
}

TEST(CalendarTest, DatesAndDays) {
  EXPECT_EQ(D("1970-01-01").since_epoch, 0);
  EXPECT_EQ(D("2000-03-01") - D("2000-02-28"), 2);
  EXPECT_EQ(ToYearMonthDay(D("2026-11-20")), (YearMonthDay{2026, 11, 20}));
  EXPECT_EQ(FromYearMonthDay({1969, 12, 31}).since_epoch, -1);
  EXPECT_EQ(FormatDay(D("0001-01-01")), "0001-01-01");
  for (const char* text : {"", "2026-02-29", "2026-2-01", "0000-01-01", "2026-01-01 ", "20260101", "2026/01/01"}) {
    EXPECT_EQ(ParseDay(text), std::nullopt) << text;
  }
}

TEST(CalendarTest, WeeksStartOnMonday) {
  EXPECT_EQ(PeriodOf(PeriodUnit::kWeek, D("2026-03-09")), PeriodOf(PeriodUnit::kWeek, D("2026-03-15")));
  EXPECT_EQ(PeriodOf(PeriodUnit::kWeek, D("2026-03-15")) + 1, PeriodOf(PeriodUnit::kWeek, D("2026-03-16")));
  EXPECT_EQ(FirstDayOfPeriod(PeriodUnit::kWeek, PeriodOf(PeriodUnit::kWeek, D("2027-01-01"))), D("2026-12-28"));
  EXPECT_EQ(PeriodOf(PeriodUnit::kWeek, D("1969-12-29")), 0);
  EXPECT_EQ(PeriodOf(PeriodUnit::kWeek, D("1969-12-28")), -1);
}

TEST(CalendarTest, QuartersAndYears) {
  const auto first = [](PeriodUnit unit, std::string_view day) {
    return FormatDay(FirstDayOfPeriod(unit, PeriodOf(unit, D(day))));
  };
  EXPECT_EQ(first(PeriodUnit::kMonth, "2026-02-28"), "2026-02-01");
  EXPECT_EQ(first(PeriodUnit::kQuarter, "2026-03-31"), "2026-01-01");
  EXPECT_EQ(first(PeriodUnit::kQuarter, "2026-04-01"), "2026-04-01");
  EXPECT_EQ(first(PeriodUnit::kQuarter, "2026-12-31"), "2026-10-01");
  EXPECT_EQ(first(PeriodUnit::kYear, "2026-12-31"), "2026-01-01");
  EXPECT_EQ(PeriodOf(PeriodUnit::kMonth, D("2026-01-01")) - 1, PeriodOf(PeriodUnit::kMonth, D("2025-12-31")));
}

TEST(CalendarTest, PeriodsTileTheCalendar) {
  for (PeriodUnit unit : {PeriodUnit::kWeek, PeriodUnit::kMonth, PeriodUnit::kQuarter, PeriodUnit::kYear}) {
    for (Day day = D("1890-01-01"); day < D("2110-01-01"); day = day + 1) {
      const int32_t period = PeriodOf(unit, day);
      ASSERT_LE(FirstDayOfPeriod(unit, period), day);
      ASSERT_GT(FirstDayOfPeriod(unit, period + 1), day);
    }
  }
}

TEST(CalendarTest, LoadsNamesOfTheDatabaseOnly) {
  for (const char* name : {"UTC", "Europe/Berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires"}) {
    EXPECT_TRUE(Calendar::Load(name).ok()) << name;
    EXPECT_EQ(Calendar::Load(name)->zone_name(), name);
    EXPECT_TRUE(LoadTimeZone(name)) << name;
  }
  for (std::string name :
       {"", "Mars/Phobos", "localtime", "posixrules", "/usr/share/zoneinfo/Europe/Berlin", "../zoneinfo/Europe/Berlin",
        "Europe/../Europe/Berlin", "Fixed/UTC+01:00:00", "UTC0", "right/Europe/Berlin", "posix/Europe/Berlin",
        ":Europe/Berlin", "Europe", "europe/berlin", "Europe/Berlin ", "zone.tab"}) {
    EXPECT_FALSE(Calendar::Load(name).ok()) << name;
    EXPECT_FALSE(LoadTimeZone(name)) << name;
  }
  EXPECT_FALSE(Calendar::Load(std::string("Europe/Berlin\0", 14)).ok());
  EXPECT_EQ(Calendar::Load(std::string(5000, 'x')).status().kind(), ErrorKind::kRejected);
}

TEST(CalendarTest, UtcDays) {
  EXPECT_EQ(Calendar().zone_name(), "UTC");
  EXPECT_EQ(FormatDay(Calendar().DayOf(At("1969-12-31T23:59:59.999Z"))), "1969-12-31");
  EXPECT_EQ(FormatDay(Calendar().DayOf({0})), "1970-01-01");
  EXPECT_EQ(Calendar().StartOf(D("2026-03-10")), At("2026-03-10T00:00:00Z"));
}

TEST(CalendarTest, NewYorkDaysOf23And25Hours) {
  EXPECT_EQ(StartIn("America/New_York", "2026-03-08"), "2026-03-08T05:00:00Z");
  EXPECT_EQ(StartIn("America/New_York", "2026-03-09"), "2026-03-09T04:00:00Z");
  EXPECT_EQ(StartIn("America/New_York", "2026-11-01"), "2026-11-01T04:00:00Z");
  EXPECT_EQ(StartIn("America/New_York", "2026-11-02"), "2026-11-02T05:00:00Z");
  EXPECT_EQ(DayIn("America/New_York", "2026-03-09T03:59:59.999Z"), "2026-03-08");
  EXPECT_EQ(DayIn("America/New_York", "2026-11-02T04:59:59.999Z"), "2026-11-01");
}

TEST(CalendarTest, SaoPauloWithoutMidnight) {
  EXPECT_EQ(StartIn("America/Sao_Paulo", "2017-10-15"), "2017-10-15T03:00:00Z");  // 01:00 local
  EXPECT_EQ(DayIn("America/Sao_Paulo", "2017-10-15T02:59:59.999Z"), "2017-10-14");
  EXPECT_EQ(DayIn("America/Sao_Paulo", "2017-10-15T03:00:00Z"), "2017-10-15");
}

TEST(CalendarTest, SaoPauloFallsBackAtMidnight) {
  // 2018-02-18 00:00 became 2018-02-17 23:00: the 17th has 25 hours.
  EXPECT_EQ(StartIn("America/Sao_Paulo", "2018-02-17"), "2018-02-17T02:00:00Z");
  EXPECT_EQ(StartIn("America/Sao_Paulo", "2018-02-18"), "2018-02-18T03:00:00Z");
  EXPECT_EQ(DayIn("America/Sao_Paulo", "2018-02-18T02:30:00Z"), "2018-02-17");
}

TEST(CalendarTest, StJohnsFallsBackOverMidnight) {
  // 2010-11-07 00:01 became 2010-11-06 23:01: the 7th had begun and is not taken back.
  EXPECT_EQ(StartIn("America/St_Johns", "2010-11-07"), "2010-11-07T02:30:00Z");
  EXPECT_EQ(DayIn("America/St_Johns", "2010-11-07T02:29:59.999Z"), "2010-11-06");
  EXPECT_EQ(DayIn("America/St_Johns", "2010-11-07T02:30:30Z"), "2010-11-07");
  EXPECT_EQ(DayIn("America/St_Johns", "2010-11-07T02:45:00Z"), "2010-11-07") << "23:15 of the 6th on the wall";
}

TEST(CalendarTest, HavanaRepeatsItsMidnight) {
  EXPECT_EQ(StartIn("America/Havana", "2018-11-04"), "2018-11-04T04:00:00Z");  // the first of the two 00:00
  EXPECT_EQ(StartIn("America/Havana", "2018-11-05"), "2018-11-05T05:00:00Z");
  EXPECT_EQ(StartIn("America/Havana", "2018-03-11"), "2018-03-11T05:00:00Z");  // 00:00 became 01:00
}

TEST(CalendarTest, ApiaSkippedADay) {
  EXPECT_EQ(StartIn("Pacific/Apia", "2011-12-30"), StartIn("Pacific/Apia", "2011-12-31"));
  EXPECT_EQ(DayIn("Pacific/Apia", "2011-12-30T09:59:59.999Z"), "2011-12-29");
  EXPECT_EQ(DayIn("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-31");
}

TEST(CalendarTest, TorontoSkippedTheEndOfADayAndTheNextOnesMidnight) {
  // 1919-03-30 23:30 became 1919-03-31 00:30: the 31st begins there, and not half an hour later.
  EXPECT_EQ(StartIn("America/Toronto", "1919-03-31"), "1919-03-31T04:30:00Z");
  EXPECT_EQ(DayIn("America/Toronto", "1919-03-31T04:29:59.999Z"), "1919-03-30");
  EXPECT_EQ(DayIn("America/Toronto", "1919-03-31T04:30:00Z"), "1919-03-31");
}

TEST(CalendarTest, YearsOutsideTheTable) {
  EXPECT_EQ(DayIn("Europe/Berlin", "0001-01-01T12:00:00Z"), "0001-01-01");
  EXPECT_EQ(DayIn("Europe/Berlin", "9999-12-31T12:00:00Z"), "9999-12-31");
  EXPECT_EQ(StartIn("Europe/Berlin", "2088-07-01"), "2088-06-30T22:00:00Z");
  EXPECT_EQ(StartIn("Europe/Berlin", "1989-12-31"), "1989-12-30T23:00:00Z");
}

// The definition uses local times alone: the day of t is the latest date that the wall clock has shown up to t.
TEST(CalendarTest, DayOfIsTheLatestDateTheWallHasShown) {
  for (const char* name : {"America/New_York", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia",
                           "America/Havana", "Africa/Cairo", "Asia/Amman", "Australia/Lord_Howe"}) {
    const Calendar calendar = Zone(name);
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    absl::CivilDay latest = absl::CivilDay::min();
    for (Instant t = At("2009-12-01T00:00:00Z"); t < At("2019-01-01T00:00:00Z"); t = t + Millis{7 * 60'000}) {
      latest = std::max(latest, absl::CivilDay(zone.At(absl::FromUnixMillis(t.millis)).cs));
      ASSERT_EQ(calendar.DayOf(t).since_epoch, latest - absl::CivilDay(1970, 1, 1)) << name << " " << FormatRfc3339(t);
    }
  }
}

// Around every clock change since 1900, days follow each other without gaps and overlaps.
TEST(CalendarTest, DaysTileTimeAroundEveryTransition) {
  std::mt19937_64 random(1);
  for (const char* name :
       {"America/New_York", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "America/Havana",
        "Pacific/Kwajalein", "America/Juneau", "Asia/Manila", "Africa/Casablanca", "Asia/Tehran", "Antarctica/Troll",
        "Pacific/Kiritimati", "Asia/Gaza", "Africa/Monrovia", "America/Nuuk"}) {
    const Calendar calendar = Zone(name);
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    absl::Time at = absl::FromUnixSeconds(-4'000'000'000);
    absl::TimeZone::CivilTransition change;
    while (at < absl::FromUnixSeconds(3'000'000'000) && zone.NextTransition(at, &change)) {
      at = zone.At(change.to).trans;
      for (int i = 0; i < 30; ++i) {
        const Instant t{absl::ToUnixMillis(at) + static_cast<int64_t>(random() % 200'000'000) - 100'000'000};
        const Day day = calendar.DayOf(t);
        ASSERT_LE(calendar.StartOf(day), t) << name << " " << FormatRfc3339(t);
        ASSERT_GT(calendar.StartOf(day + 1), t) << name << " " << FormatRfc3339(t);
        ASSERT_GE(calendar.StartOf(day), calendar.StartOf(day - 1)) << name << " " << FormatRfc3339(t);
      }
      at += absl::Seconds(1);
    }
  }
}

}  // namespace leadpulse::calendar_test
