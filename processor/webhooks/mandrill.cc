// Mailchimp Transactional (Mandrill): a form with a JSON array of events in its field `mandrill_events`.
// https://mailchimp.com/developer/transactional/docs/webhooks/
#include <vector>

#include "processor/base/text.h"
#include "processor/http/form.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

// Changes of the list of addresses that get no mail, by its former and its present name.
constexpr std::string_view kDenied = "blacklist", kDeniedNow = "denylist";

constexpr EventName kNames[] = {
    {"send", EventType::kSent},          {"delivered", EventType::kDelivered},
    {"open", EventType::kOpen},          {"click", EventType::kClick},
    {"hard_bounce", EventType::kBounce}, {"soft_bounce", EventType::kBounce, BounceKind::kSoft},
    {"spam", EventType::kComplaint},     {"unsub", EventType::kUnsubscribe},
};

// Deferred mail is tried again. Who may be mailed whatever happens (the allow list) may still opt out.
constexpr std::string_view kIgnored[] = {"deferral", "inbound", kDenied, kDeniedNow, "whitelist", "allowlist"};

// Mail that was withheld.
constexpr std::string_view kReject = "reject";

// Returns why mail was withheld: `hard-bounce`, `spam`, `unsub`, `custom`, `invalid`, or what is not about the address
// (https://mailchimp.com/developer/transactional/api/messages/).
std::string_view ReasonOf(const Json& message) {
  return FirstText({message["reject"]["reason"].text(), message["reject_reason"].text(), message["reject"].text(),
                    message["bounce_description"].text()});
}

// Returns the event's link; if it is missing, that of the message's only click.
std::string_view LinkOf(const Json& event) {
  const std::string_view link = event["url"].text();
  const Json::Elements& clicks = event["msg"]["clicks"].elements();
  return link.empty() && clicks.size() == 1 ? clicks.front()["url"].text() : link;
}

void Add(const Json& event, EventCollector* events) {
  // Changes of the lists have a `type` and no `event`.
  const std::string_view name = FirstText(event, {"event", "type"});
  const Json& message = event["msg"];
  const bool is_denied = (name == kDenied || name == kDeniedNow) && event["action"].text() != "remove";
  const bool is_known = name == kReject || is_denied;
  const std::string_view why = is_denied ? event["reject"]["reason"].text() : ReasonOf(message);
  std::optional<Draft> draft = is_known ? events->BeginWithheld(name, why, EventType::kUnspecified, event)
                                        : events->Begin(name, kNames, kIgnored, event);
  if (!draft) return;
  if (!is_known) draft->reasons = {message["diag"].text(), message["bounce_description"].text()};
  draft->address = FirstText({message["email"].text(), event["reject"]["email"].text()});
  draft->at = TimeOfAnyForm(event["ts"].text());  // `msg` has the time of sending
  // `_id` is the message's id; events have none.
  draft->message = FirstText({event["_id"].text(), message["_id"].text()});
  draft->also_told_apart_by = {event["ip"].text(), event["user_agent"].text()};
  draft->campaign = TextOrFirst(message["tags"]);
  draft->link = draft->type == EventType::kClick ? LinkOf(event) : "";
  draft->user_agent = event["user_agent"].text();
  draft->machine = EqualsFolded(event["user_agent_parsed"]["type"].text(), "robot");
  draft->arguments = &message["metadata"];
  events->Add(*draft);
}

Result<Json> ParseField(std::string_view text) {
  Result<Json> events = Json::Parse(text);
  if (!events.ok()) return Status::Rejected("`mandrill_events` cannot be read: " + events.status().message());
  return events;
}

// Returns the array in an object with the field, as a string or as JSON.
Result<Json> EventsIn(const Json& object) {
  const Json& field = object[kMandrillEvents];
  return field.is_string() ? ParseField(field.text()) : Result<Json>(field);
}

// Parses the array of events: from the signed field, from the form, or from a body as programs store it: the array
// alone, or an object with the field.
Result<Json> ParseEvents(const Payload& payload) {
  if (payload.fields) return EventsIn(*payload.fields);
  const std::string_view body = TrimAsciiSpace(payload.body);
  if (!body.starts_with('{') && !body.starts_with('[')) {
    LP_ASSIGN_OR_RETURN(const std::vector<http::FormField> form, http::ParseForm(payload.body, payload.content_type));
    const std::string_view field = http::FirstOf(form, kMandrillEvents);
    return field.empty() ? Status::Rejected("the form has no field `mandrill_events`") : ParseField(field);
  }
  Result<Json> whole = ParseBody(payload);
  return !whole.ok() || whole->is_array() ? whole : EventsIn(*whole);
}

}  // namespace

Status ReadMandrill(const Payload& payload, EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const Json list, ParseEvents(payload));
  if (!list.is_array()) return Status::Rejected("`mandrill_events` is no list of events");
  for (const Json& event : list.elements()) Add(event, events);
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
