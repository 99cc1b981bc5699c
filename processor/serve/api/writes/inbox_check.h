// Checks whether the run reads the front's inbox: a write that nobody reads must not be confirmed.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// The advice if nobody reads it.
inline constexpr char kFollowTheInbox[] =
    "start the run with one more --input, the front's inbox, or give the front the settings of a live run";

// Thread-safe.
class InboxCheck {
 public:
  // `inbox`: the absolute path of a folder, or the topic of commands. All outlive this.
  InboxCheck(std::string inbox, RunClient* run, const Clock* clock)
      : inbox_(std::move(inbox)), run_(*run), clock_(*clock) {}

  // nullopt: no run answers. Asks again after ten seconds, or if the last answer was not yes.
  std::optional<bool> IsFollowed();

 private:
  const std::string inbox_;
  RunClient& run_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> followed_at_;  // guarded by mutex_
};

}  // namespace leadpulse::serve
