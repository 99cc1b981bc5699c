// How far a lead has come.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// From the stage that was set (final ones are locked), what events later than that reach, and the qualification.
// Does not depend on now beyond the qualification.
Stage EvaluateStage(const state::Lead& lead, const state::EngagementTotals& totals, int64_t qualification,
                    const config::Lifecycle& lifecycle);

// For people: `unsubscribed` while the lead may not be mailed by its own wish and is not in a final stage, else the
// stage's name.
std::string_view StatusOf(EmailStatus email_status, Stage stage);

}  // namespace leadpulse::view
