// Makes records for commands: their author, time and id, and the checks that a run would apply to them.
#pragma once

#include <optional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

// Returns one JSON line with its line end. Rejected, with the decoder's message, if a run at `now` with the default
// --max-future-skew would reject the record.
Result<std::string> RecordLine(const codec::Command& command, Instant now);
Result<std::string> RecordLine(const codec::Event& event, Instant now);

// Returns the time of records made from a state with this clock. It is no later than the clock, so that they do not
// move the clock of a run on files past their preview, and no later than `now`, so that no run rejects them as records
// from the future (`--until` may set a clock later than `now`).
Instant TimeOfRecordsFor(Instant clock, Instant now);

// Returns the login name of the user; empty if the system has none.
std::string LoginName();

// Returns `hand-` and 32 random hexadecimal digits. nullopt if the system has no randomness.
std::optional<std::string> RandomCommandId();

}  // namespace leadpulse::tools
