// What an answer means for the batch, and how long to wait before it is posted again.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::delivery {

enum class Verdict {
  kDelivered,    // 2xx
  kAgain,        // 408, 425, 429, 5xx: may succeed later
  kRefused,      // other 4xx: the receiver refuses this content
  kNotReceiver,  // others, such as 3xx: this is not the address of a receiver
};
Verdict Judge(int status);

// Parses a Retry-After header (RFC 9110 §10.2.3), seconds or a date. nullopt if it is neither. Never below 0.
std::optional<Millis> ParseRetryAfter(std::string_view text, Instant now);

struct BackoffOptions {
  Millis first{1'000};
  Millis longest{300'000};
};

// The longest wait that a receiver may ask for.
inline constexpr Millis kLongestRetryAfter{3'600'000};

// Exponential backoff. The upper half of each wait is random, so that many senders do not come back at once.
class Backoff {
 public:
  // `random` returns numbers in [0, 1).
  Backoff(const BackoffOptions& options, std::function<double()> random)
      : options_(options), random_(std::move(random)), next_(options.first) {}

  // After a success.
  void Reset() { next_ = options_.first; }
  // After a failure. The receiver's wait has priority, within half of the first wait and one hour.
  Millis Next(std::optional<Millis> asked_for);

 private:
  const BackoffOptions options_;
  const std::function<double()> random_;
  Millis next_;
};

}  // namespace leadpulse::delivery
