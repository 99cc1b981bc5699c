// Whether an address may be mailed.
#pragma once

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// The latest delivered, open, click, reply or resubscribe: a mail arrived, or the person asked for mail.
Instant LastProofOfDelivery(const state::EngagementTotals& totals);

// Whether a bounce at this instant belongs to the lead's current address.
bool BounceCounts(const state::Profile& profile, Instant occurred_at);

// Complained has precedence over unsubscribed, that over bounced, that over active. "Later" is strictly later. Does not
// depend on now.
EmailStatus EvaluateEmailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                                const config::Lifecycle& lifecycle);

}  // namespace leadpulse::view
