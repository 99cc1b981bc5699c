// The live mode's progress in its input: how many records wait, and whether a record has been read.
#pragma once

#include <cstdint>
#include <memory>

#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {

// The lag of a consumer group in the input topics. Owned and called by one thread.
//
// A record in another partition than its lead's is read there, and applies later in its own (`input_partitioning:
// any`). It counts as read. Programs that ask for their own records write them to their own partitions.
class GroupLag {
 public:
  virtual ~GroupLag() = default;
  // Counts the records of both input topics after the group's committed offsets; in a partition without one, all. If
  // they seem to be more than `enough`, looks whether some are only markers of transactions (CountUnread), which takes
  // a second at most. Retriable without a response within some seconds; fatal if a person must act.
  virtual Result<uint64_t> Ask(uint64_t enough) = 0;
  // Whether the group has committed an offset after that record. Errors are those of Ask.
  virtual Result<bool> HasPassed(TopicPlace place, int64_t offset) = 0;
};

// Makes a GroupLag, which joins no group and commits nothing. Rejected if librdkafka does not accept a setting.
Result<std::unique_ptr<GroupLag>> WatchGroupLag(const ConnectionOptions& options);

}  // namespace leadpulse::kafka
