// LP_ASSERT checks what must be true if the program itself is right, also in release builds: a stream processor that
// continues after a broken invariant would store wrong results. Never for input.
#pragma once

namespace leadpulse {

// Prints the condition, file and line to standard error and aborts.
[[noreturn]] void AssertionFailed(const char* condition, const char* file, int line);

}  // namespace leadpulse

#define LP_ASSERT(condition)                                        \
  do {                                                              \
    if (!(condition)) [[unlikely]] {                                \
      ::leadpulse::AssertionFailed(#condition, __FILE__, __LINE__); \
    }                                                               \
  } while (false)
