// MailerSend's webhooks: one event a post, in one of two shapes. Version 1 has person and message in objects
// (`data.email`, `data.morph`), version 2 in plain fields (`data.recipient`, `data.meta`).
// https://developers.mailersend.com/api/v1/webhooks.html
// https://www.mailersend.com/whats-new/webhooks-v2
#include <string>

#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"sent", EventType::kSent},
    {"delivered", EventType::kDelivered},
    {"opened", EventType::kOpen},
    {"clicked", EventType::kClick},
    {"soft_bounced", EventType::kBounce, BounceKind::kSoft},
    {"hard_bounced", EventType::kBounce},
    {"unsubscribed", EventType::kUnsubscribe},
    {"spam_complaint", EventType::kComplaint},
    {"spam_complaints", EventType::kComplaint},  // the inner name in version 2
};

// `opened_unique` and `clicked_unique` come in addition to `opened` and `clicked`. Deferred mail is tried again.
// The rest is not about mail to a lead.
constexpr std::string_view kIgnored[] = {"opened_unique",
                                         "clicked_unique",
                                         "deferred",
                                         "survey_opened",
                                         "survey_submitted",
                                         "recipient.on_hold_added",
                                         "recipient.on_hold_removed",
                                         "sender_identity.verified",
                                         "email_single.verified",
                                         "email_list.verified",
                                         "bulk_email.completed",
                                         "inbound.message",
                                         "inbound_message.rejected",
                                         "inbound_forward.failed",
                                         "maintenance.start",
                                         "maintenance.end",
                                         "sms.sent",
                                         "sms.delivered",
                                         "sms.failed",
                                         "webhook.test"};

// Mail that was withheld. On hold (`on_hold`) says nothing for good.
constexpr std::string_view kSuppressed = "suppressed";

// Returns the outer name: the inner one of version 2 does not distinguish `opened_unique` from `opened`.
std::string_view NameOf(const Json& event) {
  constexpr std::string_view kActivity = "activity.";
  const std::string_view outer = event["type"].text();
  if (outer.empty()) return event["data"]["type"].text();
  return outer.starts_with(kActivity) ? outer.substr(kActivity.size()) : outer;
}

// Returns the address, which is `recipient` in version 2, but `email` in its documentation.
std::string_view AddressIn(const Json& data) {
  return FirstText({data["recipient"].text(), data["email"].text(), data["email"]["recipient"]["email"].text(),
                    data["recipient"]["email"].text()});
}

// Returns the time. Some times have no zone; all are in UTC.
std::optional<Instant> TimeIn(const Json& value) {
  const std::optional<Instant> time = TimeOfAnyForm(value.text());
  return time.has_value() ? time : TimeOfText(std::string(value.text()) + "Z");
}

// Returns the event's time. In version 1 the outer time is that of the post; in version 2 it is the only one.
std::optional<Instant> TimeOf(const Json& event) {
  const std::optional<Instant> inner = TimeIn(event["data"]["created_at"]);
  return inner.has_value() ? inner : TimeIn(event["created_at"]);
}

void Add(const Json& event, EventCollector* events) {
  const Json& data = event["data"];
  const Json& meta = data["meta"];
  const std::string_view name = NameOf(event);
  std::optional<Draft> draft =
      name == kSuppressed
          ? events->BeginWithheld(name, FirstText({meta["suppression_reason"].text(), data["morph"]["reason"].text()}),
                                  EventType::kUnspecified, event)
          : events->Begin(name, kNames, kIgnored, event);
  if (!draft) return;
  if (name != kSuppressed) {
    draft->reasons = {meta["bounce_reason"].text(), data["morph"]["reason"].text(), meta["bounce_code"].text()};
  }
  draft->address = AddressIn(data);
  draft->at = TimeOf(event);
  draft->id = data["id"].text();
  draft->id_is_shared = true;
  draft->message = FirstText({data["message_id"].text(), data["email"]["message"]["id"].text()});
  draft->campaign = FirstText({TextOrFirst(data["tags"]), TextOrFirst(data["email"]["tags"])});
  draft->link = FirstText({data["meta"]["url"].text(), data["morph"]["url"].text()});
  draft->user_agent = FirstText({data["meta"]["user_agent"].text(), data["morph"]["user_agent"].text()});
  // MailerSend has no custom arguments except the tags.
  events->Add(*draft);
}

}  // namespace

Status ReadMailerSend(const Payload& payload, EventCollector* events) {
  return ReadEvent(payload, "the body is no object, which one event is", Add, events);
}

}  // namespace leadpulse::webhooks
