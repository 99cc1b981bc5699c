// Instants and durations in milliseconds, the resolution of everything Leadpulse computes.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace leadpulse {

using Millis = std::chrono::milliseconds;

inline constexpr int64_t kMillisPerDay = 86'400'000;  // in UTC

// Milliseconds since 1970-01-01T00:00:00Z. Never() is later than every instant, DistantPast() earlier.
struct Instant {
  int64_t millis = 0;

  static constexpr Instant Never() { return {std::numeric_limits<int64_t>::max()}; }
  static constexpr Instant DistantPast() { return {std::numeric_limits<int64_t>::min()}; }
  friend constexpr auto operator<=>(Instant, Instant) = default;
};

// Adds a duration. Never and DistantPast stay unchanged. All other instants are in the years 1 to 9999 and durations at
// most 36,500 days, so sums do not overflow.
constexpr Instant operator+(Instant t, Millis d) {
  if (t == Instant::Never() || t == Instant::DistantPast()) return t;
  return {t.millis + d.count()};
}
constexpr Instant operator-(Instant t, Millis d) { return t + (-d); }
constexpr Millis operator-(Instant a, Instant b) { return Millis{a.millis - b.millis}; }

// Parses RFC 3339 with `T`, a `Z` or an offset, any number of fraction digits (cut to milliseconds), no leap second,
// years 1 to 9999. Accepts nothing else.
std::optional<Instant> ParseRfc3339(std::string_view text);

// Formats as `2026-03-10T09:30:00Z`, with `.123` only if the milliseconds are not zero (as proto3 JSON prints them).
std::string FormatRfc3339(Instant t);

// The last instant that RFC 3339 can express. No record, option or rule can name a later one, and later changes are not
// shown.
inline constexpr Instant kLastInstant{253'402'300'799'999};  // 9999-12-31T23:59:59.999Z

}  // namespace leadpulse
