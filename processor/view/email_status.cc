#include "processor/view/email_status.h"

#include <optional>
#include <string>

#include "processor/view/address_facts.h"

namespace leadpulse::view {
namespace {

// Whether nothing opts the lead out and nothing bounced, as for most leads.
bool IsUndisturbed(const state::Lead& lead, const state::EngagementTotals& totals) {
  return !lead.identity && lead.journal.kept_facts() == nullptr &&
         totals[EventType::kUnsubscribe].count + totals[EventType::kComplaint].count +
                 totals[EventType::kBounce].count ==
             0;
}

bool SoftBounced(const state::Lead& lead, const state::EngagementTotals& totals, const DecidingFacts& deciding,
                 uint32_t limit) {
  if (totals[EventType::kBounce].count - totals.hard_bounces.count < limit) return false;
  std::optional<PresentAddress> present;
  if (deciding.by_address) present = PresentAddressOf(lead);
  const auto entries = lead.journal.entries();
  uint32_t bounces = 0;
  for (size_t i = entries.size(); i-- > 0 && bounces < limit && entries[i].occurred_at > deciding.facts.sign_of_life;) {
    const state::JournalEntry& entry = entries[i];
    if (entry.type != EventType::kBounce || entry.bounce_kind != BounceKind::kSoft || !entry.effective()) continue;
    bounces += present ? present->Concerns(entry) : BounceCounts(lead.profile, entry.occurred_at);
  }
  return bounces >= limit;
}

}  // namespace

DecidingFacts DecidingFactsOf(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions) {
  DecidingFacts deciding{lead.journal.Facts(totals), {}, lead.identity && definitions.identity_by_email};
  state::StatusFacts& facts = deciding.facts;
  if (deciding.by_address) {
    TakeAddressInto(lead, totals, &facts, &deciding.complaint);
    return deciding;
  }
  deciding.complaint = {facts.complaint, facts.everything.in};
  if (!BounceCounts(lead.profile, facts.hard_bounce)) facts.hard_bounce = Instant::DistantPast();
  return deciding;
}

bool BounceCounts(const state::Profile& profile, Instant occurred_at) {
  return !profile.address_changed_at || occurred_at > *profile.address_changed_at;
}

bool HardBounced(const state::StatusFacts& facts) {
  return facts.hard_bounce != Instant::DistantPast() && facts.sign_of_life <= facts.hard_bounce;
}

std::string SuppressedDomainOf(const state::Lead& lead, const config::TenantDefinitions& definitions) {
  if (definitions.suppressed_domains.empty()) return "";
  return definitions.suppressed_domains.EntryOf(AddressOf(lead.key, lead.profile));
}

MailStatus EvaluateMailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                              const config::TenantDefinitions& definitions) {
  MailStatus status;
  if (!definitions.suppressed_domains.empty()) {
    status.is_domain_suppressed = !SuppressedDomainOf(lead, definitions).empty();
  }
  if (IsUndisturbed(lead, totals)) return status;
  const DecidingFacts deciding = DecidingFactsOf(lead, totals, definitions);
  const state::StatusFacts& facts = deciding.facts;
  if (deciding.by_address) {
    const state::Registration registration = lead.identity->registration;
    status.is_withheld = registration == state::Registration::kWaiting || registration == state::Registration::kRefused;
  }
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
  const state::ScopeTimes& complaint = deciding.complaint;
  if (lifecycle.resubscribe_lifts_complaint ? complaint.opted_out() : complaint.out != Instant::DistantPast()) {
    status.email_status = EmailStatus::kComplained;
  } else if (unsubscribed) {
    status.email_status = EmailStatus::kUnsubscribed;
  } else if (HardBounced(facts) || SoftBounced(lead, totals, deciding, lifecycle.soft_bounce_limit)) {
    status.email_status = EmailStatus::kBounced;
  }
  return status;
}

}  // namespace leadpulse::view
