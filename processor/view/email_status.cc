#include "processor/view/email_status.h"

#include <algorithm>

namespace leadpulse::view {
namespace {

bool Complained(const state::EngagementTotals& totals, const config::Lifecycle& lifecycle) {
  const state::TypeTotals& complaints = totals[EventType::kComplaint];
  if (complaints.count == 0) return false;
  return !(lifecycle.resubscribe_lifts_complaint && totals[EventType::kResubscribe].last > complaints.last);
}

bool Unsubscribed(const state::EngagementTotals& totals) {
  const state::TypeTotals& unsubscribes = totals[EventType::kUnsubscribe];
  return unsubscribes.count > 0 && totals[EventType::kResubscribe].last <= unsubscribes.last;
}

bool HardBounced(const state::Lead& lead, const state::EngagementTotals& totals) {
  const state::TypeTotals& hard = totals.hard_bounces;
  return hard.count > 0 && BounceCounts(lead.profile, hard.last) && LastProofOfDelivery(totals) <= hard.last;
}

bool SoftBounced(const state::Lead& lead, const state::EngagementTotals& totals, uint32_t limit) {
  if (totals[EventType::kBounce].count - totals.hard_bounces.count < limit) return false;
  const Instant proof = LastProofOfDelivery(totals);
  const auto entries = lead.journal.entries();
  uint32_t bounces = 0;
  for (size_t i = entries.size(); i-- > 0 && bounces < limit && entries[i].occurred_at > proof;) {
    const state::JournalEntry& entry = entries[i];
    bounces += entry.type == EventType::kBounce && entry.bounce_kind == BounceKind::kSoft && entry.effective() &&
               BounceCounts(lead.profile, entry.occurred_at);
  }
  return bounces >= limit;
}

}  // namespace

Instant LastProofOfDelivery(const state::EngagementTotals& totals) {
  return std::max({totals[EventType::kDelivered].last, totals[EventType::kOpen].last, totals[EventType::kClick].last,
                   totals[EventType::kReply].last, totals[EventType::kResubscribe].last});
}

bool BounceCounts(const state::Profile& profile, Instant occurred_at) {
  return !profile.address_changed_at || occurred_at > *profile.address_changed_at;
}

EmailStatus EvaluateEmailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                                const config::Lifecycle& lifecycle) {
  if (Complained(totals, lifecycle)) return EmailStatus::kComplained;
  if (Unsubscribed(totals)) return EmailStatus::kUnsubscribed;
  if (HardBounced(lead, totals) || SoftBounced(lead, totals, lifecycle.soft_bounce_limit)) {
    return EmailStatus::kBounced;
  }
  return EmailStatus::kActive;
}

}  // namespace leadpulse::view
