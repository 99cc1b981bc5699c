// Postmark's webhooks: one event, an object.
// https://postmarkapp.com/developer/webhooks/webhooks-overview and the page of each kind beside it; the types of
// bounces: https://postmarkapp.com/developer/api/bounce-api#bounce-types
#include <algorithm>

#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kRecordTypes[] = {
    {"Delivery", EventType::kDelivered},
    {"Open", EventType::kOpen},
    {"Click", EventType::kClick},
    {"Bounce", EventType::kBounce},  // or what its `Type` says
    {"SpamComplaint", EventType::kComplaint},
    {"SubscriptionChange", EventType::kUnsubscribe},  // or what its fields say
};

constexpr std::string_view kIgnored[] = {"Inbound"};

// Postmark reports everything that comes back as a bounce: requests, automatic replies, mail that it withheld.
constexpr EventName kBounceTypes[] = {
    {"HardBounce", EventType::kBounce},       {"SoftBounce", EventType::kBounce},
    {"Transient", EventType::kBounce},        {"DnsError", EventType::kBounce},
    {"Blocked", EventType::kBounce},          {"BadEmailAddress", EventType::kBounce},
    {"Unsubscribe", EventType::kUnsubscribe}, {"Subscribe", EventType::kResubscribe},
    {"SpamComplaint", EventType::kComplaint},
};

// `SpamNotification` comes from a filter, not from the reader.
constexpr std::string_view kIgnoredBounceTypes[] = {
    "AutoResponder",     "AddressChange",         "SpamNotification",       "OpenRelayTest", "Unknown",
    "VirusNotification", "ChallengeVerification", "ManuallyDeactivated",    "Unconfirmed",   "SMTPApiError",
    "InboundError",      "DMARCPolicy",           "TemplateRenderingFailed"};

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
  const auto* found = std::find_if(std::begin(kOwnFields), std::end(kOwnFields),
                                   [&](const auto& own) { return !event[own.field].is_null(); });
  return found == std::end(kOwnFields) ? std::string_view() : found->record_type;
}

bool IsHard(std::string_view bounce_type) { return bounce_type == "HardBounce" || bounce_type == "BadEmailAddress"; }

struct Meaning {
  EventType type = EventType::kUnspecified;  // kUnspecified: the collector has counted the event as skipped
  BounceKind bounce = BounceKind::kHard;
};

// A bounce without a type is hard if it made the address inactive.
Meaning MeaningOfBounce(const Json& event, EventCollector* events) {
  const std::string_view type = event["Type"].text();
  const bool hard = type.empty() ? event["Inactive"].truth() : IsHard(type);
  const BounceKind kind = hard ? BounceKind::kHard : BounceKind::kSoft;
  return {type.empty() ? EventType::kBounce : TypeOf(type, kBounceTypes, kIgnoredBounceTypes, event, events), kind};
}

// A change with an unknown reason, or without a direction, counts as an opt-out.
Meaning MeaningOfChange(const Json& event) {
  const Json& suppress = event["SuppressSending"];
  if ((suppress.is_boolean() || !suppress.text().empty()) && !suppress.truth()) return {EventType::kResubscribe};
  const std::string_view reason = event["SuppressionReason"].text();
  if (reason == "HardBounce") return {EventType::kBounce, BounceKind::kHard};
  if (reason == "SpamComplaint") return {EventType::kComplaint};
  return {EventType::kUnsubscribe};
}

Meaning MeaningOf(const Json& event, std::string_view record_type, EventCollector* events) {
  const EventType type = TypeOf(record_type, kRecordTypes, kIgnored, event, events);
  if (type == EventType::kBounce) return MeaningOfBounce(event, events);
  return type == EventType::kUnsubscribe ? MeaningOfChange(event) : Meaning{type};
}

// Suppressions are each stream's own. A bounce that asks to be left alone does not say by which stream, so it is from
// everything; one that asks for mail again is for its own stream only.
std::optional<std::string_view> TopicOf(const Json& event, std::string_view record_type, EventType type) {
  if (record_type == "Bounce" && type == EventType::kUnsubscribe) return std::nullopt;
  return event["MessageStream"].text();
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view record_type = RecordTypeOf(event);
  const Meaning meaning = MeaningOf(event, record_type, events);
  if (meaning.type == EventType::kUnspecified) return;
  Draft draft;
  draft.name = record_type;
  draft.type = meaning.type;
  draft.bounce = meaning.bounce;
  draft.address = FirstText(event, {"Recipient", "Email"});
  draft.at = TimeOfText(FirstText(event, {"DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"}));
  // Only bounces and complaints have an id, a number. The samples of both have the same number.
  draft.id = event["ID"].text();
  draft.id_is_shared = true;
  // Changes at the same time differ in direction, reason or stream.
  draft.also_told_apart_by = {event["SuppressSending"].truth() ? "suppress" : "", event["SuppressionReason"].text()};
  draft.topic = TopicOf(event, record_type, meaning.type);
  if (IsWish(meaning.type) && !draft.topic.value_or("").empty()) draft.also_told_apart_by.push_back(*draft.topic);
  draft.message = event["MessageID"].text();
  draft.campaign = event["Tag"].text();
  draft.link = event["OriginalLink"].text();
  draft.user_agent = event["UserAgent"].text();
  draft.arguments = &event["Metadata"];
  draft.item = &event;
  events->Add(draft);
}

}  // namespace

Status ReadPostmark(const Payload& payload, EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  if (!body.is_object()) return Status::Rejected("the body is not one event");
  Add(body, events);
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
