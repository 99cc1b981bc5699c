// A count of this program's calls of operator new, which linking allocation_count.cc replaces. Any thread.
#pragma once

#include <cstdint>

namespace leadpulse::bench {

uint64_t AllocationCount();

}  // namespace leadpulse::bench
