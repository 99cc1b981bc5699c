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

constexpr std::string_view kField = "mandrill_events";

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

// The array as JSON, from the form or from one of the shapes in which programs keep it: the array alone, or an object
// with the field.
Result<Json> ParseEvents(const Post& post) {
  const std::string_view body = TrimAsciiSpace(post.body);
  if (!body.starts_with('{') && !body.starts_with('[')) {
    const Result<std::vector<FormField>> form = ParseForm(post);
    if (!form.ok()) return form.status();
    const std::string_view field = FirstOf(*form, kField);
    return field.empty() ? Status::Rejected("the form has no field `mandrill_events`") : ParseField(field);
  }
  Result<Json> whole = ParseBody(post);
  if (!whole.ok() || whole->is_array()) return whole;
  const Json& field = (*whole)[kField];
  return field.is_text() ? ParseField(field.text()) : Result<Json>(field);
}

class Mandrill : public Provider {
 public:
  std::string_view name() const override { return "mandrill"; }

  Result<Conversion> Convert(const Post& post, const ConversionOptions& options) const override {
    const Result<Json> list = ParseEvents(post);
    if (!list.ok()) return list.status();
    if (!list->is_array()) return Status::Rejected("`mandrill_events` is no list of events");
    EventCollector events(name(), post, options);
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
