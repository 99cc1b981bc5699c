#include "processor/replay/rate_limit.h"

#include <algorithm>

#include "processor/base/assert.h"

namespace leadpulse::replay {

RateLimit::RateLimit(double per_second, Time start)
    : interval_(Fine(std::chrono::seconds(1)) / per_second), start_(start), next_(interval_) {
  LP_ASSERT(per_second > 0);
}

std::chrono::nanoseconds RateLimit::Take(Time now) {
  const Fine passed = now - start_;
  const Fine at = std::max(next_, passed - Fine(kCatchUp));
  next_ = at + interval_;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::max(Fine::zero(), at - passed));
}

}  // namespace leadpulse::replay
