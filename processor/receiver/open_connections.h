// Who is connected, and since when they keep us waiting: for a request, for the rest of it, for taking their answer.
//
// Where one would be too many, the one that has kept us waiting longest makes way, so that idle and slow ones keep
// nobody out; and who takes longer than is right for a whole request is closed. Only the socket is shut down: whoever
// owns it finds it closed.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>

namespace leadpulse::receiver {

// From any thread.
class OpenConnections {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Open;
  using Place = std::list<Open>::iterator;
  struct Open {
    int descriptor;
    TimePoint waiting_since;
    bool in_work = false;  // now it waits for us
    bool leaving = false;  // shut down
  };

  explicit OpenConnections(size_t limit) : limit_(limit) {}

  Place Add(int descriptor, TimePoint now);
  // Before the descriptor is closed.
  void Remove(Place place);
  // Its request is whole; its answer is on its way.
  void BeginWork(Place place);
  void EndWork(Place place, TimePoint now);
  // Those that keep us waiting since then or longer leave.
  void ShutDownWaitingSince(TimePoint when);
  size_t count() const;

 private:
  void ShutDown(Place place);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::list<Open> open_;  // by waiting_since, those in work anywhere
  size_t staying_ = 0;    // that do not leave
};

}  // namespace leadpulse::receiver
