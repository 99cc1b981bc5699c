// Mailtrap's webhooks for sending: an object with a list of events, or one event a line, as the account is set up.
// https://docs.mailtrap.io/email-api-smtp/advanced/webhooks
// https://api-docs.mailtrap.io/docs/mailtrap-api-docs/016fe2a1efd5a-receive-events-json-format
#include <algorithm>
#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/event_names.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"delivery", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"click", EventType::kClick},
    {"bounce", EventType::kBounce},
    {"soft bounce", EventType::kBounce},
    {"spam", EventType::kComplaint},
    {"unsubscribe", EventType::kUnsubscribe},
    {"suspension", EventType::kUnspecified},  // withheld, for the account's sake
    {"reject", EventType::kUnspecified},      // withheld, for the address is suppressed or the mail not acceptable
};

// What people do with the account. There are many, and none is about mail.
bool IsOfTheAccount(std::string_view name) {
  return name.starts_with("activity_log.") || name.starts_with("audit_log.");
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  if (IsOfTheAccount(name)) return events->SkipNoEngagement(name);
  const EventType type = TypeOf(name, kNames, event, events);
  if (type == EventType::kUnspecified) return;
  Draft draft;
  draft.name = name;
  draft.type = type;
  draft.bounce = name == "soft bounce" ? BounceKind::kSoft : BounceKind::kHard;
  draft.address = event["email"].text();
  draft.at = TimeOfSeconds(event["timestamp"].text());
  draft.id = event["event_id"].text();
  draft.id_is_shared = true;
  draft.also_told_apart_by = {event["ip"].text(), event["user_agent"].text()};
  draft.message = event["message_id"].text();
  draft.campaign = event["category"].text();
  draft.link = event["url"].text();
  draft.user_agent = event["user_agent"].text();
  draft.arguments = &event["custom_variables"];
  draft.item = &event;
  events->Add(draft);
}

// Lines with an event each. Rejected: one of them cannot be read.
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

// Whether the body's first line is an event by itself, as it is where every line is one.
bool IsLines(std::string_view body) {
  body = TrimAsciiSpace(body);
  const size_t end = body.find('\n');
  if (end == std::string_view::npos) return false;
  const Result<Json> first = Json::Parse(body.substr(0, end));
  return first.ok() && first->is_object();
}

class Mailtrap : public Provider {
 public:
  std::string_view name() const override { return "mailtrap"; }

  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    EventCollector events(name(), payload, options);
    if (IsLines(payload.body)) {
      const Result<std::vector<Json>> lines = ParseLines(payload.body);
      if (!lines.ok()) return lines.status();
      for (const Json& event : *lines) Add(event, &events);
      return events.Take();
    }
    const Result<Json> body = ParseBody(payload);
    if (!body.ok()) return body.status();
    if ((*body)["events"].is_array()) {
      for (const Json& event : (*body)["events"].elements()) Add(event, &events);
    } else if (!(*body)["event"].is_null()) {
      Add(*body, &events);  // one line
    } else {
      return Status::Rejected("the body is neither an object with a list `events` nor lines with an event each");
    }
    return events.Take();
  }
};

}  // namespace

const Provider& MailtrapProvider() {
  static const Mailtrap kProvider;
  return kProvider;
}

}  // namespace leadpulse::webhooks
