// The input of a partition's workers for the model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kafka/live_workload.h"
#include "tests/kafka/published.h"
#include "tests/support/model/model.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::testing {

// An applied record. The clock is the partition's, unless that was later already.
struct AppliedRecord {
  // Where it was read first.
  LogId log;
  int64_t offset = 0;
  const LiveRecord* record = nullptr;
  Instant wall;
  Instant clock = Instant::DistantPast();
  bool is_handed_on = false;  // from this partition to that of its lead
  bool came_over = false;     // from the partition `log` to this one
};

// The records applied from a partition's input topics.
class PartitionInput {
 public:
  virtual ~PartitionInput() = default;
  // Appends the records applied in an epoch, in their order: it began at the offsets `from` and ended with `position`.
  // `number` counts from 0. Returns an inconsistency, or an empty text.
  virtual std::string ReadEpoch(size_t number, const kafka::InputOffsets& from, const v1::PartitionPosition& position,
                                std::vector<AppliedRecord>* records) = 0;
};

// Adds to `expected` what the partition should have published until `end`. Returns why that is unknown: inconsistent
// transactions, positions and offsets, or skipped records. `versions` are all definitions there were.
std::string ReplayPartition(PartitionInput* input, const std::vector<DefinitionsVersion>& versions,
                            PartitionId partition, const std::vector<PublishedEpoch>& epochs, Instant end,
                            workload::Outcome* expected);

}  // namespace leadpulse::testing
