// Local days and periods of a time zone.
//
// A day lasts from its first instant to the first instant of the next. A clock that goes back over midnight does not
// bring a day back; a midnight that does not exist is replaced by the first instant after it; a day that a zone skipped
// (Apia, 2011-12-30) is empty.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/status.h"

namespace leadpulse {

// A calendar date, as days since 1970-01-01, proleptic Gregorian.
struct Day {
  int32_t since_epoch = 0;
  friend constexpr auto operator<=>(Day, Day) = default;
};
constexpr Day operator+(Day d, int32_t n) { return {d.since_epoch + n}; }
constexpr Day operator-(Day d, int32_t n) { return {d.since_epoch - n}; }
constexpr int32_t operator-(Day a, Day b) { return a.since_epoch - b.since_epoch; }

struct YearMonthDay {
  int32_t year = 1970;
  int32_t month = 1;  // 1–12
  int32_t day = 1;    // 1–31
  friend constexpr auto operator<=>(const YearMonthDay&, const YearMonthDay&) = default;
};
YearMonthDay ToYearMonthDay(Day day);
// Converts a date, which must exist.
Day FromYearMonthDay(const YearMonthDay& date);
// Parses `YYYY-MM-DD` of a date that exists in the years 1 to 9999.
std::optional<Day> ParseDay(std::string_view text);
std::string FormatDay(Day day);
// The days that can be written as `YYYY-MM-DD`: 0001-01-01 to 9999-12-31.
inline constexpr Day kFirstDay{-719'162};
inline constexpr Day kLastDay{2'932'896};

// Weeks start on Monday. Persisted nowhere.
enum class PeriodUnit : uint8_t { kWeek, kMonth, kQuarter, kYear };
// Returns the number of the period that contains the day. Consecutive periods of one unit have consecutive numbers.
int32_t PeriodOf(PeriodUnit unit, Day day);
Day FirstDayOfPeriod(PeriodUnit unit, int32_t period);

// One time zone of the IANA database. Copies are cheap and share the zone; thread-safe.
class Calendar {
 public:
  // Creates the calendar of UTC.
  Calendar();
  // Loads a zone, such as `Europe/Berlin`. Rejected if the name is unknown.
  static Result<Calendar> Load(const std::string& zone_name);

  const std::string& zone_name() const;
  // Returns the day that contains t, which must be in the years 1 to 9999.
  Day DayOf(Instant t) const;
  // Returns the first instant of the day; for a skipped day that of the next one.
  Instant StartOf(Day day) const;

  friend bool operator==(const Calendar& a, const Calendar& b) { return a.zone_name() == b.zone_name(); }

 private:
  struct Zone;
  explicit Calendar(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}

  std::shared_ptr<const Zone> zone_;
};

}  // namespace leadpulse
