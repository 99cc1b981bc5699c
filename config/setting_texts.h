// The form of texts in settings.
#pragma once

#include <cstddef>
#include <string_view>

namespace leadpulse::config {

// 1 to `most_bytes` of A–Z a–z 0–9 _ . -
bool IsNameOf(std::string_view text, size_t most_bytes);
// IPv4 or IPv6 as digits.
bool IsAddress(std::string_view text);

inline bool IsId(std::string_view text) { return IsNameOf(text, 128); }

}  // namespace leadpulse::config
