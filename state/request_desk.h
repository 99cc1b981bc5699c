// Where others ask a process that has a state open for what only it can give: the port that a run calls.
#pragma once

#include <cstddef>

namespace leadpulse::state {

class RequestDesk {
 public:
  virtual ~RequestDesk() = default;

  // Called by the thread that commits while no commit is under way: right after each one, and at times where none comes
  // for long. Costs one look at a directory where nobody asks. Never fails: what goes wrong is the answer. Returns the
  // number of requests answered.
  virtual size_t AnswerRequests() = 0;
};

}  // namespace leadpulse::state
