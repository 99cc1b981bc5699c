// Decides whether a worker joins the group again after another member has taken its instance id.
//
// That member may be the worker itself: if a broker is killed before it answers a request to join, the request still
// takes the id (KIP-345). Such a member loses the id when its session ends. So the worker joins again at once, which
// takes the id back. If it is fenced again soon, it waits and asks the group: a member that has the id for longer than
// a session is another process.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

// Owned and called by one worker.
class InstanceClaim {
 public:
  // The first two outlive this. `session`: the group's session timeout.
  InstanceClaim(Connection* connection, const Clock* clock, std::chrono::milliseconds session)
      : connection_(connection), clock_(clock), session_(session) {}

  // Call it after a fence until it returns true; then the worker joins with a new consumer. Fatal: another process has
  // the id; the message begins with `fenced`, the consumer's error.
  Result<bool> MayJoin(const std::string& fenced);

 private:
  using Time = std::chrono::steady_clock::time_point;

  Result<bool> Ask(const std::string& fenced);

  Connection* const connection_;
  const Clock* const clock_;
  const std::chrono::milliseconds session_;
  std::optional<Time> joined_;      // when the worker last joined again
  bool asks_ = false;               // fenced twice, and not joined since
  std::optional<Time> held_since_;  // since when `holder_` has had the id
  std::string holder_;              // the member's own id
  Time next_question_{};
};

}  // namespace leadpulse::kafka
