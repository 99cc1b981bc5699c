// The ids of the latency benchmark's events: `probe-` and 16 digits. Any program can copy such an id from an input
// record to the records it causes, without knowing either format.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace leadpulse::bench {

inline constexpr std::string_view kProbeMark = "probe-";
inline constexpr size_t kProbeDigits = 16;
inline constexpr size_t kProbeSize = kProbeMark.size() + kProbeDigits;

// Returns the position of such an id in a record; npos if there is none.
inline size_t FindProbe(std::string_view bytes) {
  const size_t at = bytes.find(kProbeMark);
  return at != std::string_view::npos && bytes.size() - at >= kProbeSize ? at : std::string_view::npos;
}

inline std::optional<uint64_t> ProbeNumber(std::string_view bytes) {
  const size_t at = FindProbe(bytes);
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  for (const char c : bytes.substr(at + kProbeMark.size(), kProbeDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

}  // namespace leadpulse::bench
