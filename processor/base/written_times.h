// Times and dates as people and programs write them without a zone, or with day and month in another order. Nothing is
// guessed: the order and the zone are given.
#pragma once

#include <absl/time/time.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/instant.h"

namespace leadpulse {

// Order and separator of a date: `DD.MM.YYYY`, `MM/DD/YY`, …: any order, with `.`, `/` or `-` between the parts. `YY`
// takes years of two digits, too, as spreadsheets do: 1930 to 2029. `DD.MM.1904` gives days without a year (`10.12.`,
// `--12-10`, `10 Dec`) that year.
struct DatePattern {
  std::array<char, 3> order{'Y', 'M', 'D'};
  char separator = '-';
  bool short_year = false;  // `YY`
  int32_t year = 0;         // the year of days that have none; 0: such days are no dates
  bool serial = false;      // `serial`: days since 1899-12-30, as spreadsheets count; nothing else applies
  friend bool operator==(const DatePattern&, const DatePattern&) = default;
};
std::optional<DatePattern> ParseDatePattern(std::string_view text);
// Returns the text that ParseDatePattern takes: `DD.MM.YYYY`.
std::string DatePatternName(const DatePattern& pattern);
// Returns the patterns that the cells of a file may have, but for YYYY-MM-DD, which needs none.
std::vector<DatePattern> UsualDatePatterns();

struct TimeFormat {
  std::optional<DatePattern> pattern;  // accepted in addition to the forms that need none
  std::optional<absl::TimeZone> zone;  // for times without a zone
};

// A date that exists, perhaps with a time. The time and the zone are not checked.
struct WrittenTime {
  YearMonthDay date;
  std::string time;  // `HH:MM:SS` and perhaps a fraction; empty: only a date
  std::string zone;  // `Z`, `+01:00`, `Europe/Berlin`; empty: no zone
};

// Parses a date, and behind a space, a comma, an `at` or a `T` its time: `9:30`, `09:30:00.123` or `9:30 PM`. Parses
// `Mon Nov 30 22:05:00 2026` and `20261130T220500Z`, too.
std::optional<WrittenTime> ParseWrittenTime(std::string_view text, const std::optional<DatePattern>& pattern);

// Returns the date as YYYY-MM-DD.
std::string DateOf(const WrittenTime& written);

// Returns the instant, in the written zone or else in `zone`; nullopt if there is no such time or written zone.
std::optional<Instant> InstantOf(const WrittenTime& written, const absl::TimeZone& zone);

// Parses a time in this format; nullopt if the text has another form, or neither it nor the format has a zone.
std::optional<Instant> TimeIn(const TimeFormat& format, std::string_view text);

// Whether the text is a day and a month without a year: `10.12.`, `--12-10`, `12/10`, `10 Dec`.
bool IsMonthAndDay(std::string_view text);

}  // namespace leadpulse
