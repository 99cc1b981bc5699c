// Backup requests to the process that has the state open: the port that a run calls.
#pragma once

#include <cstddef>

namespace leadpulse::state {

class BackupRequestHandler {
 public:
  virtual ~BackupRequestHandler() = default;

  // Called by one thread, after its commits and regularly if there are none. A concurrent commit of another thread is
  // in the copy as a whole or not at all. Without a request it costs one look for a directory. Never fails: errors go
  // into the answer. Returns the number of requests answered.
  virtual size_t AnswerRequests() = 0;
};

}  // namespace leadpulse::state
