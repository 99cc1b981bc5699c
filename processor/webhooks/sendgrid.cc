// Twilio SendGrid's event webhook: an array of events.
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"processed", EventType::kSent},  // accepted by SendGrid, which is the closest to sent that it reports
    {"delivered", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"click", EventType::kClick},
    {"bounce", EventType::kBounce},
    {"spamreport", EventType::kComplaint},
    {"unsubscribe", EventType::kUnsubscribe},
    {"group_unsubscribe", EventType::kUnsubscribe},
    {"group_resubscribe", EventType::kResubscribe},
};

// Deferred mail is tried again.
constexpr std::string_view kIgnored[] = {"deferred", "account_status_change"};

// Mail that was withheld. The reason is `Unsubscribed Address`, `Bounced Address`, `Spam Reporting Address`, `Invalid`,
// or not about the address (https://www.twilio.com/docs/sendgrid/glossary/drops).
constexpr std::string_view kDropped = "dropped";

// Returns the kind of a bounce. `blocked`: the receiver refused this mail, not the address; `expired`: SendGrid tried
// for three days. Older events have no type: the SMTP status says whether the bounce is permanent (RFC 3463 §2).
BounceKind BounceKindOf(const Json& event) {
  const std::string_view type = event["type"].text();
  if (type == "blocked" || type == "expired") return BounceKind::kSoft;
  if (type == "bounce") return BounceKind::kHard;
  return event["status"].text().starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
}

// Returns the topic. Only two events are about a group; `unsubscribe` is from everything, whatever the mail's group. 0
// is not a group's id.
std::optional<std::string_view> TopicOf(const Json& event) {
  if (!event["event"].text().starts_with("group_")) return std::nullopt;
  const std::string_view group = event["asm_group_id"].text();
  return group == "0" ? std::string_view() : group;
}

// Returns the id given at sending, without SendGrid's own suffix.
std::string_view MessageOf(const Json& event) {
  const std::string_view message = event["sg_message_id"].text();
  return message.empty() ? event["smtp-id"].text() : message.substr(0, message.find('.'));
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  const std::string_view reason = event["reason"].text();
  std::optional<Draft> draft = name == kDropped ? events->BeginWithheld(name, reason, EventType::kUnspecified, event)
                                                : events->Begin(name, kNames, kIgnored, event);
  if (!draft) return;
  if (name != kDropped) {
    draft->bounce = BounceKindOf(event);
    draft->reasons = {event["status"].text(), reason, event["bounce_classification"].text()};
  }
  draft->address = event["email"].text();
  draft->at = TimeOfAnyForm(event["timestamp"].text());
  draft->id = event["sg_event_id"].text();
  draft->message = MessageOf(event);
  draft->campaign =
      FirstText({event["singlesend_id"].text(), event["marketing_campaign_id"].text(), TextOrFirst(event["category"])});
  draft->link = event["url"].text();
  draft->topic = TopicOf(event);
  draft->user_agent = event["useragent"].text();
  draft->machine = event["sg_machine_open"].truth();
  draft->arguments = &event;  // custom arguments lie beside SendGrid's fields
  events->Add(*draft);
}

}  // namespace

Status ReadSendGrid(const Payload& payload, EventCollector* events) { return ReadEvents(payload, Add, events); }

}  // namespace leadpulse::webhooks
