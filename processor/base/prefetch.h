// Memory prefetching: while one lead's memory is on its way, the processor works on another lead.
#pragma once

#include <algorithm>
#include <cstddef>

namespace leadpulse {

// Prefetches memory: a hint, so any address is allowed. Prefetches only the beginning of a large area, because the
// processor predicts long sequential reads itself.
inline void PrefetchMemory(const void* begin, size_t bytes) {
  constexpr size_t kLine = 64;
  constexpr size_t kMost = 2048;
  const char* at = static_cast<const char*>(begin);
  for (size_t i = 0; i < std::min(bytes, kMost); i += kLine) __builtin_prefetch(at + i);
  // gcc assumes that a function that only prefetches has no effect, and removes the calls.
  asm volatile("");
}

}  // namespace leadpulse
