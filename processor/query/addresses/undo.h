// Makes the commands that take back what an import did to a lead. Thread-safe.
#pragma once

#include <span>
#include <vector>

#include "schemas/codec/records.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Returns the commands that, after the commands and events of a row, give the lead back what it had: values, names,
// stage, agent; its consents are withdrawn, and its notes removed. `held`: the lead before the row; null: it was not
// there, and is withdrawn (spec §4). `commands`: those of the row, all of one lead. `has_events`: the row says that the
// lead opted out, bounced or complained; the lead then stays, because that stays. So does a do-not-contact of a lead
// that was there, and a final stage. The ids are made of those of the commands.
std::vector<codec::Command> UndoOf(const state::Lead* held, std::span<const codec::Command* const> commands,
                                   bool has_events);

}  // namespace leadpulse::query
