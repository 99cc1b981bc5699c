// The contents of a real cluster's topics at one moment.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <utility>

#include "processor/base/instant.h"
#include "tests/kafka/live_workload.h"
#include "tests/support/kafka/partition_log.h"

namespace leadpulse::testing {

struct LiveTopics {
  using Place = std::pair<LogId, int64_t>;  // a log and an offset in it

  uint32_t partitions = 0;
  std::map<LogId, PartitionLog> logs;   // committed records; changes and dead letters as bare Protobuf
  std::map<Place, LiveRecord> records;  // the input records
  std::map<Place, Instant> written;     // by the clock of each record's sender

  const LiveRecord* RecordAt(const LogId& log, int64_t offset) const;
};

// Reads a line of JSON for each record: `topic`, `partition`, `offset`, `written` in milliseconds, `key` and `value` as
// hexadecimal digits, `value` null for a tombstone. Those of a partition are in order of offset. Sets `problem` to what
// cannot be read.
LiveTopics ReadLiveTopics(std::istream* lines, uint32_t partitions, std::string* problem);

}  // namespace leadpulse::testing
