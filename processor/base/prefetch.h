// Asking for memory before it is needed: what waits for one lead's memory can work on another's meanwhile.
#pragma once

#include <algorithm>
#include <cstddef>

namespace leadpulse {

// A hint only: reads nothing, and any address is allowed. Of a large area just the beginning, for the processor sees by
// itself where a long walk goes.
inline void PrefetchMemory(const void* begin, size_t bytes) {
  constexpr size_t kLine = 64;
  constexpr size_t kMost = 2048;
  const char* at = static_cast<const char*>(begin);
  for (size_t i = 0; i < std::min(bytes, kMost); i += kLine) __builtin_prefetch(at + i);
  // gcc takes a function that does nothing but prefetch for one without effect, and leaves out the calls of it.
  asm volatile("");
}

}  // namespace leadpulse
