// Posts the committed changes of a run to an address in batches, in order. Each batch is retried until it is taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/delivery/answers.h"
#include "processor/delivery/http_port.h"
#include "processor/delivery/position_file.h"
#include "processor/delivery/refused_file.h"

namespace leadpulse::delivery {

struct ChangeFilter {
  std::set<std::string> kinds;    // `TIER_CHANGED`; empty: all
  std::set<std::string> tenants;  // empty: all
  bool skip_backfill = false;     // changes by history sent late on purpose, and by new definitions

  // Rejected: the line is not a change.
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
  HttpPort* port;
  const Clock* clock;
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

// The position is durable after each taken batch, and at the end. Delivery is at least once: if the process is killed
// after the receiver's answer and before the position is saved, the batch is posted again. Errors: those of
// CommittedChanges and PositionFile; rejected if the receiver refuses a batch.
Result<DeliverySummary> Deliver(const DeliveryOptions& options, const DeliveryEnvironment& environment);

}  // namespace leadpulse::delivery
