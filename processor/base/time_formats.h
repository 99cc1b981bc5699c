// Time formats of providers. Fractions of milliseconds are cut, not rounded. nullopt if the text is not a time between
// the years 1 and 9999.
#pragma once

#include <optional>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse {

// Reads seconds since 1970 in decimal, as a whole number or with a fraction or an exponent: `1521233195`,
// `1521233195.375624`, `1.521233195e9`. Reads digit by digit: a double would round.
std::optional<Instant> TimeOfSeconds(std::string_view text);
// Reads milliseconds since 1970, a whole number.
std::optional<Instant> TimeOfMillis(std::string_view text);
// Reads RFC 3339 and similar formats: a space for the `T`, an offset without a colon or of hours only (`+00`), `UTC`
// for `Z`. nullopt without an offset, because the zone is unknown.
std::optional<Instant> TimeOfText(std::string_view text);

// Reads RFC 2822, with or without the day of the week and seconds: `Sat, 28 Feb 2026 12:41:01 +0000`, `28 Feb 2026
// 12:41 GMT`. The zones are an offset, GMT, UT, UTC, Z, and those of North America.
std::optional<Instant> TimeOfMailDate(std::string_view text);
// Returns the offset of a zone that RFC 2822 names, in any case: `-0500` for `EST`. Empty: it names no such zone.
std::string_view OffsetOfMailZone(std::string_view name);
// Reads every form above. A number of more than eleven digits before its point is in milliseconds, else in seconds: the
// same number is a time before 1974 in one of them, or after 2286 in the other.
std::optional<Instant> TimeOfAnyForm(std::string_view text);

}  // namespace leadpulse
