// Whether an address may be mailed, and about which topics.
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

struct MailStatus {
  EmailStatus email_status = EmailStatus::kActive;
  state::TopicSet topics_out;  // by the index in the definitions
  // Not sendable whatever the status: the lead waits for its mailbox's answer, or the mailbox has no room for it.
  bool is_withheld = false;
  // Not sendable whatever the status: the definitions suppress the domain of the lead's address.
  bool is_domain_suppressed = false;
};

// Evaluates the mail status. Complained takes precedence over unsubscribed, that over bounced, that over active.
// "Later" is strictly later. An opt-out from an undeclared topic counts as unsubscribed. `totals` are those of the
// lead's journal. Does not depend on now.
MailStatus EvaluateMailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions);

// Returns the entry of `suppress: {domains}` that holds the domain of the lead's address; empty: none.
std::string SuppressedDomainOf(const state::Lead& lead, const config::TenantDefinitions& definitions);

// The facts that decide the status: those of the lead's own events and those of its address (spec §9, rule 1).
struct DecidingFacts {
  // The times that decide each scope, and the hard bounce and sign of life to compare.
  state::StatusFacts facts;
  // The latest complaint that counts, and the RESUBSCRIBE that ends it if the definitions allow that.
  state::ScopeTimes complaint;
  bool by_address = false;  // the lead shares an address, so other leads' events count
};
DecidingFacts DecidingFactsOf(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions);

// Whether a bounce at this instant belongs to the lead's current address. For leads without a shared address.
bool BounceCounts(const state::Profile& profile, Instant occurred_at);
// Whether the last hard bounce makes the lead bounced.
bool HardBounced(const state::StatusFacts& facts);

}  // namespace leadpulse::view
