// Parses and formats strings in settings: names, addresses, durations and sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::config {

// Whether it has 1 to `most_bytes` of A–Z a–z 0–9 _ . -
bool IsNameOf(std::string_view text, size_t most_bytes);
// Whether it is IPv4 or IPv6 in digits.
bool IsAddress(std::string_view text);

inline bool IsId(std::string_view text) { return IsNameOf(text, 128); }

// Parses a duration as in definitions (`10s`, `"5 minutes"`) or in milliseconds (`100ms`, `"100 milliseconds"`), which
// definitions do not need.
std::optional<Millis> ParsePreciseDuration(std::string_view text);
// Formats with the largest unit that fits: `30d`, `12h`, `90s`, `100ms`. ParsePreciseDuration reads the result.
std::string SpellPreciseDuration(Millis duration);

// Parses digits and a unit of 1024: `512B`, `64KiB`, `256MiB`, `"1 GiB"`, `2TiB`. nullopt for another form, or beyond
// 64 bits.
std::optional<uint64_t> ParseBytes(std::string_view text);
// Formats with the largest unit that fits. ParseBytes reads the result.
std::string SpellBytes(uint64_t bytes);

}  // namespace leadpulse::config
