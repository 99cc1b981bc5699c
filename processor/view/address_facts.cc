#include "processor/view/address_facts.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "processor/base/address.h"

namespace leadpulse::view {
namespace {

using state::AddressSlot;
using state::Lead;
using state::LeadIdentity;
using state::ScopeTimes;
using state::StatusFacts;

// Returns the slot of the address that the lead had last, if it has none now; kNowhereSlot: it never had one.
AddressSlot LastSlot(const Lead& lead) {
  const std::string last = NormalizeAddress(lead.profile.last_address);
  return last.empty() ? state::kNowhereSlot : lead.identity->FindSlot(last);
}

// The times of topics, asked for in ascending order.
class AscendingTopics {
 public:
  // Keeps `facts`.
  explicit AscendingTopics(const StatusFacts& facts) : next_(facts.topics.begin()), end_(facts.topics.end()) {}

  ScopeTimes TimesOf(std::string_view topic) {
    while (next_ != end_ && next_->topic < topic) ++next_;
    return next_ != end_ && next_->topic == topic ? next_->times : ScopeTimes();
  }

 private:
  std::vector<state::TopicTimes>::const_iterator next_, end_;
};

// Facts by origin: each kind of RESUBSCRIBE ends something else, so they are kept separate.
struct Sources {
  const StatusFacts& own;         // all events of the lead, received ones too
  const StatusFacts& standing;    // the facts of other leads' events
  const StatusFacts& of_address;  // the lead's own events that belong to its address
  // RESUBSCRIBEs sent for the lead that name no address.
  const StatusFacts& unnamed;

