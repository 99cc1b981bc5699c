#include "processor/importing/times.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/base/time_formats.h"
#include "processor/base/time_zones.h"
#include "processor/base/value.h"

namespace leadpulse::importing {
namespace {

constexpr size_t kSecondsDigits = 10, kMillisDigits = 13, kMicrosDigits = 16;

// Returns the problem of a cell that is not a date or time in the expected format.
Problem IsNo(const char* what, const TimeFormat& format) {
  return {Concat({"is no ", what}), {}, {format.pattern ? "" : "date_format"}};
}

std::optional<Problem> InstantOf(const WrittenTime& written, const TimeFormat& format, Instant* time) {
  const auto instant = InstantOf(written, format.zone.value_or(absl::UTCTimeZone()));
  if (!instant) return Problem{"is no time"};
  if (written.zone.empty() && !format.zone) return Problem{"has no time zone", {}, {"timezone"}};
  *time = *instant;
  return std::nullopt;
}

// Reads seconds, milliseconds or microseconds since 1970, perhaps with a fraction. Their digits tell which: each is a
// time from 2001 to 2286.
std::optional<Instant> ReadCount(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  const std::string_view fraction = text.substr(std::min(whole.size() + 1, text.size()));
  const bool has_point = whole.size() < text.size();
  if (!std::ranges::all_of(whole, IsDigit) || !std::ranges::all_of(fraction, IsDigit)) return std::nullopt;
  if (has_point && fraction.empty()) return std::nullopt;
  if (whole.size() == kSecondsDigits) return TimeOfSeconds(text);
  if (whole.size() == kMillisDigits || whole.size() == kMicrosDigits) {
    return TimeOfMillis(whole.substr(0, kMillisDigits));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> LoadZone(const std::string& name, absl::TimeZone* zone) {
  const std::optional<absl::TimeZone> loaded = LoadTimeZone(name);
  if (!loaded) return Problem{"`" + name + "` is no time zone; write one such as UTC or Europe/Berlin", {"timezone"}};
  *zone = *loaded;
  return std::nullopt;
}

std::optional<Problem> ReadTime(std::string_view text, const TimeFormat& format, Instant* time) {
  if (const auto counted = ReadCount(text)) {
    *time = *counted;
    return std::nullopt;
  }
  const std::optional<WrittenTime> written = ParseWrittenTime(text, format.pattern);
  return written ? InstantOf(*written, format, time) : IsNo("time", format);
}

std::optional<Problem> ReadDate(std::string_view text, const TimeFormat& format, std::string* date) {
  if (const auto counted = ReadCount(text)) {
    *date = FormatRfc3339(*counted);
    return std::nullopt;
  }
  const std::optional<WrittenTime> written = ParseWrittenTime(text, format.pattern);
  if (!written) return IsNo("date", format);
  *date = DateOf(*written);
  if (written->time.empty()) return std::nullopt;
  Instant time;
  if (auto problem = InstantOf(*written, format, &time)) return problem;
  *date = ParseRfc3339(text) ? std::string(text) : FormatRfc3339(time);
  return std::nullopt;
}

std::optional<Problem> ReadDay(std::string_view text, const TimeFormat& format, std::string* day) {
  const std::optional<WrittenTime> written = ParseWrittenTime(text, format.pattern);
  if (!written || !IsWrittenAsMidnight(written->time)) return ReadDate(text, format, day);
  Instant time;
  if (auto problem = written->zone.empty() ? std::nullopt : InstantOf(*written, format, &time)) return problem;
  *day = DateOf(*written);
  return std::nullopt;
}

std::optional<std::string> DateWritten(std::string_view text, const std::optional<DatePattern>& pattern) {
  const std::optional<WrittenTime> written = ParseWrittenTime(text, pattern);
  if (!written) return std::nullopt;
  Instant time;
  // Whether a zone is known does not matter.
  const bool exists = written->time.empty() || !InstantOf(*written, {{}, absl::UTCTimeZone()}, &time);
  return exists ? std::optional(DateOf(*written)) : std::nullopt;
}

}  // namespace leadpulse::importing
