// A feed of a PartitionEngine as in `leadpulse run`: batches of 4,096 decoded records whose leads are fetched ahead.
// The caller ends an epoch, which fires due timers and commits everything. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/engine/partition_engine.h"
#include "schemas/codec/records.h"
#include "state/store/lead_store.h"

namespace leadpulse::bench {

inline constexpr size_t kBatchRecords = 4096;
inline constexpr size_t kLeadsPerStep = 4096;

class EngineRun {
 public:
  // Uses the built-in definitions and partition 0. `store` must outlive this. Ends the program on an error.
  EngineRun(state::LeadStore* store, size_t cache_bytes);
  EngineRun(state::LeadStore* store, size_t cache_bytes, engine::DefinitionsInForce definitions);
  EngineRun(const EngineRun&) = delete;
  EngineRun& operator=(const EngineRun&) = delete;

  void Apply(const std::vector<codec::Event>& batch, Instant clock);
  void Apply(const std::vector<codec::Command>& batch, Instant clock);
  // Brings every lead that carries the previous definitions up to date, and commits.
  void RollOutDefinitions();
  // Fires due timers and commits, in steps.
  void EndEpoch(Instant clock);

  // Does one step of at most `leads` leads. Returns whether there is more to do.
  bool FireSome(Instant clock, size_t leads);
  bool RollOutSome(size_t leads);
  void Commit();

  uint64_t changes() const { return changes_; }
  // Returns the bytes of the keys and values given to the store.
  uint64_t bytes_written() const { return bytes_written_; }
  const engine::EngineCounters& counters() const { return output_.counters; }
  // Returns the processor time of this thread in the store's Commit.
  double store_seconds() const { return store_seconds_; }

 private:
  template <typename Record>
  void ApplyRecords(const std::vector<Record>& batch, Instant clock);
  // Takes the changes as a run does, while they are in a near cache, and only counts them.
  void TakeChanges();

  engine::EngineOutput output_;
  engine::PartitionEngine engine_;
  std::vector<const LeadKey*> keys_;
  state::LeadStore* store_;
  uint64_t changes_ = 0;
  uint64_t bytes_written_ = 0;
  double store_seconds_ = 0;
};

// Reads definitions from YAML without errors: as the first ones of a state, or as those that follow `previous`, rolled
// out at an instant.
engine::DefinitionsInForce Definitions(std::string_view yaml);
// Returns the template b2b with room for `max_entries` entries of a lead. Its points are limited by message and by day
// and fade with the entry's age.
engine::DefinitionsInForce B2bDefinitions(uint64_t max_entries);
engine::DefinitionsInForce NextDefinitions(const engine::DefinitionsInForce& previous, std::string_view yaml,
                                           Instant at);

// Prints the error and ends the program if the status is not OK.
void Check(const Status& status);

}  // namespace leadpulse::bench
