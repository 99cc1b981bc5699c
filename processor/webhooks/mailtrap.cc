// Mailtrap's webhooks for sending: an object with a list of events, or one event a line, depending on the account's
// settings.
// https://docs.mailtrap.io/email-api-smtp/advanced/webhooks
// https://api-docs.mailtrap.io/docs/mailtrap-api-docs/016fe2a1efd5a-receive-events-json-format
#include <algorithm>
#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"delivery", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"click", EventType::kClick},
    {"bounce", EventType::kBounce},
    {"soft bounce", EventType::kBounce, BounceKind::kSoft},
    {"spam", EventType::kComplaint},
    {"unsubscribe", EventType::kUnsubscribe},
};

// The account is suspended.
constexpr std::string_view kIgnored[] = {"suspension"};

// Mail that was withheld: the address is suppressed, which the reason says, or the mail is not acceptable.
constexpr std::string_view kReject = "reject";

// Whether the event is about the account's users. There are many such events, none about mail.
bool IsOfTheAccount(std::string_view name) {
  return name.starts_with("activity_log.") || name.starts_with("audit_log.");
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  if (IsOfTheAccount(name)) return events->SkipNoEngagement(name);
  std::optional<Draft> draft = name == kReject
                                   ? events->BeginWithheld(name, event["reason"].text(), EventType::kUnspecified, event)
                                   : events->Begin(name, kNames, kIgnored, event);
  if (!draft) return;
  if (name != kReject) {
    draft->reasons = {event["response"].text(), event["response_code"].text(), event["bounce_category"].text()};
  }
  draft->address = event["email"].text();
  draft->at = TimeOfAnyForm(event["timestamp"].text());
  draft->id = event["event_id"].text();
  draft->id_is_shared = true;
  draft->also_told_apart_by = {event["ip"].text(), event["user_agent"].text()};
  draft->message = event["message_id"].text();
  draft->campaign = event["category"].text();
  draft->link = event["url"].text();
  draft->user_agent = event["user_agent"].text();
  draft->arguments = &event["custom_variables"];
  events->Add(*draft);
}

// Parses lines with one event each. Rejected: one of them cannot be read.
Result<std::vector<Json>> ParseLines(std::string_view body) {
  std::vector<Json> lines;
  size_t values_left = MaxJsonValues(body.size());
  for (size_t number = 1; !body.empty(); ++number) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(line.size() + 1, body.size()));
    if (TrimAsciiSpace(line).empty()) continue;
    Result<Json> event = Json::Parse(line, &values_left);
    if (!event.ok()) {
      return Status::Rejected("line " + std::to_string(number) + " cannot be read: " + event.status().message());
    }
    lines.push_back(*std::move(event));
  }
  return lines;
}

// Whether the body's first line is an event by itself, so that every line is one.
bool IsLines(std::string_view body) {
  body = TrimAsciiSpace(body);
  const size_t end = body.find('\n');
  if (end == std::string_view::npos) return false;
  const Result<Json> first = Json::Parse(body.substr(0, end));
  return first.ok() && first->is_object();
}

}  // namespace

Status ReadMailtrap(const Payload& payload, EventCollector* events) {
  if (IsLines(payload.body)) {
    LP_ASSIGN_OR_RETURN(const std::vector<Json> lines, ParseLines(payload.body));
    for (const Json& event : lines) Add(event, events);
    return Status::Ok();
  }
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  if (body["events"].is_array()) {
    for (const Json& event : body["events"].elements()) Add(event, events);
  } else if (!body["event"].is_null()) {
    Add(body, events);  // one line
  } else {
    return Status::Rejected("the body is neither an object with a list `events` nor lines with an event each");
  }
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
