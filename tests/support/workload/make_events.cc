#include <algorithm>

#include "tests/support/model/calendar.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/record_parts.h"

namespace leadpulse::workload {
namespace {

using model::BounceKind;
using model::Event;
using model::EventType;
using model::Json;
using model::Millis;

// Puts the value under the name, as it stands or, split at its dots, into objects.
void PutProperty(Random& random, const std::string& name, Json value, Json& properties) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos || random.Chance(30)) {
    properties[Respell(random, name)] = std::move(value);
    return;
  }
  Json& object = properties[Respell(random, name.substr(0, dot))];
  if (!object.is_object()) object = Json::object();
  PutProperty(random, name.substr(dot + 1), std::move(value), object);
}

Json PickProperties(Random& random, const World& world) {
  Json properties = Json::object();
  for (const std::string& name : Words().properties) {
    if (!random.Chance(45)) continue;
    PutProperty(random, name, AnyValue(random, world, name), properties);
    if (random.Chance(25)) PutProperty(random, name, AnyValue(random, world, name), properties);
  }
  return properties;
}

bool IsAboutOptOuts(const World& world) { return world.theme == Theme::kOptOuts || world.theme == Theme::kMailboxes; }

// The kind of events of a lead in a world of opt-outs: all of them, bounces and signs of life, or topics. A complaint
// or an opt-out from everything hides the rest.
enum class Focus { kAll, kBounces, kTopics };

Focus FocusOf(const World& world, const std::string& lead) {
  // Leads that share an address share the kind of their events.
  if (world.theme == Theme::kMailboxes) return static_cast<Focus>(world.first_focus);
  const auto place = std::find(world.leads.begin(), world.leads.end(), lead) - world.leads.begin();
  return static_cast<Focus>((world.first_focus + place) % 3);
}

EventType PickOptOut(Random& random, Focus focus) {
  static const std::vector<EventType> kAll = {EventType::kUnsubscribe, EventType::kUnsubscribe, EventType::kUnsubscribe,
                                              EventType::kResubscribe, EventType::kResubscribe, EventType::kBounce,
                                              EventType::kComplaint,   EventType::kDelivered,   EventType::kOpen,
                                              EventType::kRetract};
  static const std::vector<EventType> kBounces = {
      EventType::kBounce, EventType::kBounce,  EventType::kBounce,    EventType::kOpen,      EventType::kClick,
      EventType::kReply,  EventType::kRetract, EventType::kDelivered, EventType::kPageVisit, EventType::kResubscribe};
  static const std::vector<EventType> kTopics = {EventType::kUnsubscribe, EventType::kResubscribe,
                                                 EventType::kUnsubscribe, EventType::kResubscribe,
                                                 EventType::kUnsubscribe, EventType::kRetract};
  if (focus == Focus::kAll) return random.OneOf(kAll);
  return random.OneOf(focus == Focus::kBounces ? kBounces : kTopics);
}

EventType PickType(Random& random, const World& world, const std::string& lead) {
  const Theme theme = world.theme;
  if (IsAboutOptOuts(world) && random.Chance(85)) return PickOptOut(random, FocusOf(world, lead));
  static const std::vector<EventType> kOften = {EventType::kSent,      EventType::kDelivered, EventType::kOpen,
                                                EventType::kOpen,      EventType::kClick,     EventType::kClick,
                                                EventType::kPageVisit, EventType::kCustom};
  static const std::vector<EventType> kPlain = {EventType::kSent, EventType::kOpen, EventType::kClick,
                                                EventType::kPageVisit};
  static const std::vector<EventType> kMail = {EventType::kBounce, EventType::kBounce,      EventType::kBounce,
                                               EventType::kOpen,   EventType::kDelivered,   EventType::kUnsubscribe,
                                               EventType::kReply,  EventType::kResubscribe, EventType::kComplaint};
  const bool is_plain = theme == Theme::kSequences || theme == Theme::kScoring;
  if (is_plain && random.Chance(80)) return random.OneOf(kPlain);
  if (theme == Theme::kAddresses && random.Chance(80)) return random.OneOf(kMail);
  if (theme == Theme::kJournal && random.Chance(20)) return EventType::kRetract;
  if (random.Chance(60)) return random.OneOf(kOften);
  return static_cast<EventType>(random.Between(1, 12));
}

