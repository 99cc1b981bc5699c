// Work on JSON text that the parser cannot do. The functions expect text that is otherwise JSON; for other text the
// result is arbitrary, but they never read beyond its end.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::codec {

// Whether arrays and objects nest deeper than `limit`. Cheap if the text has no more than `limit` of them.
bool NestsDeeperThan(std::string_view json, int limit);

// Writes every integer of 19 digits or more with an exponent, so that the parser reads a double: it refuses integers
// beyond 64 bits, which JSON allows. A number that overflows a double stays unchanged.
std::string SpellLongIntegersAsDoubles(std::string_view json);

}  // namespace leadpulse::codec
