// The wall clock as a parameter: no other folder asks the operating system for the time.
#pragma once

#include <chrono>

#include "processor/base/instant.h"

namespace leadpulse {

// Returns a time that only goes forward, for rates, progress and epoch bounds; not related to the calendar.
inline std::chrono::steady_clock::time_point MonotonicNow() { return std::chrono::steady_clock::now(); }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  // Returns MonotonicNow; a test's clock may override it.
  virtual std::chrono::steady_clock::time_point Monotonic() const { return MonotonicNow(); }
};

// The operating system's clock. Thread-safe.
class SystemClock : public Clock {
 public:
  Instant Now() const override {
    return {std::chrono::floor<Millis>(std::chrono::system_clock::now().time_since_epoch()).count()};
  }
};

// A clock that a test sets.
class FixedClock : public Clock {
 public:
  explicit FixedClock(Instant now) : now_(now) {}
  Instant Now() const override { return now_; }
  void Set(Instant now) { now_ = now; }

 private:
  Instant now_;
};

}  // namespace leadpulse
