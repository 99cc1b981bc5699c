// May this address be mailed?
#pragma once

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// The latest delivered, open, click, reply or resubscribe: mail got through, or the person asked for it.
Instant LastProofOfDelivery(const state::EngagementTotals& totals);

// Whether a bounce at this instant belongs to the address the lead has now.
bool BounceCounts(const state::Profile& profile, Instant occurred_at);

// Complained before unsubscribed before bounced before active. "Later" is strictly later. Does not depend on now.
EmailStatus EvaluateEmailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                                const config::Lifecycle& lifecycle);

}  // namespace leadpulse::view
