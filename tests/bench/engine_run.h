// A PartitionEngine fed as `leadpulse run` feeds it: batches of 4,096 decoded records, their leads fetched ahead; at an
// epoch's end, which is the caller's, due flips fired and everything committed. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "processor/base/instant.h"
#include "processor/engine/partition_engine.h"
#include "schemas/codec/records.h"
#include "state/lead_store.h"

namespace leadpulse::bench {

inline constexpr size_t kBatchRecords = 4096;

class EngineRun {
 public:
  // Under the built-in definitions, on partition 0. `store` outlives this. Ends the program where something fails.
  EngineRun(state::LeadStore* store, size_t cache_bytes);

  void Apply(const std::vector<codec::Event>& batch, Instant clock);
  void EndEpoch(Instant clock);

  uint64_t changes() const { return changes_; }
  // Of keys and values given to the store.
  uint64_t bytes_written() const { return bytes_written_; }
  const engine::EngineCounters& counters() const { return output_.counters; }
  // Of this thread, in the store's Commit.
  double store_seconds() const { return store_seconds_; }

 private:
  engine::PartitionEngine engine_;
  engine::EngineOutput output_;
  std::vector<const LeadKey*> keys_;
  state::LeadStore* store_;
  uint64_t changes_ = 0;
  uint64_t bytes_written_ = 0;
  double store_seconds_ = 0;
};

// Prints why and ends the program where the status is an error.
void Check(const Status& status);

}  // namespace leadpulse::bench
