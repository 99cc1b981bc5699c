// The stage of a lead.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// Evaluates the stage from the stage that was set (a final one is locked), later events, and the qualification. Depends
// on now only through the qualification.
Stage EvaluateStage(const state::Lead& lead, const state::EngagementTotals& totals, int64_t qualification,
                    const config::Lifecycle& lifecycle);

// Returns the status for people: `unsubscribed` if the lead has unsubscribed or complained and is not in a final stage,
// else the stage's name.
std::string_view StatusOf(EmailStatus email_status, Stage stage);

}  // namespace leadpulse::view
