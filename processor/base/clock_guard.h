// Doubts about the wall clock.
//
// The state keeps the latest time and never goes back. If the clock jumped ahead once, nothing would change by time
// until the real time reaches it. So only a new start believes a jump, and a start far from the state's time waits
// until somebody confirms it.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/instant.h"

namespace leadpulse {

// Returns the time since the machine started, with the time that it slept.
Millis BootTime();

// A wall clock that is believed while it agrees with the boot-time clock. Thread-safe.
class ClockGuard : public Clock {
 public:
  // The largest difference between the advances of the wall clock and the boot-time clock that is no jump.
  static constexpr Millis kMaxJump{3'600'000};
  // The largest distance of a start from the last known instant that needs no confirmation.
  static constexpr Millis kMaxFromKnown{365 * kMillisPerDay};

  // Creates a guard of `wall`, which outlives it.
  explicit ClockGuard(const Clock* wall, std::function<Millis()> boot_time = BootTime)
      : wall_(wall), boot_time_(std::move(boot_time)) {}

  // Sets the last instant that is known, before the first call of Now or FindDoubt. Without it, and with DistantPast(),
  // the first time of the wall clock is believed.
  void Begin(Instant known);

  // Returns the wall clock's time. While that is in doubt, what it would be after the last believed time, or the known
  // instant.
  Instant Now() const override;
  std::chrono::steady_clock::time_point Monotonic() const override { return wall_->Monotonic(); }

  // Returns what is doubtful and what to do; nullopt: the clock is believed.
  std::optional<std::string> FindDoubt() const;

 private:
  struct Seen {
    Instant wall;
    Instant believed;
    bool is_start = false;
  };
  Seen Look() const;

  const Clock* const wall_;
  const std::function<Millis()> boot_time_;
  mutable std::mutex mutex_;  // guards the members below
  std::optional<Instant> known_;
  mutable std::optional<std::pair<Instant, Millis>> last_;  // the last believed time, with the boot time
};

}  // namespace leadpulse
