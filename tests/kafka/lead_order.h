// Finds in which order, and when by the partition's clock, a worker applied the records of one lead, from what it
// published.
//
// Kafka keeps the order only within a topic, and nobody else has the worker's clock. So the model searches: of the two
// topics' next records either may come first if both belong to one epoch, and a record applies when its changes say, or
// without changes as early or as late as possible. The model's changes must equal the published ones, one by one; the
// search drops an order that leads to others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/kafka/partition_replay.h"
#include "tests/support/model/model.h"

namespace leadpulse::testing {

struct LeadStep {
  LogId log;
  int64_t offset = 0;
  const LiveRecord* record = nullptr;
  size_t epoch = 0;
  // It was applied then, at the earliest and at the latest: not before it was written, nor outside of its epoch, nor
  // after what it caused was sent.
  Instant earliest;
  Instant latest;
  // What the changes say that name it as their source; nothing: there are none.
  std::optional<Instant> said;
  int64_t first_seq = 0;
  std::string letter;  // the reason of its dead letter; empty: there is none
};

struct LeadStory {
  const model::Definitions* definitions = nullptr;
  model::LeadKey key;
  std::array<std::vector<LeadStep>, engine::kRecordTopicCount> topics;
  std::vector<model::Change> changes;  // as published
  Instant end;
};

// All records of the lead. Where no order leads to what was published, the one that comes furthest.
std::vector<AppliedRecord> OrderOf(const LeadStory& story);

}  // namespace leadpulse::testing
