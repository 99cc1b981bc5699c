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

Json PickProperties(Random& random, const World& world) {
  Json properties = Json::object();
  for (const std::string& name : Words().properties) {
    if (!random.Chance(45)) continue;
    properties[Respell(random, name)] = AnyValue(random, world, name);
    if (random.Chance(25)) properties[Respell(random, name)] = AnyValue(random, world, name);
  }
  return properties;
}

EventType PickType(Random& random, Theme theme) {
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

// Later than another event by just about the time that a rule names, with the same message or nearly so.
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
  // Around the longest text of a property.
  return std::string(random.Between(255, 257), 'u');
}

}  // namespace

Event MakeEvent(Random& random, World& world) {
  Event event;
  event.tenant = world.tenant;
  event.lead = random.OneOf(world.leads);
  event.id = SmallId(random, "e");
  event.type = PickType(random, world.theme);
  event.occurred_at = TimeText(random, PickTime(random, world));
  event.campaign = random.OneOf(Words().campaigns);
  event.message = random.OneOf(Words().messages);
  event.name = random.OneOf(Words().names);
  if (random.Chance(40)) event.properties = PickProperties(random, world);
  event.url = PickUrl(random);
  if (event.type == EventType::kBounce) event.bounce_kind = static_cast<BounceKind>(random.Below(3));
  event.machine = random.Chance(25);
  event.backfill = random.Chance(10);
  if (event.type == EventType::kRetract) event.retracts = SmallId(random, "e");
  const int follows = world.theme == Theme::kSequences ? 60 : 10;
  if (!world.events.empty() && random.Chance(follows)) Follow(random, world, event);
  world.events.push_back(event);
  return event;
}

}  // namespace leadpulse::workload
