// Posts the committed changes of a run to an address, one batch after the other, each until it is taken.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/delivery/answers.h"
#include "processor/delivery/change_filter.h"
#include "processor/delivery/http_port.h"
#include "processor/delivery/position_file.h"
#include "processor/delivery/refused_file.h"

namespace leadpulse::delivery {

struct DeliveryOptions {
  std::string changes;               // of a run: its changes.jsonl
  std::string address;               // for messages: scheme and host, for the rest may be a secret
  std::vector<std::string> headers;  // of each post, beside those of Content-Type and signature
  std::vector<std::string> secrets;  // each signs; the newest first. Empty: posts are not signed
  ChangeFilter filter;
  size_t batch = 100;  // changes of a post, at most
  bool once = false;   // ends where what was committed at the start is delivered; else goes on until stopped
  BackoffOptions backoff;
};

struct DeliveryEnvironment {
  HttpPort* port;
  const Clock* clock;
  PositionFile* position;
  RefusedFile* refused;           // null: a batch that is refused ends the delivery
  const std::atomic<bool>* stop;  // ends it soon
  // Sleeps so long, or until `stop` is true.
  std::function<void(Millis)> pause;
  std::function<double()> random;  // in [0, 1)
};

struct DeliverySummary {
  uint64_t delivered = 0;  // changes
  uint64_t posts = 0;      // that were taken
  uint64_t failed = 0;     // tries that were not
  uint64_t refused = 0;    // changes set aside
  uint64_t left_out = 0;   // changes by the filter
};

// The position is durable after each batch that was taken, and at the end. At least once: killed between the receiver's
// answer and the position, a batch is posted again. Errors: of CommittedChanges and PositionFile; rejected: the
// receiver refuses a batch.
Result<DeliverySummary> Deliver(const DeliveryOptions& options, const DeliveryEnvironment& environment);

}  // namespace leadpulse::delivery
