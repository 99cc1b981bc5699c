// The open connections of a server, and since when it waits for each client: for a request, for the rest of one, or for
// the client to read its answer.
//
// At the limit, the connection that the server has waited for longest is shut down, so that idle and slow clients keep
// no other out. Only the socket is shut down: its owner finds it closed.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>

namespace leadpulse::http {

// From any thread.
class OpenConnections {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Open;
  using Place = std::list<Open>::iterator;
  struct Open {
    int descriptor;
    TimePoint waiting_since;
    bool in_work = false;  // the client waits for the server
    bool leaving = false;  // shut down
  };

  explicit OpenConnections(size_t limit) : limit_(limit) {}

  Place Add(int descriptor, TimePoint now);
  // Before the descriptor is closed.
  void Remove(Place place);
  // Its request is complete; the answer is being prepared or sent.
  void BeginWork(Place place);
  void EndWork(Place place, TimePoint now);
  // Shuts down those that the server has waited for since `when` or longer.
  void ShutDownWaitingSince(TimePoint when);
  size_t count() const;

 private:
  void ShutDown(Place place);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::list<Open> open_;  // by waiting_since; those in work stand anywhere
  size_t staying_ = 0;    // those not shut down
};

}  // namespace leadpulse::http
