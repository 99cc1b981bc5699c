// The time of a simulation, and the actions that are scheduled in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/base/instant.h"

namespace leadpulse::testing {

// A clock that stands still until a test lets time pass. The wall clock can be set forwards and back without time
// passing.
class SimulatedClock : public Clock {
 public:
  explicit SimulatedClock(Instant wall) : wall_(wall) {}

  Instant Now() const override { return wall_; }
  std::chrono::steady_clock::time_point Monotonic() const override { return monotonic_; }

  void Pass(Millis time) {
    wall_ = wall_ + time;
    monotonic_ += time;
  }
  void SetWall(Instant wall) { wall_ = wall; }

 private:
  Instant wall_;
  // Not the clock's epoch, because code that takes that for "never" must not be right by accident.
  std::chrono::steady_clock::time_point monotonic_{std::chrono::hours(1000)};
};

// Work of the cluster that is due later: requests in flight, markers, timeouts. Uses monotonic time only.
class Agenda {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Agenda(SimulatedClock* clock) : clock_(clock) {}

  Time now() const { return clock_->Monotonic(); }

  void After(Millis delay, std::function<void()> action) {
    actions_.emplace(std::pair(now() + delay, ++last_number_), std::move(action));
  }

  // Passes time and runs each action at its due time. An action must not pass time.
  void Pass(Millis time) {
    LP_ASSERT(!is_passing_);
    is_passing_ = true;
    const Time until = now() + time;
    while (!actions_.empty() && actions_.begin()->first.first <= until) {
      auto next = actions_.extract(actions_.begin());
      if (next.key().first > now()) clock_->Pass(std::chrono::duration_cast<Millis>(next.key().first - now()));
      next.mapped()();
    }
    clock_->Pass(std::chrono::duration_cast<Millis>(until - now()));
    is_passing_ = false;
  }

 private:
  SimulatedClock* const clock_;
  std::map<std::pair<Time, uint64_t>, std::function<void()>> actions_;
  uint64_t last_number_ = 0;
  bool is_passing_ = false;
};

}  // namespace leadpulse::testing
