// The open connections of a server, and since when each is idle: the server waits for a request, for the rest of one,
// or for the client to read its response.
//
// At the limit, the connection that has been idle longest is shut down, so idle and slow clients do not keep others
// out. Only the socket is shut down: its owner finds it closed.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>

namespace leadpulse::http {

// The open connections of one server. Thread-safe.
class OpenConnections {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Open;
  using Handle = std::list<Open>::iterator;
  struct Open {
    int descriptor;
    TimePoint waiting_since;
    bool in_work = false;  // the client waits for the server
    bool leaving = false;  // shut down
  };

  explicit OpenConnections(size_t limit) : limit_(limit) {}

  Handle Add(int descriptor, TimePoint now);
  // Removes a connection, before its descriptor is closed.
  void Remove(Handle handle);
  // Notes that the request is complete; the response is being prepared or sent.
  void BeginWork(Handle handle);
  void EndWork(Handle handle, TimePoint now);
  // Shuts down connections that have been idle since `when` or longer.
  void ShutDownWaitingSince(TimePoint when);
  size_t count() const;

 private:
  void ShutDown(Handle handle);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::list<Open> open_;  // ordered by waiting_since, except those in work
  size_t staying_ = 0;    // those not shut down
};

}  // namespace leadpulse::http
