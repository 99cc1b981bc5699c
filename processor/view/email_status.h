// Whether an address may be mailed, and about what.
#pragma once

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

struct MailStatus {
  EmailStatus email_status = EmailStatus::kActive;
  state::TopicSet topics_out;  // by the index in the definitions
  // Not sendable whatever the status: the lead waits for the answer of its mailbox, or the mailbox has no room for it.
  bool is_withheld = false;
};

// Complained has precedence over unsubscribed, that over bounced, that over active. "Later" is strictly later. An
// opt-out from a topic that is not declared counts as unsubscribed. `totals` are those of the lead's journal. Does not
// depend on now.
MailStatus EvaluateMailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions);

// The facts that decide the status: those of the lead's own events and those of its address (spec §9, rule 1).
struct DecidingFacts {
  // The times that decide each scope. Hard bounces and signs of life are those that count against each other.
  state::StatusFacts facts;
  // The latest complaint that counts, and the RESUBSCRIBE that lifts it where the definitions say that one does.
  state::ScopeTimes complaint;
  bool by_address = false;  // whether the lead shares an address, so that other leads' events count
};
DecidingFacts DecidingFactsOf(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions);

// Without a shared address: whether a bounce at this instant belongs to the lead's current address.
bool BounceCounts(const state::Profile& profile, Instant occurred_at);
// Whether the last hard bounce makes the lead bounced.
bool HardBounced(const state::StatusFacts& facts);

}  // namespace leadpulse::view