// Puts an event after another one by about a duration of a rule, with the same message or nearly so.
void Follow(Random& random, World& world, Event& event) {
  const Event& earlier = random.OneOf(world.events);
  event.lead = earlier.lead;
  const Millis later = random.Chance(25) ? 0 : random.OneOf(world.durations).millis();
  event.occurred_at = TimeText(random, model::TimeOf(earlier.occurred_at) + later + random.Between(-1, 1));
  if (random.Chance(75)) event.message = earlier.message;
  if (random.Chance(60)) event.campaign = earlier.campaign;
}

std::string PickUrl(Random& random) {
  if (random.Chance(80)) return "";
  if (random.Chance(80)) return "https://example.com/pricing";
  // About the maximum length of a property.
  return std::string(random.Between(255, 257), 'u');
}

std::string PickRetracted(Random& random, const World& world) {
  return IsAboutOptOuts(world) && !world.events.empty() && random.Chance(80) ? random.OneOf(world.events).id
                                                                             : SmallId(random, "e");
}

// Picks a topic, mostly for opt-outs and returns, since a topic means nothing on other events.
std::string PickTopic(Random& random, const World& world, const Event& event) {
  const bool is_about_topics = event.type == EventType::kUnsubscribe || event.type == EventType::kResubscribe;
  const bool has_focus = IsAboutOptOuts(world) && FocusOf(world, event.lead) == Focus::kTopics;
  if (has_focus && is_about_topics) return Words().topics[random.Between(1, 8)];
  if (!random.Chance(!is_about_topics ? 5 : IsAboutOptOuts(world) ? 75 : 40)) return "";
  // The first few occur more often, so that they coincide.
  const auto all = static_cast<int64_t>(Words().topics.size());
  return Words().topics[random.Below(random.Chance(60) ? 5 : all)];
}

}  // namespace

Event MakeEvent(Random& random, World& world) {
  Event event;
  event.tenant = world.tenant;
  event.lead = random.OneOf(world.leads);
  event.id = SmallId(random, "e");
  event.type = PickType(random, world, event.lead);
  event.occurred_at = TimeText(random, PickTime(random, world));
  event.campaign = random.OneOf(Words().campaigns);
  event.message = random.OneOf(Words().messages);
  event.name = random.OneOf(Words().names);
  if (random.Chance(40)) event.properties = PickProperties(random, world);
  event.url = PickUrl(random);
  if (event.type == EventType::kBounce) event.bounce_kind = static_cast<BounceKind>(random.Below(3));
  event.topic = PickTopic(random, world, event);
  event.machine = random.Chance(25);
  event.backfill = random.Chance(10);
  if (event.type == EventType::kRetract) event.retracts = PickRetracted(random, world);
  const int follows = world.theme == Theme::kSequences ? 60 : 10;
  if (!world.events.empty() && random.Chance(follows)) Follow(random, world, event);
  world.events.push_back(event);
  return event;
}

std::vector<model::Record> MakeManyTopics(Random& random, World& world) {
  std::vector<model::Record> records;
  const std::string lead = random.OneOf(world.leads);
  const int64_t topics = random.Between(92, 104);
  for (int64_t i = 0; i < topics; ++i) {
    Event event;
    event.tenant = world.tenant;
    event.lead = lead;
    event.id = "topic" + std::to_string(i);
    event.type = random.Chance(20) ? EventType::kUnsubscribe : EventType::kResubscribe;
    event.occurred_at = TimeText(random, PickTime(random, world));
    event.topic = "topic" + std::to_string(i);
    records.push_back({event, random.Next()});
  }
  std::stable_sort(records.begin(), records.end(), [](const model::Record& left, const model::Record& right) {
    return workload::TimeOf(left) < workload::TimeOf(right);
  });
  return records;
}

}  // namespace leadpulse::workload
