// MailerSend's webhooks: one event a post, in one of two shapes. Version 1 says who and which message in objects of
// their own (`data.email`, `data.morph`), version 2 in plain fields (`data.recipient`, `data.meta`).
// https://developers.mailersend.com/api/v1/webhooks.html
// https://www.mailersend.com/whats-new/webhooks-v2
#include <initializer_list>
#include <string>

#include "processor/webhooks/event_names.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"sent", EventType::kSent},
    {"delivered", EventType::kDelivered},
    {"opened", EventType::kOpen},
    {"clicked", EventType::kClick},
    {"soft_bounced", EventType::kBounce},
    {"hard_bounced", EventType::kBounce},
    {"unsubscribed", EventType::kUnsubscribe},
    {"spam_complaint", EventType::kComplaint},
    {"spam_complaints", EventType::kComplaint},   // as version 2 has it inside
    {"opened_unique", EventType::kUnspecified},   // comes beside `opened`
    {"clicked_unique", EventType::kUnspecified},  // comes beside `clicked`
    {"deferred", EventType::kUnspecified},        // tried again
    {"suppressed", EventType::kUnspecified},      // withheld
    {"survey_opened", EventType::kUnspecified},   // of answers, not of mail
    {"survey_submitted", EventType::kUnspecified},
    {"recipient.on_hold_added", EventType::kUnspecified},
    {"recipient.on_hold_removed", EventType::kUnspecified},
    {"sender_identity.verified", EventType::kUnspecified},
    {"email_single.verified", EventType::kUnspecified},
    {"email_list.verified", EventType::kUnspecified},
    {"bulk_email.completed", EventType::kUnspecified},
    {"inbound.message", EventType::kUnspecified},
    {"inbound_message.rejected", EventType::kUnspecified},
    {"inbound_forward.failed", EventType::kUnspecified},
    {"maintenance.start", EventType::kUnspecified},
    {"maintenance.end", EventType::kUnspecified},
    {"sms.sent", EventType::kUnspecified},
    {"sms.delivered", EventType::kUnspecified},
    {"sms.failed", EventType::kUnspecified},
    {"webhook.test", EventType::kUnspecified},  // asks whether somebody listens
};

std::string_view FirstSaid(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

// The outer one: the inner one of version 2 does not tell `opened_unique` from `opened`.
std::string_view NameOf(const Json& event) {
  constexpr std::string_view kActivity = "activity.";
  const std::string_view outer = event["type"].text();
  if (outer.empty()) return event["data"]["type"].text();
  return outer.starts_with(kActivity) ? outer.substr(kActivity.size()) : outer;
}

// Version 2 has the address as `recipient`, and as `email` in its documentation.
std::string_view AddressIn(const Json& data) {
  return FirstSaid({data["recipient"].text(), data["email"].text(), data["email"]["recipient"]["email"].text(),
                    data["recipient"]["email"].text()});
}

// Some times come without a zone; all are of UTC.
std::optional<Instant> TimeIn(const Json& value) {
  const std::optional<Instant> time = TimeOfText(value.text());
  return time.has_value() ? time : TimeOfText(std::string(value.text()) + "Z");
}

// Of version 1 the outer time is that of the post, of version 2 it is the only one.
std::optional<Instant> TimeOf(const Json& event) {
  const std::optional<Instant> inner = TimeIn(event["data"]["created_at"]);
  return inner.has_value() ? inner : TimeIn(event["created_at"]);
}

std::string_view FirstTagOf(const Json& tags) {
  return tags.elements().empty() ? tags.text() : tags.elements().front().text();
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = NameOf(event);
  const EventType type = TypeOf(name, kNames, event, events);
  if (type == EventType::kUnspecified) return;
  const Json& data = event["data"];
  Draft draft;
  draft.name = name;
  draft.type = type;
  draft.bounce = name == "soft_bounced" ? BounceKind::kSoft : BounceKind::kHard;
  draft.address = AddressIn(data);
  draft.at = TimeOf(event);
  draft.id = data["id"].text();
  draft.id_is_shared = true;
  draft.message = FirstSaid({data["message_id"].text(), data["email"]["message"]["id"].text()});
  draft.campaign = FirstSaid({FirstTagOf(data["tags"]), FirstTagOf(data["email"]["tags"])});
  draft.link = FirstSaid({data["meta"]["url"].text(), data["morph"]["url"].text()});
  draft.user_agent = FirstSaid({data["meta"]["user_agent"].text(), data["morph"]["user_agent"].text()});
  draft.item = &event;  // there are no custom arguments but the tags
  events->Add(draft);
}

class MailerSend : public Provider {
 public:
  std::string_view name() const override { return "mailersend"; }

  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    const Result<Json> body = ParseBody(payload);
    if (!body.ok()) return body.status();
    if (!body->is_object()) return Status::Rejected("the body is no object, which one event is");
    EventCollector events(name(), payload, options);
    Add(*body, &events);
    return events.Take();
  }
};

}  // namespace

const Provider& MailerSendProvider() {
  static const MailerSend kProvider;
  return kProvider;
}

}  // namespace leadpulse::webhooks
