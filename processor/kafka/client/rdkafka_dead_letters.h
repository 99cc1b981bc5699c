// The topic of dead letters, to be read.
#pragma once

#include <memory>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

struct DeadLetterTopic {
  std::unique_ptr<ChangelogReader> reader;  // of this topic in place of a changelog: committed records
  std::vector<PartitionId> partitions;      // all, ascending
};

// Joins no group. Fatal: the topic is not there, or may not be looked at; retriable: nobody answers. Rejected: a
// setting is not to be had.
Result<DeadLetterTopic> OpenDeadLetters(ConnectionOptions options);

}  // namespace leadpulse::kafka
