#include "processor/http/open_connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace leadpulse::http {

OpenConnections::Place OpenConnections::Add(int descriptor, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++staying_;
  const Place place = open_.insert(open_.end(), Open{descriptor, now});
  if (staying_ > limit_) {
    // This may be the new one, if all others are in work.
    ShutDown(std::find_if(open_.begin(), place, [](const Open& open) { return !open.in_work && !open.leaving; }));
  }
  return place;
}

void OpenConnections::Remove(Place place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!place->leaving) --staying_;
  open_.erase(place);
}

void OpenConnections::BeginWork(Place place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  place->in_work = true;
}

void OpenConnections::EndWork(Place place, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  place->in_work = false;
  place->waiting_since = now;
  open_.splice(open_.end(), open_, place);
}

void OpenConnections::ShutDownWaitingSince(TimePoint when) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Place place = open_.begin(); place != open_.end() && place->waiting_since <= when; ++place) {
    if (!place->in_work && !place->leaving) ShutDown(place);
  }
}

size_t OpenConnections::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return open_.size();
}

void OpenConnections::ShutDown(Place place) {
  place->leaving = true;
  --staying_;
  shutdown(place->descriptor, SHUT_RDWR);
}

}  // namespace leadpulse::http
