// The status facts of a journal: of its entries, and of events that are not entries.
#include <algorithm>
#include <utility>

#include "state/lead/journal.h"

namespace leadpulse::state {
namespace {

// Whether events of this type say what a person wishes. The other types say that mail arrives, except bounces; a
// RESUBSCRIBE says both.
bool IsWish(EventType type) { return HasScope(type) || type == EventType::kComplaint; }

// Includes an event, EntryFields or a JournalEntry, in the facts of the address that it belongs to.
template <typename Event>
void IncludeOf(const Event& event, StatusFacts* facts) {
  if (event.belongs_to() == kNowhereSlot && !IsWish(event.type)) return;
  if (!event.received) {
    // An address has at most the topics of its lead, so there is always room to meet one.
    facts->Include(event.type, event.bounce_kind, facts->Meet(event.type, event.topic()), event.occurred_at);
  } else if (!IsWish(event.type) || event.type == EventType::kResubscribe) {
    facts->Include(event.type, event.bounce_kind, kNoTopic, event.occurred_at);
  }
}

}  // namespace

StatusFacts Journal::PastFacts() const { return facts_ ? *facts_ : FactsOfTotals(folded().totals); }

StatusFacts& Journal::MutableFacts() {
  if (!facts_) SetFacts(PastFacts());
  return facts_.Get();
}

template <typename Event>
void Journal::IncludeInAddressFacts(const Event& event) {
  if (!IsStatusFact(event.type, event.bounce_kind)) return;
  if (!address_facts_) {
    if (event.address == kOwnSlot) return;
    SetAddressFacts({{kOwnSlot, PastFacts()}});
  }
  const AddressSlot address = event.belongs_to();
  std::vector<AddressFacts>& all = address_facts_.Get();
  const auto place = std::ranges::lower_bound(all, address, {}, &AddressFacts::address);
  const bool is_new = place == all.end() || place->address != address;
  IncludeOf(event, &(is_new ? all.insert(place, {address, {}}) : place)->facts);
}

void Journal::IncludeFolding(const JournalEntry& oldest) {
  IncludeInAddressFacts(oldest);
  if (facts_) facts_.Get().Include(oldest.type, oldest.bounce_kind, oldest.topic(), oldest.occurred_at);
}

bool Journal::IsNoFact(const EntryFields& event) const {
  if (event.machine || !IsStatusFact(event.type, event.bounce_kind)) return true;
  return IsNamedByRetract(event.event_id, event.origin());
}

bool Journal::Ignores(const EntryFields& event) const {
  if (IndexOf(event.event_id, HashEventId(event.event_id), event.origin())) return true;
  return IsOlderThanFold(event) && IsNoFact(event);
}

bool Journal::IncludeInFacts(const EntryFields& event) {
  if (IsNoFact(event)) return false;
  StatusFacts facts = PastFacts();
  const StatusFacts before = facts;
  EntryFields met = event;
  if (HasScope(event.type)) met.subject = facts.Meet(event.type, event.topic());
  facts.Include(event.type, event.bounce_kind, met.topic(), event.occurred_at);
  const StatusFacts of_address = FactsOf(event.belongs_to());
  IncludeInAddressFacts(met);
  const bool address_changed = address_facts_ && !(FactsOf(event.belongs_to()) == of_address);
  if (facts == before) return address_changed;
  SetFacts(std::move(facts));
  return true;
}

StatusFacts Journal::FactsOf(AddressSlot address, AddressSlot other) const {
  const auto is_asked = [=](AddressSlot slot) { return slot == address || slot == other; };
  StatusFacts facts;
  if (address_facts_) {
    for (const AddressFacts& kept : *address_facts_) {
      if (is_asked(kept.address)) Merge(kept.facts, &facts);
    }
  } else if (is_asked(kOwnSlot)) {
    facts = PastFacts();
  }
  for (const JournalEntry& entry : entries()) {
    if (is_asked(entry.belongs_to()) && entry.effective()) IncludeOf(entry, &facts);
  }
  return facts;
}

StatusFacts Journal::Facts(const EngagementTotals& totals) const {
  StatusFacts facts = FactsOfTotals(totals);
  if (!facts_) return facts;
  facts.everything = facts_->everything;
  facts.topics = facts_->topics;
  facts.complaint = std::max(facts.complaint, facts_->complaint);
  facts.hard_bounce = std::max(facts.hard_bounce, facts_->hard_bounce);
  facts.sign_of_life = std::max(facts.sign_of_life, facts_->sign_of_life);
  if (totals[EventType::kUnsubscribe].count + totals[EventType::kResubscribe].count == 0) return facts;
  for (const JournalEntry& entry : entries()) {
    if (HasScope(entry.type) && entry.effective())
      facts.Include(entry.type, entry.bounce_kind, entry.subject(), entry.occurred_at);
  }
  return facts;
}

}  // namespace leadpulse::state
