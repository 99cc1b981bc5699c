// Detection of an input topic that was deleted and created again: it has other records at the same offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"

namespace leadpulse::kafka {

// Hashes a record. Persisted in positions and archives: never change it. `time_ms` is the record's timestamp; no value
// means a tombstone.
uint64_t RecordHash(int64_t offset, int64_t time_ms, std::string_view key, std::optional<std::string_view> value);

// Returns a fatal error that says what to do. `place` is such as `engagement.events [0]`, and `found` the difference.
Status CreatedAgain(const std::string& place, const std::string& found,
                    engine::InputTopic topic = engine::InputTopic::kEvents);

// Returns a fatal error for offsets that were deleted before they were read, with the command that goes on without
// them. `topic_name` is without the partition. `said` is the broker's error.
Status DeletedUnread(engine::InputTopic topic, const std::string& topic_name, PartitionId partition, int64_t first,
                     int64_t last, const std::string& said);

}  // namespace leadpulse::kafka
