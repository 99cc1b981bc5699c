// Memory prefetching: while one lead's memory is on its way, another lead is worked on.
#pragma once

#include <algorithm>
#include <cstddef>

namespace leadpulse {

// A hint: any address is allowed. Prefetches only the beginning of a large area, because the processor predicts long
// sequential reads itself.
inline void PrefetchMemory(const void* begin, size_t bytes) {
  constexpr size_t kLine = 64;
  constexpr size_t kMost = 2048;
  const char* at = static_cast<const char*>(begin);
  for (size_t i = 0; i < std::min(bytes, kMost); i += kLine) __builtin_prefetch(at + i);
  // gcc treats a function that only prefetches as one without effect, and removes the calls.
  asm volatile("");
}

}  // namespace leadpulse
