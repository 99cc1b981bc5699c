// Opens the topic of dead letters for reading.
#pragma once

#include <memory>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

struct DeadLetterTopic {
  std::unique_ptr<ChangelogReader> reader;  // reads this topic instead of a changelog
  std::vector<PartitionId> partitions;      // all, ascending
};

// Joins no group. Fatal: the topic is missing, or access is denied. Retriable: no answer. Rejected: librdkafka does not
// accept a setting.
Result<DeadLetterTopic> OpenDeadLetters(ConnectionOptions options);

}  // namespace leadpulse::kafka
