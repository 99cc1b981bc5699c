// Posts the committed changes of a run to an address in batches, in order. Each batch is retried until it is taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/delivery/delivery_metrics.h"
#include "processor/delivery/position_file.h"
#include "processor/delivery/refused_file.h"
#include "processor/http/client.h"

namespace leadpulse::delivery {

// What an answer means for the batch.
enum class Verdict {
  kDelivered,    // 2xx
  kAgain,        // 408, 425, 429, 5xx, no final status of HTTP: may succeed later
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
  // Starts with the first wait. `random` returns numbers in [0, 1).
  Backoff(const BackoffOptions& options, std::function<double()> random)
      : options_(options), random_(std::move(random)), next_(options.first) {}

  // Resets the wait after a success.
  void Reset() { next_ = options_.first; }
  // Returns the wait after a failure. The receiver's has priority, within half of the first wait and one hour.
  Millis Next(std::optional<Millis> asked_for);

 private:
  const BackoffOptions options_;
  const std::function<double()> random_;
  Millis next_;
};

struct ChangeFilter {
  std::set<std::string> kinds;    // `TIER_CHANGED`; empty: all
  std::set<std::string> tenants;  // empty: all
  bool skip_backfill = false;     // changes by history sent late on purpose, and by new definitions

  // Whether the line is selected. Rejected: it is not a change.
  Result<bool> Selects(std::string_view line) const;
};

struct DeliveryOptions {
  std::string changes;               // a run's changes.jsonl
  std::string address;               // for messages: only scheme and host, because the rest may contain a secret
  std::vector<std::string> headers;  // for each post, besides Content-Type and the signature
  std::vector<std::string> secrets;  // each signs; the newest first. Empty: posts are not signed
  ChangeFilter filter;
  size_t batch = 100;  // changes in a post, at most
  bool once = false;   // end after the changes that were committed at the start; else go on until stopped
  BackoffOptions backoff;
};

struct DeliveryEnvironment {
  http::Client* client;
  const Clock* clock;
  DeliveryMetrics* metrics;
  PositionFile* position;
  RefusedFile* refused;           // null: a refused batch ends the delivery
  const std::atomic<bool>* stop;  // true ends the delivery soon
  // Sleeps for that time, or until `stop` is true.
  std::function<void(Millis)> pause;
  std::function<double()> random;  // in [0, 1)
};

struct DeliverySummary {
  uint64_t delivered = 0;  // changes
  uint64_t posts = 0;      // posts that the receiver took
  uint64_t failed = 0;     // posts that failed
  uint64_t refused = 0;    // changes written to the file of refused ones
  uint64_t left_out = 0;   // changes that the filter skipped
};

// Delivers at least once: if the process is killed after the receiver's answer and before the position is saved, the
// batch is posted again. The position is durable after each taken batch, and at the end. Errors: those of
// CommittedChanges and PositionFile; rejected if the receiver refuses a batch.
Result<DeliverySummary> Deliver(const DeliveryOptions& options, const DeliveryEnvironment& environment);

}  // namespace leadpulse::delivery
