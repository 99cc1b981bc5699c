#include "processor/http/open_connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace leadpulse::http {

OpenConnections::Handle OpenConnections::Add(int descriptor, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++staying_;
  const Handle handle = open_.insert(open_.end(), Open{descriptor, now});
  if (staying_ > limit_) {
    // This may be the new one, if all others are in work.
    ShutDown(std::find_if(open_.begin(), handle, [](const Open& open) { return !open.in_work && !open.leaving; }));
  }
  return handle;
}

void OpenConnections::Remove(Handle handle) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!handle->leaving) --staying_;
  open_.erase(handle);
}

void OpenConnections::BeginWork(Handle handle) {
  const std::lock_guard<std::mutex> lock(mutex_);
  handle->in_work = true;
}

void OpenConnections::EndWork(Handle handle, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  handle->in_work = false;
  handle->waiting_since = now;
  open_.splice(open_.end(), open_, handle);
}

void OpenConnections::ShutDownWaitingSince(TimePoint when) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Handle handle = open_.begin(); handle != open_.end() && handle->waiting_since <= when; ++handle) {
    if (!handle->in_work && !handle->leaving) ShutDown(handle);
  }
}

size_t OpenConnections::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return open_.size();
}

void OpenConnections::ShutDown(Handle handle) {
  handle->leaving = true;
  --staying_;
  shutdown(handle->descriptor, SHUT_RDWR);
}

}  // namespace leadpulse::http
