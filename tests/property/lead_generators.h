// RapidCheck generators of leads and their parts. The ranges are small, so that values often coincide.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/lead_examples.h"

namespace leadpulse::testing {

inline rc::Gen<Instant> AnyInstant() {
  return rc::gen::map(rc::gen::inRange<int64_t>(-5, 20), [](int64_t minute) { return AtMinute(minute); });
}

// Draws UTF-8, from empty to longer than the texts that the journal's format shares.
inline rc::Gen<std::string> AnyText() {
  return rc::gen::weightedOneOf<std::string>(
      {{6, rc::gen::element<std::string>("", "a", "spring", "Заказ", "🙂", std::string("n\0l", 3))},
       {2, rc::gen::map(rc::gen::inRange(0, 100), [](int n) { return "text-" + std::to_string(n); })},
       {1, rc::gen::map(rc::gen::inRange(250, 260), [](int n) { return std::string(n, 'x'); })}});
}

inline rc::Gen<Scalar> AnyScalar() {
  return rc::gen::oneOf(rc::gen::just(Scalar()), rc::gen::cast<Scalar>(rc::gen::arbitrary<bool>()),
                        rc::gen::cast<Scalar>(rc::gen::arbitrary<double>()),
                        rc::gen::map(rc::gen::arbitrary<int32_t>(), [](int32_t n) { return Scalar(double{1.0 * n}); }),
                        rc::gen::cast<Scalar>(AnyInstant()), rc::gen::cast<Scalar>(AnyText()));
}

inline rc::Gen<Value> AnyValue() {
  auto widen = [](const Scalar& scalar) {
    return std::visit([](const auto& alternative) { return Value(alternative); }, scalar);
  };
  auto structure = [](const std::string& text) { return Value(StructValue{text}); };
  return rc::gen::oneOf(rc::gen::map(AnyScalar(), widen), rc::gen::map(AnyText(), structure),
                        rc::gen::cast<Value>(rc::gen::container<ScalarList>(AnyScalar())));
}

// Draws the value of a property, which may be a day: what was sent never is one.
inline rc::Gen<Value> AnyProperty() {
  const auto day = [](int32_t number) { return Value(CalendarDay{{number}, AtMinute(number)}); };
  return rc::gen::weightedOneOf<Value>(
      {{5, AnyValue()}, {1, rc::gen::map(rc::gen::inRange(kFirstDay.since_epoch, kLastDay.since_epoch + 1), day)}});
}

// Gives the entry one of three addresses, or receives it through one of two. Ids are from a small set, so that
// duplicates and retractions find others; one id always means the same event.
inline void ChooseAddress(OwnedEntry* entry) {
  entry->address = *rc::gen::element<state::AddressSlot>(0, 0, 0, 1, 2);
  entry->received = entry->address != state::kOwnSlot && *rc::gen::arbitrary<bool>();
  entry->of_other_address = entry->received && *rc::gen::arbitrary<bool>();
  if (entry->of_other_address)
    entry->other_address = *rc::gen::element(state::kOwnSlot, entry->address, state::kNowhereSlot);
}

inline rc::Gen<OwnedEntry> AnyEntry() {
  return rc::gen::exec([] {
    OwnedEntry entry;
    int id = *rc::gen::inRange(0, 60);
    entry.event_id = "event-" + std::to_string(id);
    entry.type = static_cast<EventType>(*rc::gen::inRange(1, kEventTypeCount));
    entry.occurred_at = *AnyInstant();
    entry.bounce_kind = *rc::gen::element(BounceKind::kUnspecified, BounceKind::kHard, BounceKind::kSoft);
    entry.machine = *rc::gen::arbitrary<bool>();
    ChooseAddress(&entry);
    entry.message_id = *AnyText();
    entry.campaign_id = *AnyText();
    entry.name = *AnyText();
    if (entry.type == EventType::kRetract) entry.subject = "event-" + std::to_string(*rc::gen::inRange(0, 60));
    auto properties =
        *rc::gen::container<std::vector<std::pair<std::string, Value>>>(rc::gen::pair(AnyText(), AnyProperty()));
    if (properties.size() > 4) properties.resize(4);
    entry.properties = std::move(properties);
    return entry;
  });
}

// Draws entries whose ids each occur once.
inline rc::Gen<std::vector<OwnedEntry>> DistinctEntries() {
  return rc::gen::map(rc::gen::container<std::vector<OwnedEntry>>(AnyEntry()), [](auto entries) {
    std::set<std::string> seen;
    std::erase_if(entries, [&](const auto& entry) { return !seen.insert(entry.event_id).second; });
    return entries;
  });
}

inline rc::Gen<state::Profile> AnyProfile() {
  return rc::gen::exec([] {
    state::Profile profile = *rc::gen::arbitrary<bool>() ? FullProfile() : state::Profile();
    for (const auto& [name, value] :
         *rc::gen::container<std::vector<std::pair<std::string, Value>>>(rc::gen::pair(AnyText(), AnyValue()))) {
      profile.attributes[name].sent = value;
    }
    for (const std::string& name : *rc::gen::container<std::vector<std::string>>(AnyText()))
      profile.extras.Get().tags.Add(name);
    if (*rc::gen::arbitrary<bool>()) profile.qualification = *rc::gen::inRange<int32_t>(0, 101);
    profile.extras.Get().agent_id = *AnyText();
    return profile;
  });
}

inline rc::Gen<Instant> AnyTimeOrNone() { return rc::gen::oneOf(AnyInstant(), rc::gen::just(Instant::DistantPast())); }

// Draws facts in which each topic has a time, and the number of topics is within the limit.
inline rc::Gen<state::StatusFacts> AnyStatusFacts() {
  return rc::gen::exec([] {
    state::StatusFacts facts;
    facts.everything = {*AnyTimeOrNone(), *AnyTimeOrNone()};
    for (const char* topic : {"a", "b", "Заказ"}) {
      const state::ScopeTimes times{*AnyTimeOrNone(), *AnyTimeOrNone()};
      if (times != state::ScopeTimes()) facts.topics.push_back({topic, times});
    }
    facts.complaint = *AnyTimeOrNone();
    facts.hard_bounce = *AnyTimeOrNone();
    facts.sign_of_life = *AnyTimeOrNone();
    return facts;
  });
}

inline rc::Gen<state::LeadIdentity> AnyIdentity() {
  return rc::gen::exec([] {
    state::LeadIdentity identity;
    identity.mailbox = *AnyText();
    identity.registration = static_cast<state::Registration>(*rc::gen::inRange(0, 4));
    identity.standing = *AnyStatusFacts();
    identity.question = *rc::gen::arbitrary<uint64_t>();
    state::WithheldView withheld;
    withheld.tier = *AnyText();
    for (const std::string& id : *rc::gen::container<std::set<std::string>>(AnyText())) {
      withheld.segments.push_back(id);
    }
    identity.withheld.Set(std::move(withheld));
    for (const std::string& address : *rc::gen::container<std::set<std::string>>(rc::gen::nonEmpty(AnyText()))) {
      identity.SlotOf(address);
    }
    for (const std::string& id : *rc::gen::container<std::set<std::string>>(rc::gen::nonEmpty(AnyText()))) {
      identity.leads[id] = {*rc::gen::arbitrary<bool>(), *AnyStatusFacts()};
    }
    identity.others.Set(*AnyStatusFacts());
    for (const std::string& id : *rc::gen::container<std::vector<std::string>>(AnyText())) {
      identity.routed.push_back({id, *AnyText()});
    }
    identity.users_erased_at = *AnyTimeOrNone();
    identity.is_no_lead = *rc::gen::arbitrary<bool>();
    identity.users_suppressed = *rc::gen::arbitrary<bool>();
    identity.was_mailbox = *rc::gen::arbitrary<bool>();
    return identity;
  });
}

inline rc::Gen<state::Lead> AnyLead() {
  return rc::gen::exec([] {
    state::Lead lead;
    lead.key = {"acme", *AnyText()};
    lead.profile = *AnyProfile();
    size_t bound = *rc::gen::element<size_t>(1, 3, 10, 1000);
    for (const OwnedEntry& entry : *DistinctEntries()) lead.journal.Add(entry, bound);
    if (*rc::gen::arbitrary<bool>()) lead.identity.Get() = *AnyIdentity();
    // Entries refer to the first two addresses of the identity.
    lead.identity.Get().SlotOf("ann@example.com");
    lead.identity.Get().SlotOf("bob@example.com");
    lead.last_seq = {*rc::gen::arbitrary<uint64_t>()};
    lead.erased_at = *rc::gen::element(Instant::DistantPast(), AtMinute(0), Instant{-1});
    lead.next_change_at = *rc::gen::element(Instant::Never(), AtMinute(0), Instant{-1});
    lead.view.score = *rc::gen::arbitrary<int64_t>();
    lead.view.stage = static_cast<Stage>(*rc::gen::inRange(1, 10));
    const auto segments = *rc::gen::arbitrary<std::vector<uint32_t>>();
    lead.view.segments.assign(segments.begin(), segments.end());
    lead.definitions_number = {*rc::gen::arbitrary<uint32_t>()};
    return lead;
  });
}

}  // namespace leadpulse::testing
