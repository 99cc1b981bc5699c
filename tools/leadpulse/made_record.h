// What records that are made on a command line have in common: who made them, when, under which id, and that they are
// checked as a run checks them.
#pragma once

#include <optional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

// One JSON line with its end. Rejected, in the decoder's words, where a run at `now` with the default
// --max-future-skew would not take the record as it is.
Result<std::string> RecordLine(const codec::Command& command, Instant now);
Result<std::string> RecordLine(const codec::Event& event, Instant now);

// The time of records that a state, whose clock this is, gave rise to: no later than that clock, so that they do not
// move the clock of a run on files, and let no time pass that the preview of them did not see; no later than `now`,
// which `--until` may have left behind, so that no run takes them for records from the future.
Instant TimeOfRecordsFor(Instant clock, Instant now);

// The login name of the user; empty where the system knows none.
std::string LoginName();

// `hand-` and 32 hexadecimal digits from the system's randomness. Nothing where it has none to give.
std::optional<std::string> RandomCommandId();

}  // namespace leadpulse::tools
