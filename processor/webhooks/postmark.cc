// Postmark's webhooks: one event, an object.
// https://postmarkapp.com/developer/webhooks/webhooks-overview and the page of each kind beside it; types of bounces:
// https://postmarkapp.com/developer/api/bounce-api#bounce-types
#include <algorithm>

#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kRecordTypes[] = {
    {"Delivery", EventType::kDelivered},
    {"Open", EventType::kOpen},
    {"Click", EventType::kClick},
    {"Bounce", EventType::kBounce},  // unless its `Type` says otherwise
    {"SpamComplaint", EventType::kComplaint},
    {"SubscriptionChange", EventType::kUnsubscribe},  // TypeOfChange reads the type
};

constexpr std::string_view kIgnored[] = {"Inbound"};

// Postmark reports everything that comes back as a bounce: requests, automatic replies, mail that it withheld.
constexpr EventName kBounceTypes[] = {
    {"HardBounce", EventType::kBounce},
    {"SoftBounce", EventType::kBounce, BounceKind::kSoft},
    {"Transient", EventType::kBounce, BounceKind::kSoft},
    {"DnsError", EventType::kBounce, BounceKind::kSoft},
    {"Blocked", EventType::kBounce, BounceKind::kSoft},
    {"BadEmailAddress", EventType::kBounce},
    {"Unsubscribe", EventType::kUnsubscribe},
    {"Subscribe", EventType::kResubscribe},
    {"SpamComplaint", EventType::kComplaint},
    {"ManuallyDeactivated", EventType::kUnsubscribe},  // by the sender
    {"InactiveRecipient", EventType::kUnsubscribe},    // withheld; it does not say why
};

// Mail that Postmark withheld, if its text says that the recipient is inactive
// (https://postmarkapp.com/developer/webhooks/smtp-api-error).
constexpr std::string_view kWithheldType = "SMTPApiError";

// `SpamNotification` comes from a filter, not from the reader.
constexpr std::string_view kIgnoredBounceTypes[] = {
    "AutoResponder", "AddressChange",     "SpamNotification",       "OpenRelayTest",
    "Unknown",       "VirusNotification", "ChallengeVerification",  "Unconfirmed",
    "InboundError",  "DMARCPolicy",       "TemplateRenderingFailed"};

// Older posts have no `RecordType`: a field that only one kind has identifies it.
constexpr struct {
  std::string_view field, record_type;
} kOwnFields[] = {
    {"FromFull", "Inbound"},     {"BouncedAt", "Bounce"},
    {"DeliveredAt", "Delivery"}, {"SuppressSending", "SubscriptionChange"},
    {"OriginalLink", "Click"},   {"FirstOpen", "Open"},
    {"ReadSeconds", "Open"},
};

std::string_view RecordTypeOf(const Json& event) {
  if (!event["RecordType"].is_null()) return event["RecordType"].text();
  const auto* found = std::ranges::find_if(kOwnFields, [&](const auto& own) { return !event[own.field].is_null(); });
  return found == std::end(kOwnFields) ? std::string_view() : found->record_type;
}

// Begins the draft of a bounce by its type. A bounce without a type is hard if it made the address inactive. nullopt:
// it is skipped.
std::optional<Draft> BeginBounce(Draft draft, const Json& event, EventCollector* events) {
  const std::string_view type = event["Type"].text();
  if (type.empty()) {
    draft.bounce = event["Inactive"].truth() ? BounceKind::kHard : BounceKind::kSoft;
    return draft;
  }
  std::optional<Draft> typed =
      type == kWithheldType
          ? events->BeginWithheld(type, FirstText(event, {"Details", "Description"}), EventType::kUnspecified, event)
          : events->Begin(type, kBounceTypes, kIgnoredBounceTypes, event);
  if (typed) typed->name = draft.name;
  if (typed && type != kWithheldType) typed->reasons = {event["Details"].text()};
  return typed;
}

// Returns the type of a change. One with an unknown reason, or without a direction, counts as an opt-out.
EventType TypeOfChange(const Json& event) {
  const Json& suppress = event["SuppressSending"];
  if ((suppress.is_boolean() || !suppress.text().empty()) && !suppress.truth()) return EventType::kResubscribe;
  const std::string_view reason = event["SuppressionReason"].text();
  if (reason == "HardBounce") return EventType::kBounce;
  return reason == "SpamComplaint" ? EventType::kComplaint : EventType::kUnsubscribe;
}

// Returns the topic, a stream: each stream has its own suppressions. A bounce that asks for an opt-out does not name
// the stream, so it is from everything; one that asks for mail again is for its own stream only.
std::optional<std::string_view> TopicOf(const Json& event, const Draft& draft) {
  if (draft.name == "Bounce" && draft.type == EventType::kUnsubscribe) return std::nullopt;
  return event["MessageStream"].text();
}

void Add(const Json& event, EventCollector* events) {
  std::optional<Draft> draft = events->Begin(RecordTypeOf(event), kRecordTypes, kIgnored, event);
  if (draft && draft->type == EventType::kUnsubscribe) draft->type = TypeOfChange(event);
  if (draft && draft->name == "Bounce") draft = BeginBounce(*draft, event, events);
  if (!draft) return;
  draft->address = FirstText(event, {"Recipient", "Email"});
  draft->at = TimeOfAnyForm(FirstText(event, {"DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"}));
  // Only bounces and complaints have an id, a number. The samples of both have the same number.
  draft->id = event["ID"].text();
  draft->id_is_shared = true;
  // Changes at the same time differ in direction, reason or stream.
  draft->also_told_apart_by = {event["SuppressSending"].truth() ? "suppress" : "", event["SuppressionReason"].text()};
  draft->topic = TopicOf(event, *draft);
  if (IsWish(draft->type) && !draft->topic.value_or("").empty()) draft->also_told_apart_by.push_back(*draft->topic);
  draft->message = event["MessageID"].text();
  draft->campaign = event["Tag"].text();
  draft->link = event["OriginalLink"].text();
  draft->user_agent = event["UserAgent"].text();
  draft->arguments = &event["Metadata"];
  events->Add(*draft);
}

}  // namespace

Status ReadPostmark(const Payload& payload, EventCollector* events) {
  return ReadEvent(payload, "the body is not one event", Add, events);
}

}  // namespace leadpulse::webhooks
