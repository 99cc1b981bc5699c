// LP_ASSERT: what must hold if the program itself is right. It stays on in release builds, for a stream
// processor that goes on after a broken invariant writes wrong answers that last. Never for input.
#pragma once

namespace leadpulse {

// Prints the condition and its place to standard error and aborts.
[[noreturn]] void AssertionFailed(const char* condition, const char* file, int line);

}  // namespace leadpulse

#define LP_ASSERT(condition)                                        \
  do {                                                              \
    if (!(condition)) [[unlikely]] {                                \
      ::leadpulse::AssertionFailed(#condition, __FILE__, __LINE__); \
    }                                                               \
  } while (false)
