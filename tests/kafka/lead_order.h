// A deduction from the published changes: in which order a worker applied the records of one lead, and when by the
// partition's clock.
//
// Kafka keeps the order only within a topic, and only the worker knows its clock. So the model searches: either of the
// two topics' next records may come first if both belong to one epoch. A record applies at the time of its changes, or
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
  // The earliest and latest instant at which it was applied: not before it was written, nor outside of its epoch, nor
  // after its changes were sent, nor after the next record of its topic.
  Instant earliest;
  Instant latest;
  // The instant of the changes that name the record as their source; nullopt if there are none.
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

// Returns all records of the lead, in an order that leads to the published changes. If there is none, the order that
// comes furthest.
std::vector<AppliedRecord> OrderOf(const LeadStory& story);

}  // namespace leadpulse::testing
