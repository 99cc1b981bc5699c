// Times and dates in people's files. A cell alone is never guessed: the order of day and month comes from an option, or
// from all cells of its column (date_finder.h), and the time zone must be given. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/written_times.h"
#include "processor/importing/problem.h"

namespace leadpulse::importing {

// Loads a zone of the IANA database. It is a problem if there is none with that name.
std::optional<Problem> LoadZone(const std::string& name, absl::TimeZone* zone);

// Reads RFC 3339 and similar formats (a space for the `T`, no seconds, AM and PM, `UTC`), a date alone (its first
// instant), RFC 2822 and other dates whose month is a word (processor/base/month_names.h), seconds,
// milliseconds or microseconds since 1970. A problem, as the end of a sentence that begins with the text: it is not a
// time, or it has no zone and none was given.
std::optional<Problem> ReadTime(std::string_view text, const TimeFormat& format, Instant* time);

// Reads the value of a `date` in the same forms: YYYY-MM-DD, or RFC 3339 with a time. A text in such a form stays as it
// is.
std::optional<Problem> ReadDate(std::string_view text, const TimeFormat& format, std::string* date);

// Reads the value of a `day`, in the same forms. Midnight, in whatever zone, or in none, is the date as written.
std::optional<Problem> ReadDay(std::string_view text, const TimeFormat& format, std::string* day);

// Returns the date that the text begins with, whatever its time and zone: `2026-12-31`. nullopt: it is no date or time
// in this format, or the time does not exist.
std::optional<std::string> DateWritten(std::string_view text, const std::optional<DatePattern>& pattern);

}  // namespace leadpulse::importing
