// Limits the memory of request bodies: of each, and of all bodies of a server together.
//
// At the limit, the largest body that is still arriving is dropped, so a client that sends slowly or endlessly does not
// keep others out. A complete body stays until its request is answered.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

namespace leadpulse::http {

struct BodyLimits {
  size_t one = 10 << 20;  // bytes of each
  size_t all = 256 << 20;
};

class BodyMemoryBudget;

// The body of one request. Any thread may call it, one at a time.
class Body {
 public:
  enum class State {
    kGood,
    kTooLong,   // longer than its limit; discarded
    kNoMemory,  // dropped at the limit of all bodies; discarded
  };

  ~Body();
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  State Append(std::string_view bytes);
  // Ends the body, which is complete. After kGood, text() is valid as long as this lives.
  State Finish();
  std::string_view text() const { return text_; }

 private:
  friend class BodyMemoryBudget;
  Body(BodyMemoryBudget* budget, size_t max_bytes) : budget_(budget), max_bytes_(max_bytes) {}

  BodyMemoryBudget* const budget_;
  const size_t max_bytes_;
  // Guarded by the budget's mutex until Finish.
  std::string text_;
  State state_ = State::kGood;
};

// The memory of all bodies of a server. Outlives its bodies.
class BodyMemoryBudget {
 public:
  explicit BodyMemoryBudget(const BodyLimits& limits) : limits_(limits) {}

  // Begins a body of at most `max_bytes` and BodyLimits::one.
  std::unique_ptr<Body> Begin(size_t max_bytes);
  // Returns the memory of all bodies now.
  size_t bytes() const;

 private:
  friend class Body;

  void Drop(Body* body, Body::State why);
  // Drops arriving bodies, the largest first, until there is memory for `more` bytes. It may drop `asking`, too.
  void FreeMemory(size_t more, const Body& asking);

  const BodyLimits limits_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;
  std::unordered_set<Body*> arriving_;
};

}  // namespace leadpulse::http
