// How often this program has called operator new: linking allocation_count.cc replaces it. Any thread.
#pragma once

#include <cstdint>

namespace leadpulse::bench {

uint64_t AllocationCount();

}  // namespace leadpulse::bench
