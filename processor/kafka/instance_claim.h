// Whether a worker whose instance id another member of its group has taken joins the group again.
//
// That member may be nobody: a request to join that the worker sent itself, and whose answer it never heard because the
// broker was killed, takes the id as well (KIP-345). Such a member loses the id when its session ends. So the worker
// joins again at once, which takes the id back. Fenced again soon, it waits and asks the group: a member that keeps the
// id for longer than a session is another process.
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
  // The first two outlive this. `session`: after it the group drops a member without a sign of life.
  InstanceClaim(Connection* connection, const Clock* clock, std::chrono::milliseconds session)
      : connection_(connection), clock_(clock), session_(session) {}

  // To be asked after a fence, again and again until it says true: the worker joins with a new consumer. False: not
  // yet. Fatal: another process has the id; the message begins with `fenced`, which is what the consumer said.
  Result<bool> MayJoin(const std::string& fenced);

 private:
  using Time = std::chrono::steady_clock::time_point;

  Result<bool> Ask(const std::string& fenced);

  Connection* const connection_;
  const Clock* const clock_;
  const std::chrono::milliseconds session_;
  std::optional<Time> joined_;      // when it last joined again
  bool asks_ = false;               // it has been fenced twice, and has not joined since
  std::optional<Time> held_since_;  // `holder_` has been seen with the id since
  std::string holder_;              // the member's own id
  Time next_question_{};
};

}  // namespace leadpulse::kafka
