// Explains an email status or a stage: the entry or command that decides it, in a sentence.
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/view/address_facts.h"
#include "processor/view/email_status.h"
#include "processor/view/explanation.h"

namespace leadpulse::view {
namespace {

// The scope of an opt-out or its end: a folded topic, or empty for everything. nullopt: any scope.
using Scope = std::optional<std::string_view>;

// Names the effective entry of that type at that instant for which `matches` holds, unless it has been folded. Prefers
// an entry that was sent for the lead itself.
template <typename Matches>
void NameEntry(const state::Lead& lead, EventType type, Instant at, const Matches& matches, Decision* decision) {
  for (const state::JournalEntry& entry : lead.journal.entries()) {
    if (entry.type != type || entry.occurred_at != at || !entry.effective() || !matches(entry)) continue;
    decision->id = entry.event_id();
    decision->through = ReceivedThrough(lead, entry);
    return;
  }
}

Decision DecidedBy(const state::Lead& lead, std::string reason, EventType type, Instant at) {
  Decision decision{std::move(reason), at};
  NameEntry(
      lead, type, at, [](const state::JournalEntry& /*entry*/) { return true; }, &decision);
  return decision;
}

// Returns the type, of those given, with the latest effective entry.
EventType LatestOf(const state::EngagementTotals& totals, std::span<const EventType> types) {
  LP_ASSERT(!types.empty());
  return *std::ranges::max_element(types, {}, [&](EventType type) { return totals[type].last; });
}

// Whether an event at that instant is known from the lead's address.
bool IsOfStanding(const state::Lead& lead, Instant at) {
  if (!lead.identity) return false;
  const state::StatusFacts& standing = lead.identity->standing;
  const auto has = [at](const state::ScopeTimes& times) { return times.out == at || times.in == at; };
  return has(standing.everything) || standing.complaint == at || standing.hard_bounce == at ||
         standing.sign_of_life == at ||
         std::ranges::any_of(standing.topics, [&](const state::TopicTimes& topic) { return has(topic.times); });
}

// Names the latest event of these types and this scope. An event that was folded, came late or belongs to an erased
// life has no entry any more. Others may have happened at the same instant: providers give whole seconds, and several
// opt-outs at once.
Decision DecidedByFact(const state::Lead& lead, const std::string& reason, std::initializer_list<EventType> types,
                       Instant at, Scope scope = std::nullopt) {
  Decision decision{reason, at};
  const auto is_fact = [scope](const state::JournalEntry& entry) {
    return state::IsStatusFact(entry.type, entry.bounce_kind) && (!scope || entry.topic() == *scope);
  };
  for (const EventType type : types) {
    if (decision.id.empty()) NameEntry(lead, type, at, is_fact, &decision);
  }
  if (decision.id.empty() && IsOfStanding(lead, at)) {
    decision.reason += kOfAnotherLead;
    decision.through = lead.identity->mailbox.empty() ? lead.key.lead : lead.identity->mailbox;
  }
  return decision;
}

constexpr std::initializer_list<EventType> kSignsOfLife = {EventType::kDelivered, EventType::kOpen, EventType::kClick,
                                                           EventType::kReply, EventType::kResubscribe};

// Explains why the last hard bounce, at `bounced_at`, does not count: it is one of `facts`, or of another address.
Decision DecidePastBounce(const state::Lead& lead, const state::EngagementTotals& totals,
                          const state::StatusFacts& facts, Instant bounced_at) {
  if (facts.hard_bounce == Instant::DistantPast()) {
    const Instant changed_at = lead.profile.address_changed_at.value_or(Instant::DistantPast());
    if (bounced_at <= changed_at) return {"the address changed after the last hard bounce", changed_at};
    return DecidedByFact(lead, "the last hard bounce was that of another address", {EventType::kBounce}, bounced_at);
  }
  const EventType sign = LatestOf(totals, kSignsOfLife);
  const bool held = totals[sign].last == facts.sign_of_life;
  return DecidedByFact(lead,
                       (held ? std::string(EventTypeName(sign)) : "a sign of life") + " after the last hard bounce",
                       kSignsOfLife, facts.sign_of_life);
}

// Returns the scopes of opt-outs that make the lead unsubscribed: everything, or topics that are not declared.
std::vector<Decision> OptOuts(const state::Lead& lead, const state::StatusFacts& facts,
                              const config::TenantDefinitions& definitions) {
  std::vector<Decision> outs;
  const auto add = [&](const std::string& reason, std::string_view scope, const state::ScopeTimes& times) {
    if (!times.opted_out()) return;
    outs.push_back(DecidedByFact(lead, reason, {EventType::kUnsubscribe}, times.out, scope));
  };
  add("an unsubscribe and no resubscribe since", "", facts.everything);
  for (const state::TopicTimes& topic : facts.topics) {
    if (definitions.topic_indexes.contains(topic.topic)) continue;
    add("an unsubscribe from \"" + topic.topic + "\", which is not declared, and no resubscribe since", topic.topic,
        topic.times);
  }
  return outs;
}

// Names each bar that was lifted; the deciding entry is that of the bar lifted last.
Decision DecideActive(const state::Lead& lead, const state::EngagementTotals& totals, const DecidingFacts& deciding) {
  const state::StatusFacts& facts = deciding.facts;
  std::vector<Decision> lifted;
  const auto resubscribed = [&](EventType bar, Instant barred_at, Instant at) {
    if (barred_at == Instant::DistantPast()) return;
    lifted.push_back(DecidedByFact(lead, "resubscribed after the last " + std::string(EventTypeName(bar)),
                                   {EventType::kResubscribe}, at, /*scope=*/""));
  };
  resubscribed(EventType::kComplaint, deciding.complaint.out, deciding.complaint.in);
  resubscribed(EventType::kUnsubscribe, facts.everything.out, facts.everything.in);
  const Instant any_bounce = std::max(facts.hard_bounce, lead.journal.Facts(totals).hard_bounce);
  if (any_bounce != Instant::DistantPast()) lifted.push_back(DecidePastBounce(lead, totals, facts, any_bounce));
  if (lifted.empty()) {
    const char* const from = facts.topics.empty() ? "" : " from everything";  // the lead may have left a declared topic
    return {Concat({"no complaint, unsubscribe", from, " or hard bounce"}), Instant::DistantPast()};
  }
  Decision decision = *std::ranges::max_element(lifted, {}, &Decision::at);
  decision.reason.clear();
  for (const Decision& bar : lifted) decision.reason += (decision.reason.empty() ? "" : "; ") + bar.reason;
  return decision;
}

Decision DecideBounced(const state::Lead& lead, const state::EngagementTotals& totals, const state::StatusFacts& facts,
                       const config::Lifecycle& lifecycle) {
  if (HardBounced(facts)) {
    return DecidedByFact(lead, "a hard bounce and nothing delivered since", {EventType::kBounce}, facts.hard_bounce);
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
                           const config::TenantDefinitions& definitions) {
  const DecidingFacts deciding = DecidingFactsOf(lead, totals, definitions);
  const state::StatusFacts& facts = deciding.facts;
  switch (EvaluateMailStatus(lead, totals, definitions).email_status) {
    case EmailStatus::kComplained:
      return DecidedByFact(lead, "a complaint", {EventType::kComplaint}, deciding.complaint.out);
    case EmailStatus::kUnsubscribed:
      return OptOuts(lead, facts, definitions).front();
    case EmailStatus::kBounced:
      return DecideBounced(lead, totals, facts, definitions.lifecycle);
    case EmailStatus::kActive:
      return DecideActive(lead, totals, deciding);
  }
  LP_ASSERT(false);
  return {};
}

std::string WhyWithheld(const state::Lead& lead, const config::TenantDefinitions& definitions) {
  if (lead.profile.do_not_contact) return "do not contact is set";
  if (const std::string domain = SuppressedDomainOf(lead, definitions); !domain.empty()) {
    return "the definitions suppress the domain of its address: suppress.domains holds " + domain;
  }
  if (!lead.identity || !definitions.identity_by_email) return "";
  const std::string& address = lead.identity->mailbox;
  switch (lead.identity->registration) {
    case state::Registration::kWaiting:
      return "not until it is known what others' events say about " + address;
    case state::Registration::kRefused:
      return std::to_string(state::kMaxMailboxLeads) + " other leads use " + address +
             " already: set another `email`, or the same once some of them have theirs";
    default:
      return "";
  }
}

std::vector<TopicExplanation> ExplainTopics(const state::Lead& lead, const state::EngagementTotals& totals,
                                            const config::TenantDefinitions& definitions) {
  std::vector<TopicExplanation> topics;
  for (const state::TopicTimes& topic : DecidingFactsOf(lead, totals, definitions).facts.topics) {
    const auto declared = definitions.topic_indexes.find(topic.topic);
    if (declared == definitions.topic_indexes.end() || topic.times.out == Instant::DistantPast()) continue;
    const bool out = topic.times.opted_out();
    topics.push_back({declared->second, out,
                      out ? DecidedByFact(lead, "an unsubscribe from it and no resubscribe to it since",
                                          {EventType::kUnsubscribe}, topic.times.out, topic.topic)
                          : DecidedByFact(lead, "resubscribed after the last unsubscribe", {EventType::kResubscribe},
                                          topic.times.in, topic.topic)});
  }
  std::ranges::sort(topics, {}, &TopicExplanation::topic);
  return topics;
}

Decision DecideStage(const state::Lead& lead, const state::EngagementTotals& totals, const View& view,
                     const config::Lifecycle& lifecycle) {
  const Stage stage = view.published.stage;
  if (lead.profile.set_stage && lead.profile.set_stage->stage == stage) {
    const std::string locked = IsFinal(stage) ? ", which is final" : "";
    return {"set to " + std::string(StageName(stage)) + " by a command" + locked, lead.profile.set_stage->issued_at};
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
              Instant::DistantPast()};
    default:
      return {"nothing has happened that reaches a later stage", Instant::DistantPast()};
  }
}

}  // namespace leadpulse::view
