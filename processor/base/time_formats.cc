#include "processor/base/time_formats.h"

#include <absl/time/time.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

constexpr Instant kEarliest{-62'135'596'800'000};  // 0001-01-01T00:00:00Z
constexpr int kMillisDigits = 3;
constexpr int kMaxSecondsDigits = 11;
constexpr size_t kMaxMailDateBytes = 64;
constexpr int kMaxDigits = 18;  // digits that surely fit an int64_t

std::optional<Instant> InRange(int64_t millis) {
  const Instant instant{millis};
  if (instant < kEarliest || instant > kLastInstant) return std::nullopt;
  return instant;
}

// A decimal number: its digits and the position of its point. `12.5e1` is 125 with the point after all three.
struct Decimal {
  std::string digits;
  int64_t point = 0;
};

std::optional<Decimal> ReadDecimal(std::string_view text) {
  Decimal decimal;
  const size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  std::optional<int64_t> exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view written = text.substr(e + 1);
    if (!written.empty() && written[0] == '+') written.remove_prefix(1);
    exponent = ParseInteger<int64_t>(written);
  }
  if (!exponent.has_value() || *exponent < -kMaxDigits || *exponent > kMaxDigits) return std::nullopt;
  const size_t point = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, point);
  if (whole.empty() || whole.size() > kMaxDigits) return std::nullopt;
  decimal.digits = whole;
  if (point != std::string_view::npos) decimal.digits += mantissa.substr(point + 1);
  if (!std::ranges::all_of(decimal.digits, IsDigit)) return std::nullopt;
  decimal.point = static_cast<int64_t>(whole.size()) + *exponent;
  return decimal;
}

// The zones of RFC 2822 §4.3 and `Z`, in lower case, with their offsets.
constexpr std::pair<std::string_view, std::string_view> kMailZones[] = {
    {"gmt", "+0000"}, {"ut", "+0000"},  {"utc", "+0000"}, {"z", "+0000"},   {"est", "-0500"}, {"edt", "-0400"},
    {"cst", "-0600"}, {"cdt", "-0500"}, {"mst", "-0700"}, {"mdt", "-0600"}, {"pst", "-0800"}, {"pdt", "-0700"}};

// Converts `2026-03-05 10:00:00+0100` to RFC 3339.
std::string InRfc3339(std::string_view text) {
  std::string time(TrimAsciiSpace(text));
  if (time.size() > 10 && time[10] == ' ') time[10] = 'T';
  for (const std::string_view zone : {" UTC", "UTC", " Z", " z"}) {
    if (!time.ends_with(zone)) continue;
    time.replace(time.size() - zone.size(), zone.size(), "Z");
    break;
  }
  const size_t sign = time.find_first_of("+-", 11);
  if (time.size() < 11 || sign == std::string::npos) return time;
  if (time[sign - 1] == ' ') time.erase(sign - 1, 1);
  const size_t offset = time.find_first_of("+-", 11);
  const size_t digits = time.size() - offset - 1;
  if (digits == 4 && time.find(':', offset) == std::string::npos) time.insert(offset + 3, ":");
  if (digits == 2) time += ":00";
  return time;
}

// Moves the decimal point `places` to the right and takes what stands before it as milliseconds. 3 for seconds.
std::optional<Instant> MovedBy(int64_t places, const std::optional<Decimal>& decimal) {
  if (!decimal.has_value()) return std::nullopt;
  const int64_t wanted = decimal->point + places;
  if (wanted > kMaxDigits) return std::nullopt;
  std::string millis = decimal->digits.substr(0, static_cast<size_t>(std::max<int64_t>(wanted, 0)));
  millis.resize(static_cast<size_t>(std::max<int64_t>(wanted, 1)), '0');
  const std::optional<int64_t> value = ParseInteger<int64_t>(millis);
  return value.has_value() ? InRange(*value) : std::nullopt;
}

}  // namespace

std::optional<Instant> TimeOfSeconds(std::string_view text) {
  return MovedBy(kMillisDigits, ReadDecimal(TrimAsciiSpace(text)));
}

std::optional<Instant> TimeOfMillis(std::string_view text) {
  const std::optional<int64_t> millis = ParseInteger<int64_t>(TrimAsciiSpace(text));
  return millis.has_value() ? InRange(*millis) : std::nullopt;
}

std::optional<Instant> TimeOfText(std::string_view text) { return ParseRfc3339(InRfc3339(text)); }

std::string_view OffsetOfMailZone(std::string_view name) {
  const auto* named =
      std::ranges::find(kMailZones, AsciiLower(name), &std::pair<std::string_view, std::string_view>::first);
  return named == std::end(kMailZones) ? std::string_view() : named->second;
}

std::optional<Instant> TimeOfMailDate(std::string_view text) {
  text = TrimAsciiSpace(text.substr(0, text.find('(')));  // `+0000 (UTC)`
  if (const size_t comma = text.find(','); comma == 3) text.remove_prefix(comma + 1);
  text = TrimAsciiSpace(text);
  const size_t space = text.rfind(' ');
  if (space == std::string_view::npos || text.size() > kMaxMailDateBytes) return std::nullopt;
  std::string date(text.substr(0, space + 1));
  const std::string_view zone = text.substr(space + 1), offset = OffsetOfMailZone(zone);
  date += offset.empty() ? AsciiLower(zone) : std::string(offset);
  absl::Time time;
  std::string error;
  for (const char* format : {"%d %b %Y %H:%M:%E*S %z", "%d %b %Y %H:%M %z"}) {
    if (absl::ParseTime(format, date, &time, &error)) return InRange(absl::ToUnixMillis(time));
  }
  return std::nullopt;
}

std::optional<Instant> TimeOfAnyForm(std::string_view text) {
  text = TrimAsciiSpace(text);
  if (const std::optional<Decimal> number = ReadDecimal(text)) {
    return MovedBy(number->point > kMaxSecondsDigits ? 0 : kMillisDigits, number);
  }
  const std::optional<Instant> time = TimeOfText(text);
  return time.has_value() ? time : TimeOfMailDate(text);
}

}  // namespace leadpulse
