// Amazon SES, whose events come through SNS: an SNS message that contains the event as JSON text, or, with raw
// delivery, the event alone. Events of configuration sets (`eventType`) and of identities (`notificationType`) have the
// same form.
// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
#include <algorithm>
#include <array>

#include "processor/base/address.h"
#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"Send", EventType::kSent},
    {"Delivery", EventType::kDelivered},
    {"Open", EventType::kOpen},
    {"Click", EventType::kClick},
    {"Bounce", EventType::kBounce},
    {"Complaint", EventType::kComplaint},       // unless its feedback type is not-spam
    {"Subscription", EventType::kUnsubscribe},  // WishesOf reads its preferences
};

// `Reject`: SES found a virus. Delayed mail is tried again. `Received` is about incoming mail.
constexpr std::string_view kIgnored[] = {"Reject",           "DeliveryDelay", "Rendering Failure",
                                         "RenderingFailure", "Received",      "AmazonSnsSubscriptionSucceeded"};

constexpr std::string_view kEnvelopes[] = {"SubscriptionConfirmation", "UnsubscribeConfirmation"};

// A mail has at most 50 recipients, and a contact list at most 20 topics
// (https://docs.aws.amazon.com/ses/latest/dg/quotas.html): an event with more is not from SES.
constexpr size_t kMaxRecipients = 100;
constexpr size_t kMaxTopicsOfList = 100;

// The text that SNS sends once, when SES is set up to publish to a topic.
constexpr std::string_view kValidated = "Successfully validated SNS topic";

// Fields of the SNS message around the event; empty with raw delivery.
struct Envelope {
  std::string_view id;
  std::optional<Instant> published_at;
};

std::string_view NameOf(const Json& event) {
  return event["eventType"].is_null() ? event["notificationType"].text() : event["eventType"].text();
}

// Whether a bounce is an automatic reply. SES reports them as general transient ones; a real bounce of this kind has a
// status or a diagnosis, which come from a delivery status notification
// (https://repost.aws/knowledge-center/ses-understand-soft-bounces).
bool IsAutomaticReply(const Json& bounce, const Json& recipient) {
  return EqualsFolded(bounce["bounceType"].text(), "transient") &&
         EqualsFolded(bounce["bounceSubType"].text(), "general") && recipient["status"].text().empty() &&
         recipient["diagnosticCode"].text().empty();
}

// Returns the kind of a bounce. Only permanent bounces are hard: SES does not know what undetermined ones mean.
BounceKind BounceKindOf(std::string_view bounce_type, const Json& recipient) {
  if (EqualsFolded(bounce_type, "permanent")) return BounceKind::kHard;
  if (EqualsFolded(bounce_type, "transient") || EqualsFolded(bounce_type, "undetermined")) return BounceKind::kSoft;
  return recipient["status"].text().starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
}

// Returns the status of one topic; empty if there is none of that name.
std::string_view StatusOf(const Json& preferences, std::string_view topic) {
  for (const Json& each : preferences["topicSubscriptionStatus"].elements()) {
    if (each["topicName"].text() == topic) return each["subscriptionStatus"].text();
  }
  return {};
}

// Whether the status is `OptOut` (in events) or `OPT_OUT` (in the API).
bool IsOut(std::string_view status) { return EqualsFolded(status, "optout") || EqualsFolded(status, "opt_out"); }
bool IsIn(std::string_view status) { return EqualsFolded(status, "optin") || EqualsFolded(status, "opt_in"); }

// Whether the value is an explicit false: a missing field ends no opt-out.
bool SaysNo(const Json& value) { return (value.is_boolean() && !value.truth()) || EqualsFolded(value.text(), "false"); }

