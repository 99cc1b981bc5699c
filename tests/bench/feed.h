// Events fed to an engine, and what that takes. One thread.
#pragma once

#include <cstdint>

#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"

namespace leadpulse::bench {

inline constexpr uint64_t kEpochRecords = 1 << 20;  // as in a run

// Seconds of this thread and allocations of what lies between Begin and End.
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
  Meter commit;  // epochs' ends
  double seconds() const { return apply.seconds + commit.seconds; }
  uint64_t allocations() const { return apply.allocations + commit.allocations; }
};

// The stream's next events, in batches and epochs as in a run; the last epoch is ended too. Making them is no cost.
FeedCost Feed(uint64_t events, EventStream* stream, EngineRun* run, uint64_t epoch_records = kEpochRecords);

// Commands that give each lead its traits (lead_traits.h), committed.
void GiveTraits(uint64_t leads, uint64_t tenants, Instant at, EngineRun* run);

}  // namespace leadpulse::bench
