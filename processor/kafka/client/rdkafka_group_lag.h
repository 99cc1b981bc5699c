// How far the live mode has come in its input: how many records wait, and whether one of them has been read.
#pragma once

#include <cstdint>
#include <memory>

#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {

// Owned and called by one thread.
class GroupLag {
 public:
  virtual ~GroupLag() = default;
  // In both input topics, those behind what the group (the application) has committed; of a partition of which it has
  // committed nothing, all. Retriable: nobody answers within some seconds; fatal: a person has to do something.
  virtual Result<uint64_t> Ask() = 0;
  // Whether the group has committed an offset behind that record. Errors as of Ask.
  virtual Result<bool> HasPassed(TopicPlace place, int64_t offset) = 0;
};

// Joins no group, and commits nothing. Rejected: a setting is not to be had.
Result<std::unique_ptr<GroupLag>> WatchGroupLag(const ConnectionOptions& options);

}  // namespace leadpulse::kafka
