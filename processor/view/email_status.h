// Whether an address may be mailed, and about what.
#pragma once

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

struct MailStatus {
  EmailStatus email_status = EmailStatus::kActive;
  state::TopicSet topics_out;  // by the index in the definitions
};

// Complained has precedence over unsubscribed, that over bounced, that over active. "Later" is strictly later. An
// opt-out from a topic that is not declared counts as unsubscribed. `totals` are those of the lead's journal. Does not
// depend on now.
MailStatus EvaluateMailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions);

// Whether a bounce at this instant belongs to the lead's current address.
bool BounceCounts(const state::Profile& profile, Instant occurred_at);
// Whether the last hard bounce makes the lead bounced.
bool HardBounced(const state::Profile& profile, const state::StatusFacts& facts);
bool Complained(const state::StatusFacts& facts, const config::Lifecycle& lifecycle);

}  // namespace leadpulse::view
