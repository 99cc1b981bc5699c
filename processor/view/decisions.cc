// Explains an email status or a stage: the entry or command that decides it, in a sentence.
#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/view/email_status.h"
#include "processor/view/explanation.h"

namespace leadpulse::view {
namespace {

// The id of the effective entry of that type at that instant; empty if it has been folded.
std::string EventIdAt(const state::Journal& journal, EventType type, Instant at) {
  for (const state::JournalEntry& entry : journal.entries()) {
    if (entry.type == type && entry.occurred_at == at && entry.effective()) return std::string(entry.event_id());
  }
  return {};
}

Decision DecidedBy(const state::Lead& lead, std::string reason, EventType type, Instant at) {
  return {std::move(reason), at, EventIdAt(lead.journal, type, at)};
}

// The type, of those given, with the latest effective entry.
EventType LatestOf(const state::EngagementTotals& totals, std::span<const EventType> types) {
  LP_ASSERT(!types.empty());
  return *std::ranges::max_element(types, {}, [&](EventType type) { return totals[type].last; });
}

// Why the last hard bounce no longer counts.
Decision DecidePastBounce(const state::Lead& lead, const state::EngagementTotals& totals) {
  if (!BounceCounts(lead.profile, totals.hard_bounces.last)) {
    return {"the address changed after the last hard bounce", *lead.profile.address_changed_at, ""};
  }
  constexpr EventType kProofs[] = {EventType::kDelivered, EventType::kOpen, EventType::kClick, EventType::kReply,
                                   EventType::kResubscribe};
  const EventType proof = LatestOf(totals, kProofs);
  return DecidedBy(lead, std::string(EventTypeName(proof)) + " after the last hard bounce", proof, totals[proof].last);
}

// Names each bar that was lifted; the deciding entry is that of the bar lifted last.
Decision DecideActive(const state::Lead& lead, const state::EngagementTotals& totals) {
  std::vector<Decision> lifted;
  for (const EventType bar : {EventType::kComplaint, EventType::kUnsubscribe}) {
    if (totals[bar].count == 0) continue;
    lifted.push_back(DecidedBy(lead, "resubscribed after the last " + std::string(EventTypeName(bar)),
                               EventType::kResubscribe, totals[EventType::kResubscribe].last));
  }
  if (totals.hard_bounces.count > 0) lifted.push_back(DecidePastBounce(lead, totals));
  if (lifted.empty()) return {"no complaint, unsubscribe or hard bounce", Instant::DistantPast(), ""};
  Decision decision = *std::ranges::max_element(lifted, {}, &Decision::at);
  decision.reason.clear();
  for (const Decision& bar : lifted) decision.reason += (decision.reason.empty() ? "" : "; ") + bar.reason;
  return decision;
}

Decision DecideBounced(const state::Lead& lead, const state::EngagementTotals& totals,
                       const config::Lifecycle& lifecycle) {
  const Instant hard = totals.hard_bounces.last;
  if (totals.hard_bounces.count > 0 && BounceCounts(lead.profile, hard) && LastProofOfDelivery(totals) <= hard) {
    return DecidedBy(lead, "a hard bounce and nothing delivered since", EventType::kBounce, hard);
  }
  const std::string limit = std::to_string(lifecycle.soft_bounce_limit);
  return DecidedBy(lead, "at least " + limit + " soft bounces and nothing delivered since", EventType::kBounce,
                   totals[EventType::kBounce].last);
}

Decision DecideEngaged(const state::Lead& lead, const state::EngagementTotals& totals,
                       const config::Lifecycle& lifecycle) {
  EventType latest = EventType::kUnspecified;
  for (const EventType type : lifecycle.engaged_on) {
    if (totals[type].count == 0) continue;
    if (latest == EventType::kUnspecified || totals[type].last > totals[latest].last) latest = type;
  }
  LP_ASSERT(latest != EventType::kUnspecified);
  return DecidedBy(lead, "the last " + std::string(EventTypeName(latest)), latest, totals[latest].last);
}

}  // namespace

Decision DecideEmailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                           const config::Lifecycle& lifecycle) {
  switch (EvaluateEmailStatus(lead, totals, lifecycle)) {
    case EmailStatus::kComplained:
      return DecidedBy(lead, "a complaint", EventType::kComplaint, totals[EventType::kComplaint].last);
    case EmailStatus::kUnsubscribed:
      return DecidedBy(lead, "an unsubscribe and no resubscribe since", EventType::kUnsubscribe,
                       totals[EventType::kUnsubscribe].last);
    case EmailStatus::kBounced:
      return DecideBounced(lead, totals, lifecycle);
    case EmailStatus::kActive:
      return DecideActive(lead, totals);
  }
  LP_ASSERT(false);
  return {};
}

Decision DecideStage(const state::Lead& lead, const state::EngagementTotals& totals, const View& view,
                     const config::Lifecycle& lifecycle) {
  const Stage stage = view.published.stage;
  if (lead.profile.set_stage && lead.profile.set_stage->stage == stage) {
    const std::string locked = IsFinal(stage) ? ", which is final" : "";
    return {"set to " + std::string(StageName(stage)) + " by a command" + locked, lead.profile.set_stage->issued_at,
            ""};
  }
  switch (stage) {
    case Stage::kContacted: {
      constexpr EventType kContacts[] = {EventType::kSent, EventType::kDelivered, EventType::kOpen};
      const EventType contact = LatestOf(totals, kContacts);
      return DecidedBy(lead, "the last " + std::string(EventTypeName(contact)), contact, totals[contact].last);
    }
    case Stage::kEngaged:
      return DecideEngaged(lead, totals, lifecycle);
    case Stage::kQualified:
      return {"the qualification of " + std::to_string(view.qualification) + " is at least " +
                  std::to_string(lifecycle.auto_qualify_at.value_or(0)),
              Instant::DistantPast(), ""};
    default:
      return {"nothing has happened that reaches a later stage", Instant::DistantPast(), ""};
  }
}

}  // namespace leadpulse::view
