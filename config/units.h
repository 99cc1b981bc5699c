// Durations and sizes with their unit, as settings have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::config {

// What definitions take (`10s`, `"5 minutes"`), and milliseconds: `100ms`, `"100 milliseconds"`. Definitions do not
// take these: no lead's fate hangs on a tenth of a second.
std::optional<Millis> ParsePreciseDuration(std::string_view text);
// Reads back.
std::string SpellPreciseDuration(Millis duration);

// Digits and a unit of 1024: `512B`, `64KiB`, `256MiB`, `"1 GiB"`, `2TiB`. Nothing: not that, or beyond 64 bits.
std::optional<uint64_t> ParseBytes(std::string_view text);
// In the largest unit that fits; reads back.
std::string SpellBytes(uint64_t bytes);

}  // namespace leadpulse::config
