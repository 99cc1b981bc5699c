// The months and the days of the week in the languages that exports are written in. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace leadpulse {

// Returns the month, from 1, that the word names or shortens, in any case: `Dec`, `Dezember`, `déc`; 0: it names none.
// Returns 0 for a word that names different months in two languages, too.
int32_t MonthOfName(std::string_view word);

// Whether the word names or shortens a day of the week in English, as RFC 2822 does.
bool IsDayOfTheWeek(std::string_view word);

}  // namespace leadpulse
