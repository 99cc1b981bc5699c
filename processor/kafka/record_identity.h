// Tells whether an input topic is the one that was read before: one that was deleted and created again has other
// records at the same offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::kafka {

// Persisted, in positions and in archives: never change it. `time_ms` by the topic; no value: a tombstone.
uint64_t RecordHash(int64_t offset, int64_t time_ms, std::string_view key, std::optional<std::string_view> value);

// Fatal, with what to do. `found`: what tells of `place`, `engagement.events [0]`, that it is another one.
Status CreatedAgain(const std::string& place, const std::string& found);

}  // namespace leadpulse::kafka