  // Returns the times that decide: an opt-out that counts if there is one, else the latest. `times_of` returns the
  // latest opt-out, or complaint, and RESUBSCRIBE of facts.
  template <typename TimesOf>
  ScopeTimes Decide(const TimesOf& times_of) const {
    return Decide(times_of(own), times_of(standing), times_of(of_address), times_of(unnamed));
  }
  static ScopeTimes Decide(ScopeTimes own, ScopeTimes standing, ScopeTimes of_address, ScopeTimes unnamed) {
    const Instant of_others = std::max(standing.in, of_address.in);
    const ScopeTimes all[] = {{own.out, std::max(own.in, of_others)},
                              {standing.out, of_others},
                              {of_address.out, std::max(unnamed.in, of_others)}};
    return *std::ranges::max_element(all, {},
                                     [](const ScopeTimes& times) { return std::pair(times.opted_out(), times.out); });
  }
};

// Decides the times of each scope in `facts`, which are a copy of `sources.own`.
void DecideScopes(const Sources& sources, StatusFacts* facts) {
  facts->everything = sources.Decide([](const StatusFacts& of) { return of.everything; });
  std::vector<state::TopicTimes> topics;  // all of both: an opt-out is never lost
  topics.reserve(facts->topics.size() + sources.standing.topics.size());
  std::ranges::set_union(facts->topics, sources.standing.topics, std::back_inserter(topics), {},
                         &state::TopicTimes::topic, &state::TopicTimes::topic);
  AscendingTopics own(sources.own), standing(sources.standing), of_address(sources.of_address),
      unnamed(sources.unnamed);
  for (auto& [topic, times] : topics) {
    times =
        Sources::Decide(own.TimesOf(topic), standing.TimesOf(topic), of_address.TimesOf(topic), unnamed.TimesOf(topic));
  }
  facts->topics = std::move(topics);
}

// Decides which hard bounce and sign of life count: those that belong to the present address, or to none and are later
// than the last change of address. Reads the lead's own journal, including received entries.
void DecideBounces(const Lead& lead, const StatusFacts& standing, StatusFacts* facts) {
  const PresentAddress present = PresentAddressOf(lead);
  facts->hard_bounce = standing.hard_bounce;
  facts->sign_of_life = standing.sign_of_life;
  for (const AddressSlot slot : {present.slot, present.received}) {
    const StatusFacts of_address = state::FactsOfAddress(lead, slot);
    facts->hard_bounce = std::max(facts->hard_bounce, of_address.hard_bounce);
    facts->sign_of_life = std::max(facts->sign_of_life, of_address.sign_of_life);
  }
  const auto include = [&](Instant at, Instant* latest) {
    if (at > present.changed_at) *latest = std::max(*latest, at);
  };
  const StatusFacts of_none = lead.journal.FactsOf(present.none);
  include(of_none.hard_bounce, &facts->hard_bounce);
  include(of_none.sign_of_life, &facts->sign_of_life);
}

bool HasOptOut(const StatusFacts& facts) {
  const auto is_out = [](const state::TopicTimes& topic) { return topic.times.out != Instant::DistantPast(); };
  return facts.everything.out != Instant::DistantPast() || facts.complaint != Instant::DistantPast() ||
         std::ranges::any_of(facts.topics, is_out);
}

}  // namespace

std::string SentAddressOf(const LeadKey& key, const state::Profile& profile) {
  const auto email = profile.attributes.find(state::kEmailAttribute);
  if (email != profile.attributes.end()) {
    const auto* sent = std::get_if<std::string>(&email->second.sent);
    if (sent != nullptr && sent->find('@') != std::string::npos) return *sent;
  }
  return key.lead.find('@') != std::string::npos ? key.lead : std::string();
}

std::string AddressOf(const LeadKey& key, const state::Profile& profile) {
  return NormalizeAddress(SentAddressOf(key, profile));
}

PresentAddress PresentAddressOf(const Lead& lead) {
  const LeadIdentity& identity = *lead.identity;
  PresentAddress present;
  if (IsMailboxId(lead.key.lead)) present.none = state::kNoAddressSlot;
  if (!identity.mailbox.empty()) {
    present.slot = identity.FindSlot(identity.mailbox);
  } else if (!IsMailboxId(lead.key.lead)) {
    present.slot = LastSlot(lead);
  }
  present.received = present.slot;
  if (present.slot == state::kOwnSlot && IsMailboxId(lead.key.lead)) {
    const AddressSlot slot = identity.FindSlot(lead.key.lead);
    if (slot != state::kNowhereSlot) present.received = slot;
  }
  present.changed_at = lead.profile.address_changed_at.value_or(Instant::DistantPast());
  return present;
}

std::string_view ReceivedThrough(const Lead& lead, const state::JournalEntry& entry) {
  if (!entry.received || !lead.identity || !state::KnowsSlot(lead.identity, entry.address)) return {};
  return entry.address >= state::kNoAddressSlot ? std::string_view() : lead.identity->addresses[entry.address - 1u];
}

void TakeAddressInto(const Lead& lead, const state::EngagementTotals& totals, StatusFacts* facts,
                     ScopeTimes* complaint) {
  const LeadIdentity& identity = *lead.identity;
  // Most leads were never opted out, and neither was their address.
  if (HasOptOut(*facts) || HasOptOut(identity.standing)) {
    const PresentAddress present = PresentAddressOf(lead);
    const bool has_address = !identity.mailbox.empty() || IsMailboxId(lead.key.lead);
    const bool follows = has_address && identity.registration != state::Registration::kRefused;
    const StatusFacts nothing;
    const StatusFacts own = *facts;
    const StatusFacts of_address = follows ? state::FactsOfAddress(lead, present.slot) : nothing;
    StatusFacts unnamed = lead.journal.FactsOf(present.none, state::kUnnamedSlot);
    Merge(lead.journal.FactsOf(state::kNowhereSlot), &unnamed);
    const Sources sources{own, follows ? identity.standing : nothing, of_address, unnamed};
    DecideScopes(sources, facts);
    *complaint = sources.Decide([](const StatusFacts& of) { return ScopeTimes{of.complaint, of.everything.in}; });
  }
  const bool bounced = totals[EventType::kBounce].count > 0 || lead.journal.kept_address_facts() != nullptr ||
                       facts->hard_bounce != Instant::DistantPast() ||
                       identity.standing.hard_bounce != Instant::DistantPast();
  if (bounced) DecideBounces(lead, identity.standing, facts);
}

}  // namespace leadpulse::view
