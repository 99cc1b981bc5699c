// The version that a command expects its lead to have.
#pragma once

#include <optional>

#include "schemas/codec/records.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Whether a new lead may not be made of this row: it is a lead, begins to be one, or leads use it as their address.
bool IsTaken(const state::Lead& row);

// Rejects the command with `conflict` if it expects a version and the lead has another. `row` is the lead's row after
// its due timers have fired; null if the lead has none.
std::optional<codec::Rejection> CheckExpectedVersion(const codec::Command& command, const state::Lead* row);

}  // namespace leadpulse::engine
