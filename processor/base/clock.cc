#include "processor/base/clock.h"

namespace leadpulse {

Instant SystemClock::Now() const {
  auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::floor<Millis>(since_epoch).count()};
}

std::chrono::steady_clock::time_point MonotonicNow() { return std::chrono::steady_clock::now(); }

}  // namespace leadpulse
