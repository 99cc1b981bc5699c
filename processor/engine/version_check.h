// The version that a command expects its lead to have.
#pragma once

#include <optional>

#include "schemas/codec/records.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Whether a new lead may not be made of this row: it is a lead, begins to be one, or leads use it as their address.
bool IsTaken(const state::Lead& row);

// conflict, unless the lead has the version that the command expects, if it expects one. `row` is the lead's as its
// timers have left it; null: there is none.
std::optional<codec::Rejection> CheckExpectedVersion(const codec::Command& command, const state::Lead* row);

}  // namespace leadpulse::engine
