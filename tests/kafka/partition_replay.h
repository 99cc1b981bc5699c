// Gives the model what a partition's workers were given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kafka/live_workload.h"
#include "tests/kafka/published.h"
#include "tests/support/model/model.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::testing {

// A record as it was applied. The clock is the partition's, unless that was later already.
struct AppliedRecord {
  LogId log;
  int64_t offset = 0;
  const LiveRecord* record = nullptr;
  Instant wall;
  Instant clock = Instant::DistantPast();
};

// What came of a partition's input topics.
class PartitionInput {
 public:
  virtual ~PartitionInput() = default;
  // Appends what was applied in an epoch, in that order: it began at the offsets `from` and ended with `position`.
  // `number` counts from 0. Returns what does not fit together, or nothing.
  virtual std::string ReadEpoch(size_t number, const kafka::InputOffsets& from, const v1::PartitionPosition& position,
                                std::vector<AppliedRecord>* records) = 0;
};

// Adds to `expected` what there should be of the partition until `end`. Returns why that cannot be said: transactions,
// positions and offsets that do not fit together, records that were passed over. `versions`: all definitions there
// were.
std::string ReplayPartition(PartitionInput* input, const std::vector<DefinitionsVersion>& versions,
                            PartitionId partition, const std::vector<PublishedEpoch>& epochs, Instant end,
                            workload::Outcome* expected);

}  // namespace leadpulse::testing
