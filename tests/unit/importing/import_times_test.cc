// Times and dates as they occur in files.
#include <gtest/gtest.h>

#include "processor/base/text.h"
#include "processor/base/time_zones.h"
#include "processor/importing/times.h"

namespace leadpulse::importing::import_times_test {

std::string InWords(const Problem& problem) {
  return importing::InWords(problem, [](const Option& option) { return std::string(option.name); });
}

std::string TimeOf(const char* text, const TimeFormat& format) {
  Instant time;
  const auto problem = ReadTime(text, format, &time);
  return problem ? InWords(*problem) : FormatRfc3339(time);
}
std::string DateOf(const char* text, const TimeFormat& format) {
  std::string date;
  const auto problem = ReadDate(text, format, &date);
  return problem ? InWords(*problem) : date;
}

std::string DayOf(const char* text, const TimeFormat& format) {
  std::string day;
  const auto problem = ReadDay(text, format, &day);
  return problem ? InWords(*problem) : day;
}

TEST(ImportTimes, AreReadWhereTheyAreClear) {
  const struct {
    const char* text;
    const char* time;
  } cases[] = {
      {"2026-03-05T10:00:00Z", "2026-03-05T10:00:00Z"},
      {"2026-03-05T10:00:00.123456+01:00", "2026-03-05T09:00:00.123Z"},
      {"2026-03-05t10:00:00z", "2026-03-05T10:00:00Z"},
      {"2026-03-05 10:00:00 UTC", "2026-03-05T10:00:00Z"},
      {"2026-03-05 10:00 +0100", "2026-03-05T09:00:00Z"},
      {"1772704800", "2026-03-05T10:00:00Z"},
      {"1772704800123", "2026-03-05T10:00:00.123Z"},
      {"1772704800.123", "2026-03-05T10:00:00.123Z"},
      {"1772704800123.75", "2026-03-05T10:00:00.123Z"},
      {"1772704800.", "is no time; for dates such as 31.12.2026 give date_format"},
      {"2026-03-05 10:00:00", "has no time zone; say which with timezone"},
      {"2026-03-05", "has no time zone; say which with timezone"},
      {"05.03.2026 10:00", "is no time; for dates such as 31.12.2026 give date_format"},
      {"2026-02-30 10:00Z", "is no time; for dates such as 31.12.2026 give date_format"},
      {"2026-03-05 25:00Z", "is no time"},
      {"soon", "is no time; for dates such as 31.12.2026 give date_format"},
      {"", "is no time; for dates such as 31.12.2026 give date_format"},
      {"17727048", "is no time; for dates such as 31.12.2026 give date_format"},
  };
  for (const auto& each : cases) EXPECT_EQ(TimeOf(each.text, {}), each.time) << each.text;
}

TEST(ImportTimes, AreReadAsProgramsAndPagesWriteThem) {
  for (const char* text :
       {"Nov 30, 2026 10:05 PM", "Monday, November 30, 2026 at 10:05 PM", "Nov 30, 2026, 10:05:00\u202fPM",
        "2026-11-30, 10:05 p.m.", "30 Nov 2026 22.05", "Mon Nov 30 22:05:00 2026", "Mon Nov 30 22:05:00 UTC 2026",
        "Mon Nov 30 2026 23:05:00 GMT+0100 (Central European Standard Time)", "20261130T220500Z", "20261130T2205",
        "2026-11-30T22:05:00Z[UTC]", "30. November 2026 um 22:05 Uhr", "30 novembre 2026 \u00e0 22:05",
        "2026-11-30 22:05:00,000", "2026-11-30 22:05:00 (UTC)", "1796076300000000", "1796076300000"}) {
    EXPECT_EQ(TimeOf(text, {{}, absl::UTCTimeZone()}), "2026-11-30T22:05:00Z") << text;
  }
  for (const char* text :
       {"Mon Nov 31 22:05:00 2026", "Mon Nov 30 22:05:00 26", "Mon Nov 30 22:05:00", "20261330T220500Z",
        "20261130T22050", "20261130", "17960763000000", "Mon Nov 2026 22:05:00"}) {
    EXPECT_EQ(TimeOf(text, {{}, absl::UTCTimeZone()}), "is no time; for dates such as 31.12.2026 give date_format")
        << text;
  }
  EXPECT_EQ(TimeOf("2026-11-30 22:05 America", {{}, absl::UTCTimeZone()}), "is no time");
  EXPECT_EQ(TimeOf("2026-11-30 13:05 p.m.", {{}, absl::UTCTimeZone()}),
            "is no time; for dates such as 31.12.2026 give date_format");
}

TEST(ImportTimes, TakeTheFormAndTheZoneThatAreSaid) {
  TimeFormat german{ParseDatePattern("DD.MM.YYYY"), absl::UTCTimeZone()};
  ASSERT_FALSE(LoadZone("Europe/Berlin", &*german.zone));
  EXPECT_EQ(TimeOf("5.3.2026 10:00", german), "2026-03-05T09:00:00Z");
  EXPECT_EQ(TimeOf("05.07.2026, 10:00:30", german), "2026-07-05T08:00:30Z");
  EXPECT_EQ(TimeOf("2026-07-05", german), "2026-07-04T22:00:00Z");
  EXPECT_EQ(TimeOf("31.12.26", german), "is no time");
  EXPECT_EQ(DateOf("31.12.2026", german), "2026-12-31");
  EXPECT_EQ(DateOf("2026-12-31", german), "2026-12-31");
  EXPECT_EQ(DateOf("31.12.2026 23:30", german), "2026-12-31T22:30:00Z");
  EXPECT_EQ(DateOf("12/31/2026", german), "is no date");
  const TimeFormat american{ParseDatePattern("MM/DD/YYYY"), absl::UTCTimeZone()};
  EXPECT_EQ(TimeOf("3/5/2026 9:30 PM", american), "2026-03-05T21:30:00Z");
  EXPECT_EQ(TimeOf("3/5/2026 12:05 am", american), "2026-03-05T00:05:00Z");
  EXPECT_EQ(TimeOf("3/5/2026 13:05 pm", american), "is no time");
  EXPECT_EQ(DateOf("2/30/2026", american), "is no date");
  EXPECT_EQ(DateOf("31.12.2026", {}), "is no date; for dates such as 31.12.2026 give date_format");
}

TEST(ImportTimes, DatesThatNeedNoReadingStayAsTheyAre) {
  for (const char* text : {"2026-12-31", "2026-12-31T23:30:00+01:00", "2026-12-31t00:00:00.500z"}) {
    EXPECT_EQ(DateOf(text, {}), text);
  }
  EXPECT_EQ(DateOf("2026-12-31 23:30 +0100", {}), "2026-12-31T22:30:00Z");
}

TEST(ImportTimes, AMidnightIsADay) {
  const TimeFormat american{ParseDatePattern("MM/DD/YYYY"), {}};
  for (const char* text :
       {"1985-12-10", "12/10/1985", "1985-12-10T00:00:00.000Z", "1985-12-10 00:00:00", "1985-12-10 00:00",
        "12/10/1985 12:00 AM", "1985-12-10T00:00:00+14:00", "1985-12-10 00:00 -0500"}) {
    EXPECT_EQ(DayOf(text, american), "1985-12-10") << text;
  }
  EXPECT_EQ(DayOf("1985-12-10T03:00:00Z", {}), "1985-12-10T03:00:00Z");
  EXPECT_EQ(DayOf("1985-12-10 03:00", {}), "has no time zone; say which with timezone");
  EXPECT_EQ(DayOf("1985-12-10 00:00 soon", {}), "is no time");
  EXPECT_EQ(DayOf("10.12.1985", {}), "is no date; for dates such as 31.12.2026 give date_format");
}

TEST(ImportTimes, DatesWithTheNameOfTheMonthNeedNoForm) {
  for (const char* text :
       {"10-Dec-1985", "10-Dec-85", "Dec 10, 1985", "December 10 1985", "10 December 1985", "10. Dezember 1985",
        "10 d\u00e9c. 1985", "10 de diciembre de 1985", "DEC 10th, 1985", "Tue, 10 Dec 1985", "10/Dec/1985"}) {
    EXPECT_EQ(DateOf(text, {}), "1985-12-10") << text;
    EXPECT_EQ(DayOf(text, {}), "1985-12-10") << text;
  }
  EXPECT_EQ(TimeOf("Sat, 28 Feb 2026 12:41:01 +0000", {}), "2026-02-28T12:41:01Z");
  EXPECT_EQ(TimeOf("28 Feb 2026 12:41 GMT", {}), "2026-02-28T12:41:00Z");
  for (const char* zone : {"EST", "est", "-0500", "-05:00", "-05", "GMT-5", "UTC-05:00", "(UTC-05:00)", "GMT-5:00"}) {
    EXPECT_EQ(TimeOf(Concat({"2026-02-28 12:41 ", zone}).c_str(), {}), "2026-02-28T17:41:00Z") << zone;
  }
  for (const char* zone : {"GMT5", "UTCZ", "CEST", "(", "GMT+", "GMT-5-5", "EST+1"}) {
    EXPECT_EQ(TimeOf(Concat({"2026-02-28 12:41 ", zone}).c_str(), {}), "is no time") << zone;
  }
  for (const char* text : {"Dec 1985", "10-Dex-1985", "31 Feb 2026", "10 Dec", "Dec 10, 198", "Dec", "10-12", "May"}) {
    EXPECT_EQ(DateOf(text, {}), "is no date; for dates such as 31.12.2026 give date_format") << text;
  }
}

// Calendars, CRMs and java.time write names of zones. A name knows when summer time is.
TEST(ImportTimes, NamesOfZonesAreRead) {
  const struct {
    const char* text;
    const char* time;
  } cases[] = {
      {"2026-03-01 10:00 Europe/Berlin", "2026-03-01T09:00:00Z"},
      {"2026-07-01T10:00:00.250 Europe/Berlin", "2026-07-01T08:00:00.250Z"},
      {"2026-07-01T10:00:00[Europe/Berlin]", "2026-07-01T08:00:00Z"},
      {"2026-07-01 10:00 (Europe/Berlin)", "2026-07-01T08:00:00Z"},
      {"2026-07-01T10:00:00+02:00[Europe/Berlin]", "2026-07-01T08:00:00Z"},
      {"Jul 1, 2026 10:05 PM America/Argentina/Buenos_Aires", "2026-07-02T01:05:00Z"},
      {"20260701T100000 Asia/Kolkata", "2026-07-01T04:30:00Z"},
      {"2026-07-01 10:00 Etc/GMT+5", "2026-07-01T15:00:00Z"},
      {"2026-03-01 10:00 Europe/Berlino", "is no time"},
      {"2026-03-01 10:00 europe/berlin", "is no time"},
      {"2026-03-01 10:00 ../../etc/passwd", "is no time"},
      {"2026-03-01 10:00 /dev/stdin", "is no time"},
      {"2026-03-01 25:00 Europe/Berlin", "is no time"},
      {"2026-03-01 10:00 Europe/", "is no time"},
      {"2026-03-01 10:00 []", "has no time zone; say which with timezone"},
  };
  for (const auto& each : cases) EXPECT_EQ(TimeOf(each.text, {}), each.time) << each.text;
  EXPECT_EQ(TimeOf("2026-03-01 10:00 Asia/Tokyo", {{}, *LoadTimeZone("Europe/Berlin")}), "2026-03-01T01:00:00Z");
  EXPECT_EQ(DayOf("1985-12-10 00:00 Europe/Berlin", {}), "1985-12-10");
  EXPECT_EQ(DateOf("1985-12-10 10:00 Europe/Berlin", {}), "1985-12-10T09:00:00Z");
}

TEST(ImportTimes, YearsOfTwoDigitsAndSerialsAreReadAsSpreadsheetsDo) {
  const TimeFormat american{ParseDatePattern("MM/DD/YY"), {}}, serial{ParseDatePattern("serial"), absl::UTCTimeZone()};
  EXPECT_EQ(DateOf("12/31/29", american), "2029-12-31");
  EXPECT_EQ(DateOf("12/31/30", american), "1930-12-31");
  EXPECT_EQ(DateOf("12/31/1929", american), "1929-12-31");
  EXPECT_EQ(DateOf("12/31/198", american), "is no date");
  EXPECT_EQ(DayOf("31391", serial), "1985-12-10");
  EXPECT_EQ(DateOf("31391.75", serial), "1985-12-10T18:00:00Z");
  EXPECT_EQ(DateOf("31391,0", serial), "1985-12-10");
  for (const char* text : {"1985", "99999", "031391", "31391.", "31391.5.5"}) {
    EXPECT_EQ(DateOf(text, serial), "is no date") << text;
  }
  EXPECT_EQ(DateOf("1772704800", {}), "2026-03-05T10:00:00Z");
}

TEST(ImportTimes, DaysWithoutAYearAreKnown) {
  for (const char* text : {"10.12.", "10.12", "--12-10", "12/10", "31/12", "10 Dec", "Dec 10", "02/29"}) {
    EXPECT_TRUE(IsMonthAndDay(text)) << text;
  }
  for (const char* text : {"", "10", "32/13", "13/13", "10.12.85", "2/30", "1985-12-10", "--13-10", "10 Dex"}) {
    EXPECT_FALSE(IsMonthAndDay(text)) << text;
  }
}

TEST(ImportTimes, FormsOfDates) {
  for (const char* text :
       {"DD.MM.YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "YYYY/MM/DD", "DD.MM.YY", "serial", "DD.MM.1904", "MM/DD/2000"}) {
    ASSERT_TRUE(ParseDatePattern(text)) << text;
    EXPECT_EQ(DatePatternName(*ParseDatePattern(text)), text);
  }
  for (const char* text : {"", "DD", "DD.MM", "DD.MM.Y", "DD.DD.YYYY", "DD MM YYYY", "DD.MM/YYYY", "DD.MM.YYYY.",
                           "1904.MM.DD", "DD.YYYY.1904", "DD.MM.190", "DD.MM.19040", "DD.MM.0004"}) {
    EXPECT_FALSE(ParseDatePattern(text)) << text;
  }
  absl::TimeZone zone;
  EXPECT_EQ(InWords(*LoadZone("Mars/Olympus", &zone)),
            "timezone: `Mars/Olympus` is no time zone; write one such as UTC or Europe/Berlin");
}

}  // namespace leadpulse::importing::import_times_test
