// Every spelling of a time, and texts that are no times.
#include "processor/base/time_formats.h"

#include <gtest/gtest.h>

#include <string>

namespace leadpulse::time_formats_test {

std::string Said(std::optional<Instant> time) { return time.has_value() ? FormatRfc3339(*time) : "none"; }

struct TimeCase {
  std::string text, time;
};

TEST(TimeFormatsTest, Seconds) {
  for (const TimeCase& c : {
           TimeCase{"1521233195", "2018-03-16T20:46:35Z"},
           TimeCase{"1521233195.375624", "2018-03-16T20:46:35.375Z"},
           TimeCase{"1521233195.3759999", "2018-03-16T20:46:35.375Z"},  // cut, not rounded
           TimeCase{"1521233195.3", "2018-03-16T20:46:35.300Z"},
           TimeCase{"1521233195.", "2018-03-16T20:46:35Z"},
           TimeCase{" 1521233195 ", "2018-03-16T20:46:35Z"},
           TimeCase{"1.521233195e9", "2018-03-16T20:46:35Z"},
           TimeCase{"1.521233195375E+9", "2018-03-16T20:46:35.375Z"},
           TimeCase{"15212331953e-1", "2018-03-16T20:46:35.300Z"},
           TimeCase{"0", "1970-01-01T00:00:00Z"},
           TimeCase{"0.0015", "1970-01-01T00:00:00.001Z"},
           TimeCase{"1e-9", "1970-01-01T00:00:00Z"},
           TimeCase{"253402300799.999", "9999-12-31T23:59:59.999Z"},
           TimeCase{"253402300800", "none"},
           TimeCase{"1521233195000000", "none"},
           TimeCase{"", "none"},
           TimeCase{"-1", "none"},
           TimeCase{".5", "none"},
           TimeCase{"1.2.3", "none"},
           TimeCase{"1e99", "none"},
           TimeCase{"1e", "none"},
           TimeCase{"1521233195Z", "none"},
           TimeCase{"99999999999999999999", "none"},
       }) {
    EXPECT_EQ(Said(TimeOfSeconds(c.text)), c.time) << c.text;
  }
}

TEST(TimeFormatsTest, Millis) {
  EXPECT_EQ(Said(TimeOfMillis("1521233195375")), "2018-03-16T20:46:35.375Z");
  EXPECT_EQ(Said(TimeOfMillis("1521233195375.5")), "none");
  EXPECT_EQ(Said(TimeOfMillis("")), "none");
  EXPECT_EQ(Said(TimeOfMillis("9223372036854775807")), "none");
}

TEST(TimeFormatsTest, Texts) {
  for (const TimeCase& c : {
           TimeCase{"2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"},
           TimeCase{"2026-03-01t10:00:00z", "2026-03-01T10:00:00Z"},
           TimeCase{"2026-03-01 10:00:00 z", "2026-03-01T10:00:00Z"},
           TimeCase{"2014-08-01T13:28:10.2735393-04:00", "2014-08-01T17:28:10.273Z"},
           TimeCase{"2026-03-01 10:00:00.126000+00", "2026-03-01T10:00:00.126Z"},
           TimeCase{"2026-03-01 10:00:00 +0100", "2026-03-01T09:00:00Z"},
           TimeCase{"2026-03-01T10:00:00-0530", "2026-03-01T15:30:00Z"},
           TimeCase{"2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00Z"},
           TimeCase{"2026-03-01 10:00:00", "none"},  // the zone is unknown
           TimeCase{"2026-03-01", "none"},
           TimeCase{"", "none"},
           TimeCase{"soon", "none"},
           TimeCase{"2026-03-01T10:00:00+", "none"},
       }) {
    EXPECT_EQ(Said(TimeOfText(c.text)), c.time) << c.text;
  }
}

TEST(TimeFormatsTest, MailDates) {
  for (const TimeCase& c : {
           TimeCase{"Sat, 28 Feb 2026 12:41:01 +0000", "2026-02-28T12:41:01Z"},
           TimeCase{"Sat, 28 Feb 2026 12:41:01 GMT", "2026-02-28T12:41:01Z"},
           TimeCase{"28 Feb 2026 07:41:01 EST", "2026-02-28T12:41:01Z"},
           TimeCase{"28 Feb 2026 12:41 UT", "2026-02-28T12:41:00Z"},
           TimeCase{" Sun, 1 Mar 2026 00:41:01 +1200 (NZST) ", "2026-02-28T12:41:01Z"},
           TimeCase{"Sat, 28 Feb 2026 12:41:01", "none"},  // the zone is unknown
           TimeCase{"Sat, 28 Feb 2026 12:41:01 CET", "none"},
           TimeCase{"Sat, 31 Feb 2026 12:41:01 GMT", "none"},
           TimeCase{"Sat, 28 Feb 2026", "none"},
           TimeCase{"", "none"},
           TimeCase{",,,", "none"},
       }) {
    EXPECT_EQ(Said(TimeOfMailDate(c.text)), c.time) << c.text;
  }
}

// The same instant in every form; seconds and milliseconds are told apart by their size.
TEST(TimeFormatsTest, AnyForm) {
  for (const std::string text :
       {"1772282461", "1772282461.0009", "1772282461000", "1772282461000.5", "1.772282461e9", "1.772282461e12",
        " 1772282461 ", "2026-02-28T12:41:01Z", "2026-02-28 13:41:01+01", "Sat, 28 Feb 2026 12:41:01 +0000"}) {
    EXPECT_EQ(Said(TimeOfAnyForm(text)), "2026-02-28T12:41:01Z") << text;
  }
  EXPECT_EQ(Said(TimeOfAnyForm("99999999999")), "5138-11-16T09:46:39Z");
  EXPECT_EQ(Said(TimeOfAnyForm("100000000000")), "1973-03-03T09:46:40Z");
  for (const std::string text : {"", "soon", "-1", "2026-02-28 12:41:01", "28/02/2026", "1772282461Z", "1e99"}) {
    EXPECT_EQ(Said(TimeOfAnyForm(text)), "none") << text;
  }
}

}  // namespace leadpulse::time_formats_test
