// So many records a second.
#pragma once

#include <chrono>

namespace leadpulse::replay {

// A token bucket that is empty at the beginning: at no moment have more than `rate` a second been let through since the
// start, and a caller that was held up catches up on as much as kCatchUp of it. Owned and called by one thread.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What stalls of a disk or a broker may take without the rate over the run being lower for it.
  static constexpr std::chrono::seconds kCatchUp{1};

  // `per_second` is above 0.
  RateLimit(double per_second, Time start);

  // For one record: how long to wait before it is sent. The record counts as sent then.
  std::chrono::nanoseconds Take(Time now);

 private:
  using Fine = std::chrono::duration<double, std::nano>;

  const Fine interval_;
  const Time start_;
  Fine next_;  // since start_: when the next one may be sent
};

}  // namespace leadpulse::replay
