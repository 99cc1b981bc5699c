// Whether to ask a run that could not be reached.
//
// A machine that is gone answers nothing, not even that nobody listens: each connection to it waits for its whole
// patience. While a run is known to be gone, queries do not wait for it.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "processor/base/status.h"

namespace leadpulse::serve {

// How long a connection to a run may take.
inline constexpr std::chrono::milliseconds kConnectPatience{2'000};

// Thread-safe.
class Outage {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The failure of the last query, if there is no use in asking again yet.
  std::optional<Status> Current(Time now) const;
  // A query that began at `begun` has failed at `now`.
  void Failed(const Status& failure, Time begun, Time now);
  void Answered();

 private:
  mutable std::mutex mutex_;
  std::optional<Status> failure_;  // guarded by mutex_, as until_
  Time until_;
};

}  // namespace leadpulse::serve
