// What the JSON parser leaves to be done on the text itself. Both functions want text that is otherwise JSON; of other
// text they return something, and never read beyond its end.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::codec {

// Whether arrays and objects nest deeper than `limit`. Cheap where the text holds no more than that many.
bool NestsDeeperThan(std::string_view json, int limit);

// The text with every integer of 19 digits or more spelt with an exponent, which the parser takes for a double: it
// refuses integers beyond 64 bits, and JSON does not. What overflows a double stays as it is.
std::string SpellLongIntegersAsDoubles(std::string_view json);

}  // namespace leadpulse::codec
