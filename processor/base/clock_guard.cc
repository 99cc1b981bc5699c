#include "processor/base/clock_guard.h"

#include <time.h>

namespace leadpulse {
namespace {

Millis Apart(Instant a, Instant b) { return a > b ? a - b : b - a; }

}  // namespace

Millis BootTime() {
  struct timespec now {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<Millis>(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

void ClockGuard::Begin(Instant known) {
  const std::lock_guard lock(mutex_);
  last_.reset();
  known_.reset();
  if (known != Instant::DistantPast()) known_ = known;
}

// Compares the clocks. A believed time is the next one to compare with, so clocks may drift apart slowly.
ClockGuard::Seen ClockGuard::Look() const {
  const std::lock_guard lock(mutex_);
  const Millis boot = boot_time_();
  const Instant wall = wall_->Now();
  if (!last_ && known_ && Apart(wall, *known_) > kMaxFromKnown) return {wall, *known_, /*is_start=*/true};
  if (last_) {
    const Instant expected = last_->first + (boot - last_->second);
    if (Apart(wall, expected) > kMaxJump) return {wall, expected};
  }
  last_ = {wall, boot};
  return {wall, wall};
}

Instant ClockGuard::Now() const { return Look().believed; }

std::optional<std::string> ClockGuard::FindDoubt() const {
  const Seen seen = Look();
  if (seen.wall == seen.believed) return std::nullopt;
  const bool is_behind = seen.wall < seen.believed;
  const std::string wrong = seen.is_start ? std::string(", more than a year ") + (is_behind ? "before" : "after") +
                                                " the last instant of the state, "
                                          : ", but by the time since the start of this machine it is ";
  const std::string advice =
      seen.is_start && is_behind
          ? ". If it is right, an earlier run took a wrong instant: restore a backup from before, or start the run "
            "again with --accept-clock; then nothing changes by time until that instant"
          : ", or, if it is right, start the run again with --accept-clock";
  return "the clock of this machine says " + FormatRfc3339(seen.wall) + wrong + FormatRfc3339(seen.believed) +
         ". The run waits until it is plausible. Set the clock (timedatectl)" + advice;
}

}  // namespace leadpulse
