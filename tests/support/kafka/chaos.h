// Which faults happen, and how often. One seeded generator decides, so a seed replays the same way.
#pragma once

#include <cstdint>

#include "processor/base/instant.h"
#include "tests/support/workload/random.h"

namespace leadpulse::testing {

// Rates per thousand. If all but `early_send` are 0, there are no faults.
struct ChaosRates {
  // Requests of a transactional producer.
  int lost_requests = 0;      // never executed
  int late_requests = 0;      // executed after the call has returned
  int unanswered = 0;         // executed, but the call gets no answer
  int repeated_requests = 0;  // executed and answered, and executed once more later
  int given_up = 500;         // unanswered ends of transactions after which the producer is lost; else it calls again
  int early_send = 300;       // calls of Produce that send the queue, as a full batch does
  int unsent_batches = 0;  // batches that are never sent, however often it is tried, so the transaction must be aborted

  int slow_markers = 0;        // markers of ended transactions
  int failed_queries = 0;      // queries of the consumer and the reader; the error is retriable
  int failed_assignments = 0;  // the consumer cannot take its partitions over, and joins again
  int empty_polls = 0;         // though there are records
  int repeated_joins = 0;      // joins without a member id that are executed once more later; nobody gets that answer

  // The longest delay of a late or repeated request or join, and of a slow marker.
  Millis longest_delay{3000};
};

enum class RequestFate : uint8_t { kPrompt, kLost, kLate, kUnanswered, kRepeated };

class Chaos {
 public:
  explicit Chaos(uint64_t seed) : random_(seed) {}

  ChaosRates rates;

  workload::Random& random() { return random_; }
  bool Happens(int rate) { return rate > 0 && random_.Below(1000) < rate; }
  Millis Delay() { return Millis(random_.Between(1, rates.longest_delay.count())); }
  // Draws the latency of one way through a healthy network.
  Millis Latency() { return Millis(random_.Between(0, 1)); }
  Millis MarkerDelay() { return Happens(rates.slow_markers) ? Delay() : Latency(); }

  RequestFate PickFate() {
    if (Happens(rates.lost_requests)) return RequestFate::kLost;
    if (Happens(rates.late_requests)) return RequestFate::kLate;
    if (Happens(rates.unanswered)) return RequestFate::kUnanswered;
    if (Happens(rates.repeated_requests)) return RequestFate::kRepeated;
    return RequestFate::kPrompt;
  }

 private:
  workload::Random random_;
};

}  // namespace leadpulse::testing
