// Mailchimp Transactional (Mandrill): a form whose field `mandrill_events` holds a JSON array of events.
// https://mailchimp.com/developer/transactional/docs/webhooks/
#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/event_names.h"
#include "processor/webhooks/form.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"send", EventType::kSent},
    {"delivered", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"click", EventType::kClick},
    {"hard_bounce", EventType::kBounce},
    {"soft_bounce", EventType::kBounce},
    {"spam", EventType::kComplaint},
    {"unsub", EventType::kUnsubscribe},
    {"deferral", EventType::kUnspecified},  // tried again
    {"reject", EventType::kUnspecified},    // withheld, for it had bounced, complained or unsubscribed before
    {"inbound", EventType::kUnspecified},
    {"blacklist", EventType::kUnspecified},  // what changed in the lists of addresses; what led to it is told, too
    {"denylist", EventType::kUnspecified},
    {"whitelist", EventType::kUnspecified},
    {"allowlist", EventType::kUnspecified},
};

// Changes of the lists have a `type` and no `event`.
std::string_view NameOf(const Json& event) {
  const std::string_view name = event["event"].text();
  return name.empty() ? event["type"].text() : name;
}

// The event's own. Where it is missing, the message's only click tells it.
std::string_view LinkOf(const Json& event) {
  const std::string_view link = event["url"].text();
  const Json::Elements& clicks = event["msg"]["clicks"].elements();
  return link.empty() && clicks.size() == 1 ? clicks.front()["url"].text() : link;
}

std::string_view FirstTagOf(const Json& tags) {
  return tags.elements().empty() ? tags.text() : tags.elements().front().text();
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = NameOf(event);
  const EventType type = TypeOf(name, kNames, event, events);
  if (type == EventType::kUnspecified) return;
  const Json& message = event["msg"];
  Draft draft;
  draft.name = name;
  draft.type = type;
  draft.bounce = name == "soft_bounce" ? BounceKind::kSoft : BounceKind::kHard;
  draft.address = message["email"].text();
  draft.at = TimeOfSeconds(event["ts"].text());  // that in `msg` is of the sending
  // `_id` is the message's; events have none.
  draft.message = event["_id"].text().empty() ? message["_id"].text() : event["_id"].text();
  draft.also_told_apart_by = {event["ip"].text(), event["user_agent"].text()};
  draft.campaign = FirstTagOf(message["tags"]);
  draft.link = type == EventType::kClick ? LinkOf(event) : "";
  draft.user_agent = event["user_agent"].text();
  draft.machine = EqualsFolded(event["user_agent_parsed"]["type"].text(), "robot");
  draft.arguments = &message["metadata"];
  draft.item = &event;
  events->Add(draft);
}

Result<Json> ParseField(std::string_view text) {
  Result<Json> events = Json::Parse(text);
  if (!events.ok()) return Status::Rejected("`mandrill_events` cannot be read: " + events.status().message());
  return events;
}

// The array in an object with the field, as text or as JSON.
Result<Json> EventsIn(const Json& object) {
  const Json& field = object[kMandrillEvents];
  return field.is_text() ? ParseField(field.text()) : Result<Json>(field);
}

// The array as JSON: from the signed field, from the form, or from a body in which programs store it: the array alone,
// or an object with the field.
Result<Json> ParseEvents(const Payload& payload) {
  if (payload.fields) return EventsIn(*payload.fields);
  const std::string_view body = TrimAsciiSpace(payload.body);
  if (!body.starts_with('{') && !body.starts_with('[')) {
    const Result<std::vector<FormField>> form = ParseForm(payload.body, payload.content_type);
    if (!form.ok()) return form.status();
    const std::string_view field = FirstOf(*form, kMandrillEvents);
    return field.empty() ? Status::Rejected("the form has no field `mandrill_events`") : ParseField(field);
  }
  Result<Json> whole = ParseBody(payload);
  return !whole.ok() || whole->is_array() ? whole : EventsIn(*whole);
}

class Mandrill : public Provider {
 public:
  std::string_view name() const override { return "mandrill"; }

  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    const Result<Json> list = ParseEvents(payload);
    if (!list.ok()) return list.status();
    if (!list->is_array()) return Status::Rejected("`mandrill_events` is no list of events");
    EventCollector events(name(), payload, options);
    for (const Json& event : list->elements()) Add(event, &events);
    return events.Take();
  }
};

}  // namespace

const Provider& MandrillProvider() {
  static const Mandrill kProvider;
  return kProvider;
}

}  // namespace leadpulse::webhooks
