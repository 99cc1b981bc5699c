#include "processor/http/response_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace leadpulse::http {

ResponseStream::Written ResponseStream::Write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (end_ != State::kWait) return Written::kEnded;
  if (bytes.size() > max_bytes_ - bytes_.size()) {
    EndCut();
    return Written::kTooSlow;
  }
  bytes_ += bytes;
  Resume();
  return Written::kTaken;
}

void ResponseStream::Close() {
  const std::lock_guard lock(mutex_);
  if (end_ == State::kWait) End(State::kEnd);
}

void ResponseStream::Cut() {
  const std::lock_guard lock(mutex_);
  if (end_ == State::kWait) EndCut();
}

size_t ResponseStream::waiting() const {
  const std::lock_guard lock(mutex_);
  return bytes_.size();
}

ResponseStream::Part ResponseStream::Take(char* to, size_t size, const std::function<void()>& suspend,
                                          std::function<void()> resume) {
  const std::lock_guard lock(mutex_);
  if (end_ == State::kCut) return {State::kCut};
  if (bytes_.empty()) {
    if (end_ == State::kEnd) return {State::kEnd};
    suspend();
    resume_ = std::move(resume);
    return {State::kWait};
  }
  const size_t taken = std::min(size, bytes_.size());
  std::memcpy(to, bytes_.data(), taken);
  bytes_.erase(0, taken);
  return {State::kBytes, taken};
}

void ResponseStream::Abandon() {
  const std::lock_guard lock(mutex_);
  resume_ = nullptr;
  bytes_.clear();
  end_ = State::kCut;
}

void ResponseStream::EndCut() {
  bytes_.clear();
  End(State::kCut);
}

void ResponseStream::End(State state) {
  end_ = state;
  Resume();
}

void ResponseStream::Resume() {
  if (resume_) std::exchange(resume_, nullptr)();
}

}  // namespace leadpulse::http
