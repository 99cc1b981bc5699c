#include "processor/http/body_memory_budget.h"

#include <algorithm>

#include "processor/base/assert.h"

namespace leadpulse::http {

using State = Body::State;

Body::~Body() {
  const std::lock_guard<std::mutex> lock(budget_->mutex_);
  budget_->bytes_ -= text_.capacity();
  budget_->arriving_.erase(this);
}

State Body::Append(std::string_view bytes) {
  const std::lock_guard<std::mutex> lock(budget_->mutex_);
  if (state_ != State::kGood) return state_;
  LP_ASSERT(budget_->arriving_.contains(this));
  const size_t length = text_.size() + bytes.size();
  if (length > max_bytes_) {
    budget_->Drop(this, State::kTooLong);
    return state_;
  }
  if (length > text_.capacity()) {
    // Doubled, as std::string does, but not beyond the limit of this body.
    const size_t wanted = std::min(std::max(length, 2 * text_.capacity()), std::max(length, max_bytes_));
    const size_t before = text_.capacity();
    budget_->FreeMemory(wanted - before, *this);
    if (state_ != State::kGood) return state_;
    text_.reserve(wanted);
    budget_->bytes_ += text_.capacity() - before;
  }
  text_ += bytes;
  return state_;
}

State Body::Finish() {
  const std::lock_guard<std::mutex> lock(budget_->mutex_);
  budget_->arriving_.erase(this);
  return state_;
}

std::unique_ptr<Body> BodyMemoryBudget::Begin(size_t max_bytes) {
  std::unique_ptr<Body> body(new Body(this, std::min(max_bytes, limits_.one)));
  const std::lock_guard<std::mutex> lock(mutex_);
  bytes_ += body->text_.capacity();
  arriving_.insert(body.get());
  return body;
}

size_t BodyMemoryBudget::bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return bytes_;
}

void BodyMemoryBudget::Drop(Body* body, State why) {
  bytes_ -= body->text_.capacity();
  std::string().swap(body->text_);
  bytes_ += body->text_.capacity();
  body->state_ = why;
  arriving_.erase(body);
}

void BodyMemoryBudget::FreeMemory(size_t more, const Body& asking) {
  const auto smaller = [](const Body* a, const Body* b) { return a->text_.size() < b->text_.size(); };
  while (bytes_ + more > limits_.all && asking.state_ == State::kGood) {
    Drop(*std::max_element(arriving_.begin(), arriving_.end(), smaller), State::kNoMemory);
  }
}

}  // namespace leadpulse::http