// Returns one wish for everything, or one for each topic that changed. Empty: nothing changes. A contact that ends its
// opt-out from everything stays out of the topics that it is out of now: no event named them during that opt-out.
std::vector<Wish> WishesOf(const Json& subscription) {
  const Json& before = subscription["oldTopicPreferences"];
  const Json& after = subscription["newTopicPreferences"];
  if (after["unsubscribeAll"].truth() || after.is_null()) return {{EventType::kUnsubscribe}};
  const bool comes_back = before["unsubscribeAll"].truth() && SaysNo(after["unsubscribeAll"]);
  std::vector<Wish> wishes;
  if (comes_back) wishes.push_back({EventType::kResubscribe});
  for (const Json& topic : after["topicSubscriptionStatus"].elements()) {
    const std::string_view name = topic["topicName"].text();
    const std::string_view status = topic["subscriptionStatus"].text();
    const bool changed = status != StatusOf(before, name);
    if (IsOut(status) && (changed || comes_back)) wishes.push_back({EventType::kUnsubscribe, name});
    if (IsIn(status) && changed) wishes.push_back({EventType::kResubscribe, name});
  }
  return wishes;
}

bool HasTooManyTopics(const Json& subscription) {
  return std::ranges::any_of(std::array{"oldTopicPreferences", "newTopicPreferences"}, [&](const char* preferences) {
    return subscription[preferences]["topicSubscriptionStatus"].elements().size() > kMaxTopicsOfList;
  });
}

// Begins the draft; nullopt: the event is counted as skipped. `wishes` gets the wishes of a kUnsubscribe.
std::optional<Draft> Begin(const Json& event, const Json& detail, std::vector<Wish>* wishes, EventCollector* events) {
  std::optional<Draft> draft = events->Begin(NameOf(event), kNames, kIgnored, event);
  if (!draft) return draft;
  if (draft->type == EventType::kUnsubscribe) {
    if (HasTooManyTopics(detail)) {
      events->SkipIncomplete(draft->name, "it has more topics than a contact list of SES", event);
      return std::nullopt;
    }
    *wishes = WishesOf(detail);
  }
  const bool says_nothing = draft->type == EventType::kUnsubscribe && wishes->empty();
  // A reader moved it out of the spam folder.
  const bool no_spam = draft->type == EventType::kComplaint && detail["complaintFeedbackType"].text() == "not-spam";
  if (!says_nothing && !no_spam) return draft;
  events->SkipNoEngagement(draft->name);
  return std::nullopt;
}

// Whether the event names its recipients; events of other types are about all recipients of the mail.
bool NamesRecipients(EventType type) {
  return type == EventType::kBounce || type == EventType::kComplaint || type == EventType::kDelivered;
}

const Json& RecipientListOf(const Json& event, const Json& detail, EventType type) {
  if (type == EventType::kBounce) return detail["bouncedRecipients"];
  if (type == EventType::kComplaint) return detail["complainedRecipients"];
  if (type == EventType::kDelivered) return detail["recipients"];
  return event["mail"]["destination"];
}

// Returns the recipients: each a string, or an object that has the address. Returns one null if there are none: an
// argument may still name the lead.
std::vector<const Json*> RecipientsOf(const Json& list) {
  static const Json kNobody;
  std::vector<const Json*> recipients;
  for (const Json& recipient : list.elements()) recipients.push_back(&recipient);
  if (recipients.empty()) recipients.push_back(list.is_string() ? &list : &kNobody);
  return recipients;
}

// Converts a mail's tags, each a list of values, to an object of names and first values.
Json ArgumentsOf(const Json& tags) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, values] : tags.members()) texts.emplace_back(name, TextOrFirst(values));
  return Json::OfStrings(texts);
}

// Returns the event's id, the same when SNS sends the event again. A bounce or complaint has an id by SES, which is
// also the same if it comes through two topics. In samples several events share one id, so the name is part of it.
std::string EventIdOf(const Json& event, const Json& detail, const Envelope& envelope) {
  const std::string_view feedback = detail["feedbackId"].text();
  const std::string_view id = feedback.empty() ? envelope.id : feedback;
  return id.empty() ? "" : Concat({NameOf(event), "/", id});
}

// Returns the event's time; without one, the time at which SNS received the event, which is the closest.
std::optional<Instant> TimeOf(const Json& event, const Json& detail, const Envelope& envelope) {
  const std::string_view told =
      NameOf(event) == "Send" ? event["mail"]["timestamp"].text() : detail["timestamp"].text();
  const std::optional<Instant> at = TimeOfAnyForm(told);
  return at.has_value() ? at : envelope.published_at;
}

