// Numbers and durations as people type them: the one reading of both, for every form.
//
// What may mean two numbers is refused with what to type instead, so that no number is silently another one. Pages show
// `1,000.5`, so a comma before three digits is between groups; a point before three digits may be either, and is
// refused.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/number.h"
#include "processor/base/status.h"

namespace leadpulse::serve {

// Returns the text in quotation marks, as sentences quote it.
std::string Quoted(std::string_view text);

// Reads `1000`, `1,000`, `1 000`, `1'000`, `-2.5`, `2,5` or `1.000,50`. One of `words` may follow, in any case: `3
// times`. Rejected, with a sentence that says what to type: it is no number, or may mean two.
Result<Number> ReadTypedNumber(std::string_view text, std::initializer_list<std::string_view> words = {});
// Returns the number so that it is read as itself: `1.2340`, because `1.234` may be another one.
std::string NumberToType(const Number& number);
// Reads a whole number in the same way. Rejected: it has decimals or more than 18 digits.
Result<int64_t> ReadTypedInteger(std::string_view text, std::initializer_list<std::string_view> words = {});

// Who takes a duration. A rule takes `30` as days, and no part of a second.
enum class DurationUse : uint8_t { kRule, kDefinition };
// Reads `30 days`, `2w` or `1.5 hours`. Rejected, with a sentence: it is none, not above 0, too exact, or in months,
// years or `m`, which may be minutes.
Result<Millis> ReadTypedDuration(std::string_view text, DurationUse use);

// Returns the duration, of whole seconds, as rules take it; in days if it has whole days: `30 days`, `36 hours`.
std::string DurationForRules(Millis duration);
// Returns the duration as definitions spell it, but so that ReadTypedDuration reads it: `14d`, `90 minutes`.
std::string DurationToType(Millis duration);

}  // namespace leadpulse::serve
