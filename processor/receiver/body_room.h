// The memory in which bodies gather: each has a bound, and all together have one.
//
// Where all of it is taken, the largest body that is still coming makes way, so that who sends much and slowly, or
// without end, keeps nobody else out. What has come whole stays until it is answered.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

namespace leadpulse::receiver {

struct BodyLimits {
  size_t one = 10 << 20;  // bytes of each
  size_t all = 256 << 20;
};

class BodyRoom;

// From any thread, by one at a time.
class GatheredBody {
 public:
  enum class Taken {
    kYes,
    kTooLong,  // than any may be; what came is forgotten
    kNoRoom,   // it has made way, now or before; what came is forgotten
  };

  ~GatheredBody();
  GatheredBody(const GatheredBody&) = delete;
  GatheredBody& operator=(const GatheredBody&) = delete;

  Taken Append(std::string_view bytes);
  // It is whole. What Append would say: only after kYes is there a text, which stays as long as this does.
  Taken Finish();
  std::string_view text() const { return text_; }

 private:
  friend class BodyRoom;
  GatheredBody(BodyRoom* room, size_t max_bytes) : room_(room), max_bytes_(max_bytes) {}

  BodyRoom* const room_;
  const size_t max_bytes_;
  // By the room's mutex, until it is finished.
  std::string text_;
  Taken taken_ = Taken::kYes;
};

class BodyRoom {
 public:
  explicit BodyRoom(const BodyLimits& limits) : limits_(limits) {}

  // This outlives the bodies. One may have at most BodyLimits::one bytes, or fewer where `max_bytes` is less.
  std::unique_ptr<GatheredBody> Begin(size_t max_bytes);
  // What all bodies take now.
  size_t bytes() const;
  const BodyLimits& limits() const { return limits_; }

 private:
  friend class GatheredBody;

  void Forget(GatheredBody* body, GatheredBody::Taken why);
  // Until there is room for so much more: those that come make way, the largest first; `asking` may be one of them.
  void MakeRoom(size_t more, const GatheredBody& asking);

  const BodyLimits limits_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;
  std::unordered_set<GatheredBody*> coming_;
};

}  // namespace leadpulse::receiver
