// Random workloads of tests/support/workload as two Kafka topics hold them, with the definitions that come meanwhile.
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
  bool is_misplaced = false;       // on another partition than that of its lead, and nobody is trusted
  bool is_elsewhere = false;       // where a trusted producer has put it, and not where its lead's key says
  std::optional<Instant> time;     // nothing: it has none that could be
  size_t definitions_version = 0;  // wanted when it comes
};

struct DefinitionsVersion {
  model::Definitions definitions;
  std::shared_ptr<const config::Definitions> loaded;
};

struct LiveWorkload {
  uint32_t partitions = 1;
  kafka::InputFormat format = kafka::InputFormat::kProtobuf;
  kafka::InputPartitioning partitioning = kafka::InputPartitioning::kMurmur2;
  bool shares_addresses = false;             // leads tell each other of their addresses
  std::vector<DefinitionsVersion> versions;  // the first is there from the beginning
  std::vector<LiveRecord> records;
  // Ascending indexes of records before which everything else is applied, and every message delivered.
  std::vector<size_t> quiet_before;
  Instant begins;  // about when the first records happened
};

// `shares_addresses`: as of workload::MakeHistory. Then no producer is trusted.
LiveWorkload MakeLiveWorkload(uint64_t seed, bool shares_addresses = false);

// A record as a topic holds it, on the partition of its lead's key; what is no record stands on the first, as
// `malformed` bytes. Nothing: the format cannot say it.
std::optional<LiveRecord> MakeLiveRecord(model::Record record, kafka::InputFormat format, uint32_t partitions);

}  // namespace leadpulse::testing
