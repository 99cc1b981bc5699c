// How the model reads days, instants and text, on cases small enough to work out by hand.

#include <gtest/gtest.h>

#include "tests/support/model/calendar.h"
#include "tests/support/model/number.h"
#include "tests/support/model/text.h"

namespace leadpulse::model::model_calendar_test {

Millis T(const std::string& text) { return ReadRfc3339(text).value(); }

TEST(Calendar, DayWithoutMidnightStartsAtItsFirstInstant) {
  const Zone& zone = Zone::Named("America/Sao_Paulo");
  EXPECT_EQ(zone.DayStart(absl::CivilDay(2017, 10, 15)), T("2017-10-15T03:00:00Z"));
  EXPECT_EQ(zone.DayStart(absl::CivilDay(2017, 10, 16)), T("2017-10-16T02:00:00Z"));
}

TEST(Calendar, SkippedDayIsEmpty) {
  const Zone& zone = Zone::Named("Pacific/Apia");
  EXPECT_EQ(zone.DayStart(absl::CivilDay(2011, 12, 30)), zone.DayStart(absl::CivilDay(2011, 12, 31)));
  EXPECT_EQ(zone.DayOf(T("2011-12-30T10:00:00Z")), absl::CivilDay(2011, 12, 31));
}

TEST(Calendar, ClockGoingBackOverMidnightDoesNotBringTheDayBack) {
  const Zone& zone = Zone::Named("America/St_Johns");
  EXPECT_EQ(zone.DayStart(absl::CivilDay(2010, 11, 7)), T("2010-11-07T02:30:00Z"));
  EXPECT_EQ(zone.DayOf(T("2010-11-07T03:00:00Z")), absl::CivilDay(2010, 11, 7));
}

TEST(Calendar, ReadsAndWritesInstants) {
  EXPECT_EQ(ReadRfc3339("1970-01-02T00:00:00.0019+01:00"), 23 * kHour + 1);
  EXPECT_EQ(ReadRfc3339("1970-01-02t00:00:00z"), 24 * kHour);
  EXPECT_EQ(ReadRfc3339("2025-02-29T00:00:00Z"), std::nullopt);
  EXPECT_EQ(ReadRfc3339("2025-02-28T23:59:60Z"), std::nullopt);
  EXPECT_EQ(FormatInstant(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatInstant(86400000), "1970-01-02T00:00:00Z");
}

TEST(Text, NumbersNamesAndCase) {
  EXPECT_EQ(ReadNumber("-12.50"), Number("-12.5"));
  EXPECT_EQ(ReadNumber("1e3"), std::nullopt);
  EXPECT_EQ(ReadNumber("5."), std::nullopt);
  EXPECT_EQ(NormalName("Company  _Name"), "company_name");
  EXPECT_EQ(NormalName("\t Company Name "), "company_name");
  EXPECT_TRUE(SameText("ΣΊΣΥΦΟΣ", "σίσυφος"));
}

}  // namespace leadpulse::model::model_calendar_test
