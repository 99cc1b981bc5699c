// Explains an email status or a stage: the entry or command that decides it, in a sentence.
#pragma once

#include "config/definitions.h"
#include "processor/view/explanation.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

Decision DecideEmailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                           const config::Lifecycle& lifecycle);

Decision DecideStage(const state::Lead& lead, const state::EngagementTotals& totals, const View& view,
                     const config::Lifecycle& lifecycle);

}  // namespace leadpulse::view
