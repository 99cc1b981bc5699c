#include "processor/base/time_formats.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

constexpr Instant kEarliest{-62'135'596'800'000};  // 0001-01-01T00:00:00Z
constexpr int kMillisDigits = 3;
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

}  // namespace

std::optional<Instant> TimeOfSeconds(std::string_view text) {
  const std::optional<Decimal> decimal = ReadDecimal(TrimAsciiSpace(text));
  if (!decimal.has_value()) return std::nullopt;
  // The milliseconds are the digits before a point moved three places to the right.
  const int64_t wanted = decimal->point + kMillisDigits;
  if (wanted > kMaxDigits) return std::nullopt;
  std::string millis = decimal->digits.substr(0, static_cast<size_t>(std::max<int64_t>(wanted, 0)));
  millis.resize(static_cast<size_t>(std::max<int64_t>(wanted, 1)), '0');
  const std::optional<int64_t> value = ParseInteger<int64_t>(millis);
  return value.has_value() ? InRange(*value) : std::nullopt;
}

std::optional<Instant> TimeOfMillis(std::string_view text) {
  const std::optional<int64_t> millis = ParseInteger<int64_t>(TrimAsciiSpace(text));
  return millis.has_value() ? InRange(*millis) : std::nullopt;
}

std::optional<Instant> TimeOfText(std::string_view text) { return ParseRfc3339(InRfc3339(text)); }

}  // namespace leadpulse
