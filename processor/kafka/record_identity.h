// Detects an input topic that was deleted and created again: it has other records at the same offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"

namespace leadpulse::kafka {

// Persisted in positions and archives: never change it. `time_ms`: the record's timestamp; no value: a tombstone.
uint64_t RecordHash(int64_t offset, int64_t time_ms, std::string_view key, std::optional<std::string_view> value);

// A fatal error that says what to do. `place`: `engagement.events [0]`; `found`: how it differs.
Status CreatedAgain(const std::string& place, const std::string& found,
                    engine::InputTopic topic = engine::InputTopic::kEvents);

// A fatal error for offsets that were deleted before they were read, with the command that goes on without them.
// `topic_name`: without the partition; `said`: by the broker.
Status DeletedUnread(engine::InputTopic topic, const std::string& topic_name, PartitionId partition, int64_t first,
                     int64_t last, const std::string& said);

}  // namespace leadpulse::kafka
