// What an answer means for the batch, and how long to wait before it is posted again.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::delivery {

enum class Verdict {
  kDelivered,    // 2xx
  kAgain,        // 408, 425, 429, 5xx: later it may work
  kRefused,      // other 4xx: not with this content
  kNotReceiver,  // what is left, such as 3xx: this is not the address of a receiver
};
Verdict Judge(int status);

// Of a Retry-After header (RFC 9110 §10.2.3): seconds or a date. Nothing: neither. Never below 0.
std::optional<Millis> ParseRetryAfter(std::string_view text, Instant now);

struct BackoffOptions {
  Millis first{1'000};
  Millis longest{300'000};
};

// What a receiver may ask for at most.
inline constexpr Millis kLongestRetryAfter{3'600'000};

// Exponential, with the upper half of each wait drawn at random, so that many senders do not come back at once.
class Backoff {
 public:
  // `random` gives numbers in [0, 1).
  Backoff(const BackoffOptions& options, std::function<double()> random)
      : options_(options), random_(std::move(random)), next_(options.first) {}

  // After a success.
  void Reset() { next_ = options_.first; }
  // After a failure. What the receiver asks for goes first: at least half of the first wait, at most an hour.
  Millis Next(std::optional<Millis> asked_for);

 private:
  const BackoffOptions options_;
  const std::function<double()> random_;
  Millis next_;
};

}  // namespace leadpulse::delivery
