// Instants, days and time zones of the model: it finds local days from the local dates of instants.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace leadpulse::model {

// Milliseconds since the epoch; also used for durations.
using Millis = int64_t;

constexpr Millis kSecond = 1000;
constexpr Millis kMinute = 60 * kSecond;
constexpr Millis kHour = 60 * kMinute;
constexpr Millis kDay = 24 * kHour;

// Reads a point in time in RFC 3339 with `T`, cut to milliseconds; nullopt for any other text.
std::optional<Millis> ReadRfc3339(std::string_view text);

// Reads a calendar day `YYYY-MM-DD`; nullopt if the day does not exist.
std::optional<absl::CivilDay> ReadCalendarDay(std::string_view text);

// Formats an instant as RFC 3339 with `Z`, with three digits of fraction unless it is 0.
std::string FormatInstant(Millis instant);

// The local days of one time zone, found from the local dates of one instant after the other, never by converting civil
// times back.
class Zone {
 public:
  // Returns the zone with this name, which is cached for the life of the process.
  static const Zone& Named(const std::string& name);

  explicit Zone(const std::string& name);

  // Returns the first instant whose local date is `day` or later.
  Millis DayStart(absl::CivilDay day) const;

  // Returns the latest day that has begun at an instant. A clock that goes back over midnight does not start the day
  // before again.
  absl::CivilDay DayOf(Millis instant) const;

  // Reads `YYYY-MM-DD` as the first instant of that day, or RFC 3339.
  std::optional<Millis> ReadDateLiteral(std::string_view text) const;

 private:
  absl::CivilDay LocalDate(Millis instant) const;

  absl::TimeZone zone_;
  mutable std::map<absl::CivilDay, Millis> day_starts_;
};

}  // namespace leadpulse::model
