// Where others ask a process that has a state open for what only it can give: the port that a run calls.
#pragma once

#include <cstddef>

namespace leadpulse::state {

class BackupRequestHandler {
 public:
  virtual ~BackupRequestHandler() = default;

  // Called by one thread, after its commits and at times where none comes for long. A commit that another thread makes
  // meanwhile is in the copy whole, or not at all. Costs one look at a directory where nobody asks. Never fails: what
  // goes wrong is the answer. Returns the number of requests answered.
  virtual size_t AnswerRequests() = 0;
};

}  // namespace leadpulse::state
