// The log of a doubtful clock: a warning at once and then each minute, and a line when it is over.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "processor/telemetry/logging.h"

namespace leadpulse::telemetry {

// Used by one thread.
class ClockLog {
 public:
  // Logs what ClockGuard::FindDoubt returned at `now`, a monotonic time.
  void Log(const std::optional<std::string>& doubt, std::chrono::steady_clock::time_point now) {
    if (!doubt.has_value()) {
      if (next_.has_value()) LogWarning("the clock of this machine is plausible again: the run goes on");
      next_.reset();
      return;
    }
    if (next_.has_value() && now < *next_) return;
    LogWarning(*doubt);
    next_ = now + std::chrono::minutes(1);
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> next_;  // when to log again; nullopt: no doubt
};

}  // namespace leadpulse::telemetry
