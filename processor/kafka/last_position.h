// The last position that a partition's transactions wrote, read from the end of lead.journal or lead.state, without the
// leads before it. For commands that look at a stopped deployment.
#pragma once

#include <cstdint>
#include <optional>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/kafka/log_range.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

struct LogEnd {
  std::optional<engine::PartitionPosition> position;  // nullopt: the log has none
  bool has_records = false;                           // committed ones, of any kind
};

enum class PositionTopic : uint8_t { kLeadJournal, kLeadState };

// Reads the last position in one of the two topics. Errors are those of ReadRange.
Result<LogEnd> ReadLogEnd(PartitionId partition, PositionTopic topic, ChangelogReader* reader,
                          const TryAgain& try_again);

// Reads the last position of a partition; nullopt if no worker has owned it yet. A version without lead.journal, and
// `leadpulse repartition`, wrote it to lead.state only.
Result<std::optional<engine::PartitionPosition>> ReadLastPosition(PartitionId partition, Connection* connection,
                                                                  const TryAgain& try_again);

}  // namespace leadpulse::kafka
