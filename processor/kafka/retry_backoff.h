// When to try again after a failure: after half a second first, then twice as long each time, up to ten seconds. One
// thread.
#pragma once

#include <algorithm>
#include <chrono>

namespace leadpulse::kafka {

class RetryBackoff {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kLongest{10'000};

  // The last attempt failed. Returns how long to wait for the next one.
  std::chrono::milliseconds Fail(Time now) {
    delay_ = failed() ? std::min(2 * delay_, kLongest) : kFirst;
    next_ = now + delay_;
    return delay_;
  }
  void Succeed() { delay_ = {}; }

  bool failed() const { return delay_.count() > 0; }
  // After a failure: when to try again.
  Time next() const { return next_; }
  bool due(Time now) const { return !failed() || now >= next_; }

 private:
  std::chrono::milliseconds delay_{0};  // 0: the last attempt did not fail
  Time next_{};
};

}  // namespace leadpulse::kafka
