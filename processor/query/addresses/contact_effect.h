// Whether a record would change a lead, for the preview of an import. Thread-safe.
#pragma once

#include "schemas/codec/records.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// False: the command was applied before, or the lead's profile already says the same. True for actions that no row of
// an import becomes.
bool ChangesProfile(const state::Lead& lead, const codec::Command& command);

// Whether the lead's journal holds the event.
bool KnowsEvent(const state::Lead& lead, const codec::Event& event);

}  // namespace leadpulse::query