// Adds a recipient that the event itself names. A tag of the mail may make all its recipients one lead, which stores
// only the first of its events with an id: so the ids of all recipients but the mail's first contain their addresses.
void AddRecipient(Draft draft, std::string_view first_of_mail, EventCollector* events) {
  const std::optional<Recipient> recipient = events->RecipientOf(draft);
  if (!recipient.has_value()) return;
  std::string id(draft.id);
  const bool is_first = recipient->address.empty() || recipient->address == ParseAddress(first_of_mail);
  if (!is_first && !id.empty() && !recipient->lead_id.empty()) AppendParts({"/", SpelledAddress(draft.address)}, &id);
  draft.id = id;
  events->AddTo(*recipient, draft);
}

void AddEvent(const Json& event, const Envelope& envelope, EventCollector* events) {
  const Json& detail = event[AsciiLower(NameOf(event))];
  std::vector<Wish> wishes;
  std::optional<Draft> draft = Begin(event, detail, &wishes, events);
  if (!draft) return;
  const Json& recipients = RecipientListOf(event, detail, draft->type);
  if (recipients.elements().size() > kMaxRecipients) {
    return events->SkipIncomplete(draft->name, "it has more recipients than a mail of SES", event);
  }
  const Json arguments = ArgumentsOf(event["mail"]["tags"]);
  const std::string id = EventIdOf(event, detail, envelope);
  draft->at = TimeOf(event, detail, envelope);
  draft->id = id;
  draft->message = event["mail"]["messageId"].text();
  draft->campaign = arguments["campaign"].text();
  draft->link = detail["link"].text();
  draft->user_agent = detail["userAgent"].text();
  draft->arguments = &arguments;
  for (const Json* recipient : RecipientsOf(recipients)) {
    if (draft->type == EventType::kBounce) {
      if (IsAutomaticReply(detail, *recipient)) {
        events->SkipNoEngagement(draft->name, kAutomaticReply);
        continue;
      }
      draft->bounce = BounceKindOf(detail["bounceType"].text(), *recipient);
      draft->reasons = {(*recipient)["status"].text(), (*recipient)["diagnosticCode"].text(),
                        detail["bounceSubType"].text()};
    }
    draft->address = recipient->is_string() ? recipient->text() : (*recipient)["emailAddress"].text();
    if (!wishes.empty()) {
      events->AddWishes(*draft, wishes);
    } else if (NamesRecipients(draft->type)) {
      AddRecipient(*draft, TextOrFirst(event["mail"]["destination"]), events);
    } else {
      events->Add(*draft);
    }
  }
}

// Adds the event in a notification. Reads only `Message`: nothing beside it is signed.
void AddMessage(const Json& message, EventCollector* events) {
  const std::string_view type = message["Type"].text();
  if (type != "Notification") {
    (void)events->Begin(type, {}, kEnvelopes, message);  // counts it as skipped
    return;
  }
  const Json& held = message["Message"];
  if (held.text().starts_with(kValidated)) return events->SkipNoEngagement(type);
  const Envelope envelope{message["MessageId"].text(), TimeOfAnyForm(message["Timestamp"].text())};
  if (held.is_object()) return AddEvent(held, envelope, events);
  const Result<Json> event = Json::Parse(held.text());
  if (!event.ok() || !event->is_object())
    return events->SkipIncomplete(type, "its message is no event of SES", message);
  AddEvent(*event, envelope, events);
}

}  // namespace

Status ReadAmazonSes(const Payload& payload, EventCollector* events) {
  if (payload.fields) {
    AddMessage(*payload.fields, events);
    return Status::Ok();
  }
  // With raw delivery, this text comes without an envelope.
  if (TrimAsciiSpace(payload.body).starts_with(kValidated)) {
    events->SkipNoEngagement("Notification");
    return Status::Ok();
  }
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  if (!body["Type"].is_null()) {
    AddMessage(body, events);
  } else if (!NameOf(body).empty() || body["mail"].is_object()) {
    AddEvent(body, {}, events);
  } else {
    return Status::Rejected("the body is neither a message of SNS nor an event of SES");
  }
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
