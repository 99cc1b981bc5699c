#include "processor/view/email_status.h"

namespace leadpulse::view {
namespace {

bool SoftBounced(const state::Lead& lead, const state::EngagementTotals& totals, Instant sign_of_life, uint32_t limit) {
  if (totals[EventType::kBounce].count - totals.hard_bounces.count < limit) return false;
  const auto entries = lead.journal.entries();
  uint32_t bounces = 0;
  for (size_t i = entries.size(); i-- > 0 && bounces < limit && entries[i].occurred_at > sign_of_life;) {
    const state::JournalEntry& entry = entries[i];
    bounces += entry.type == EventType::kBounce && entry.bounce_kind == BounceKind::kSoft && entry.effective() &&
               BounceCounts(lead.profile, entry.occurred_at);
  }
  return bounces >= limit;
}

}  // namespace

bool BounceCounts(const state::Profile& profile, Instant occurred_at) {
  return !profile.address_changed_at || occurred_at > *profile.address_changed_at;
}

bool HardBounced(const state::Profile& profile, const state::StatusFacts& facts) {
  return facts.hard_bounce != Instant::DistantPast() && BounceCounts(profile, facts.hard_bounce) &&
         facts.sign_of_life <= facts.hard_bounce;
}

bool Complained(const state::StatusFacts& facts, const config::Lifecycle& lifecycle) {
  if (facts.complaint == Instant::DistantPast()) return false;
  return !(lifecycle.resubscribe_lifts_complaint && facts.everything.in > facts.complaint);
}

MailStatus EvaluateMailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions) {
  const state::StatusFacts facts = lead.journal.Facts(totals);
  MailStatus status;
  bool unsubscribed = facts.everything.opted_out();
  for (const state::TopicTimes& topic : facts.topics) {
    if (!topic.times.opted_out()) continue;
    const auto declared = definitions.topic_indexes.find(topic.topic);
    if (declared == definitions.topic_indexes.end()) {
      unsubscribed = true;
    } else {
      status.topics_out.set(declared->second);
    }
  }
  const config::Lifecycle& lifecycle = definitions.lifecycle;
  if (Complained(facts, lifecycle)) {
    status.email_status = EmailStatus::kComplained;
  } else if (unsubscribed) {
    status.email_status = EmailStatus::kUnsubscribed;
  } else if (HardBounced(lead.profile, facts) ||
             SoftBounced(lead, totals, facts.sign_of_life, lifecycle.soft_bounce_limit)) {
    status.email_status = EmailStatus::kBounced;
  }
  return status;
}

}  // namespace leadpulse::view
