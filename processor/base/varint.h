// Reads varints in Protobuf's form: base 128, least significant group first.
#pragma once

#include <cstdint>

namespace leadpulse {

enum class VarintOutcome : uint8_t {
  kRead,
  kCut,      // the bytes end within it
  kTooLong,  // it has more than 64 bits
};

// Reads the varint at `*at`, and moves `*at` after it on success. Accepts encodings that are longer than needed.
inline VarintOutcome ReadVarint(const char** at, const char* end, uint64_t* value) {
  uint64_t sum = 0;
  const char* next = *at;
  for (int shift = 0; shift < 64; shift += 7) {
    if (next == end) return VarintOutcome::kCut;
    const auto byte = static_cast<uint8_t>(*next++);
    if (shift == 63 && byte > 1) break;  // the tenth byte has room for one bit only
    sum |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = sum;
      *at = next;
      return VarintOutcome::kRead;
    }
  }
  return VarintOutcome::kTooLong;
}

}  // namespace leadpulse
