// Random workloads of tests/support/workload as records of two Kafka topics, with the definitions that are published
// meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"
#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"

namespace leadpulse::testing {

struct LiveRecord {
  kafka::InputTopic topic = kafka::InputTopic::kEvents;
  PartitionId partition;
  std::string key;
  std::string value;
  model::Record record;
  // Not on the partition of its lead, and producers are not trusted: refused, or with kAny handed on.
  bool is_misplaced = false;
  bool is_elsewhere = false;       // where a trusted producer put it, not where its lead's key belongs
  std::optional<Instant> time;     // nullopt: it has no valid time
  size_t definitions_version = 0;  // wanted when it is read
};

struct DefinitionsVersion {
  model::Definitions definitions;
  std::shared_ptr<const config::Definitions> loaded;
};

struct LiveWorkload {
  uint32_t partitions = 1;
  kafka::InputFormat format = kafka::InputFormat::kProtobuf;
  kafka::InputPartitioning partitioning = kafka::InputPartitioning::kMurmur2;
  int foreign_percent = 2;                   // of the records are put on any partition, if producers are not trusted
  bool shares_addresses = false;             // leads exchange messages about their addresses
  std::vector<DefinitionsVersion> versions;  // the first exists from the beginning
  std::vector<LiveRecord> records;
  // Ascending indexes of records before which everything else is applied, and every message delivered.
  std::vector<size_t> quiet_before;
  Instant begins;  // about the time of the first records
};

// Makes a workload. With `shares_addresses` leads share addresses as in workload::MakeHistory, and producers are not
// trusted. Half of the seeds hand on records of other partitions, up to all records.
LiveWorkload MakeLiveWorkload(uint64_t seed, bool shares_addresses = false);

// Lets workers hand on records of other partitions, in half of the seeds.
void MaybeHandOn(uint64_t seed, LiveWorkload* live);

// Puts the record where a producer with another partitioner would: always the same partition for a lead.
void PlaceLikeOthers(const LiveWorkload& live, LiveRecord* record);

// Makes a topic's record, on the partition of its lead's key. Invalid records become `malformed` bytes on the first
// partition. Returns nullopt if the format cannot express it.
std::optional<LiveRecord> MakeLiveRecord(model::Record record, kafka::InputFormat format, uint32_t partitions);

}  // namespace leadpulse::testing
