// Counts the memory that this program takes with `new`. Linking counted_memory.cc replaces the global operators.
#pragma once

#include <cstddef>

namespace leadpulse::testing {

struct MemoryCount {
  size_t peak = 0;   // bytes held at once, beyond what was held at the start
  size_t total = 0;  // bytes taken, whether freed or not
};

// The memory taken since its construction, over all threads. One at a time.
class CountedMemory {
 public:
  CountedMemory();
  MemoryCount count() const;

 private:
  size_t held_before_;
  size_t total_before_;
};

}  // namespace leadpulse::testing
