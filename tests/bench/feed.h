// A feed of events to an engine, with its cost. One thread.
#pragma once

#include <cstdint>

#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"

namespace leadpulse::bench {

inline constexpr uint64_t kEpochRecords = 1 << 20;  // as in a run

// Processor seconds and allocations of this thread between Begin and End.
class Meter {
 public:
  void Begin();
  void End();
  double seconds = 0;
  uint64_t allocations = 0;

 private:
  double seconds_before_ = 0;
  uint64_t allocations_before_ = 0;
};

struct FeedCost {
  Meter apply;   // leads fetched, events applied
  Meter commit;  // ends of epochs
  double seconds() const { return apply.seconds + commit.seconds; }
  uint64_t allocations() const { return apply.allocations + commit.allocations; }
};

// Feeds the stream's next events, in batches and epochs as in a run, and ends the last epoch. Making the events is not
// measured.
FeedCost Feed(uint64_t events, EventStream* stream, EngineRun* run, uint64_t epoch_records = kEpochRecords);

// Gives each lead its traits (lead_traits.h) by commands, and commits.
void GiveTraits(uint64_t leads, uint64_t tenants, Instant at, EngineRun* run);

}  // namespace leadpulse::bench
