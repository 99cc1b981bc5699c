#include "processor/receiver/body_room.h"

#include <algorithm>

#include "processor/base/assert.h"

namespace leadpulse::receiver {

using Taken = GatheredBody::Taken;

GatheredBody::~GatheredBody() {
  const std::lock_guard<std::mutex> lock(room_->mutex_);
  room_->bytes_ -= text_.capacity();
  room_->coming_.erase(this);
}

Taken GatheredBody::Append(std::string_view bytes) {
  const std::lock_guard<std::mutex> lock(room_->mutex_);
  if (taken_ != Taken::kYes) return taken_;
  LP_ASSERT(room_->coming_.contains(this));
  const size_t length = text_.size() + bytes.size();
  if (length > max_bytes_) {
    room_->Forget(this, Taken::kTooLong);
    return taken_;
  }
  if (length > text_.capacity()) {
    // Doubled, as a string does by itself, but not beyond what it may ever have.
    const size_t wanted = std::min(std::max(length, 2 * text_.capacity()), std::max(length, max_bytes_));
    const size_t before = text_.capacity();
    room_->MakeRoom(wanted - before, *this);
    if (taken_ != Taken::kYes) return taken_;
    text_.reserve(wanted);
    room_->bytes_ += text_.capacity() - before;
  }
  text_ += bytes;
  return taken_;
}

Taken GatheredBody::Finish() {
  const std::lock_guard<std::mutex> lock(room_->mutex_);
  room_->coming_.erase(this);
  return taken_;
}

std::unique_ptr<GatheredBody> BodyRoom::Begin(size_t max_bytes) {
  std::unique_ptr<GatheredBody> body(new GatheredBody(this, std::min(max_bytes, limits_.one)));
  const std::lock_guard<std::mutex> lock(mutex_);
  bytes_ += body->text_.capacity();
  coming_.insert(body.get());
  return body;
}

size_t BodyRoom::bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return bytes_;
}

void BodyRoom::Forget(GatheredBody* body, Taken why) {
  bytes_ -= body->text_.capacity();
  std::string().swap(body->text_);
  bytes_ += body->text_.capacity();
  body->taken_ = why;
  coming_.erase(body);
}

void BodyRoom::MakeRoom(size_t more, const GatheredBody& asking) {
  const auto smaller = [](const GatheredBody* a, const GatheredBody* b) { return a->text_.size() < b->text_.size(); };
  while (bytes_ + more > limits_.all && asking.taken_ == Taken::kYes) {
    Forget(*std::max_element(coming_.begin(), coming_.end(), smaller), Taken::kNoRoom);
  }
}

}  // namespace leadpulse::receiver
