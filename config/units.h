// Durations and sizes with units in settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::config {

// A duration as in definitions (`10s`, `"5 minutes"`) or in milliseconds (`100ms`, `"100 milliseconds"`), which
// definitions do not need.
std::optional<Millis> ParsePreciseDuration(std::string_view text);
// ParsePreciseDuration reads the result.
std::string SpellPreciseDuration(Millis duration);

// Digits and a unit of 1024: `512B`, `64KiB`, `256MiB`, `"1 GiB"`, `2TiB`. nullopt for another form, or beyond 64 bits.
std::optional<uint64_t> ParseBytes(std::string_view text);
// In the largest unit that fits. ParseBytes reads the result.
std::string SpellBytes(uint64_t bytes);

}  // namespace leadpulse::config
