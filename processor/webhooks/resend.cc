// Resend's webhook: one event; its id is in a header of the service that delivers it (Svix).
// https://resend.com/docs/webhooks/event-types
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"email.sent", EventType::kSent},      {"email.delivered", EventType::kDelivered},
    {"email.opened", EventType::kOpen},    {"email.clicked", EventType::kClick},
    {"email.bounced", EventType::kBounce}, {"email.complained", EventType::kComplaint},
};

// Delayed mail is tried again. Failed mail was never sent (a quota, a domain, a key). An
// entry in the suppression list was posted before, as a bounce or complaint.
constexpr std::string_view kIgnored[] = {
    "email.delivery_delayed", "email.failed",    "email.scheduled",   "email.received",
    "contact.created",        "contact.updated", "contact.deleted",   "contact.topics.updated",
    "domain.created",         "domain.updated",  "domain.deleted",    "topic.created",
    "topic.updated",          "topic.deleted",   "suppression.added", "suppression.removed"};

// Mail that was withheld because the address had bounced or complained, or was suppressed by hand: it does not say
// which (https://resend.com/docs/webhooks/emails/suppressed). Bounces are the most frequent cause, and the mildest.
constexpr std::string_view kSuppressed = "email.suppressed";

// Returns one wish for each topic that the contact joined or left. If there are more than a lead can have, an opt-out
// is from everything and its end ends nothing.
std::vector<Wish> WishesOfTopics(const Json::Elements& topics) {
  std::vector<Wish> wishes;
  bool leaves = false;
  for (const Json& topic : topics) {
    const std::string_view subscription = topic["subscription"].text();
    leaves = leaves || subscription == "opt_out";
    if (wishes.size() > kMaxTopics) continue;
    if (subscription == "opt_out") wishes.push_back({EventType::kUnsubscribe, topic["id"].text()});
    if (subscription == "opt_in") wishes.push_back({EventType::kResubscribe, topic["id"].text()});
  }
  if (wishes.size() <= kMaxTopics) return wishes;
  return {leaves ? Wish{EventType::kUnsubscribe} : Wish{EventType::kResubscribe, ""}};
}

// Returns the wishes in a change of a contact. A contact that is not unsubscribed has expressed none: any other field
// may have changed.
std::vector<Wish> WishesOf(std::string_view name, const Json& data) {
  if (name == "contact.topics.updated") return WishesOfTopics(data["topics"].elements());
  const bool is_contact = name == "contact.created" || name == "contact.updated";
  return is_contact && data["unsubscribed"].truth() ? std::vector<Wish>{{EventType::kUnsubscribe}}
                                                    : std::vector<Wish>();
}

// Returns the kind of a bounce. Older events have no type; the documentation calls them all permanent.
BounceKind BounceKindOf(const Json& bounce) {
  const std::string_view type = bounce["type"].text();
  const bool hard = type.empty() || EqualsFolded(type, "permanent") || EqualsFolded(type, "hard");
  return hard ? BounceKind::kHard : BounceKind::kSoft;
}

// Whether a bounce is an automatic reply: Resend sends through Amazon SES, which reports them as general transient ones
// without a diagnosis.
bool IsAutomaticReply(const Json& bounce) {
  return EqualsFolded(bounce["type"].text(), "transient") && EqualsFolded(bounce["subType"].text(), "general") &&
         TextOrFirst(bounce["diagnosticCode"]).empty();
}

// Returns the address. The event does not say which of several receivers it is about, so this takes the first.
std::string_view AddressIn(const Json& data) {
  if (!data["email"].text().empty()) return data["email"].text();  // an event about a contact
  for (const Json& to : data["to"].elements()) {
    if (to.text().find('@') != std::string_view::npos) return to.text();
  }
  return data["to"].text();
}

// Returns tags and headers. Tags are an object here and pairs in the API for sending; headers are pairs.
Json ArgumentsOf(const Json& data) {
  Arguments arguments;
  arguments.AddPairs(data["headers"]);
  arguments.AddPairs(data["tags"]);
  arguments.AddMembers(data["tags"]);
  return arguments.Take();
}

void Add(const Payload& payload, const Json& event, EventCollector* events) {
  const Json& data = event["data"];
  const std::string_view name = event["type"].text();
  const std::vector<Wish> wishes = WishesOf(name, data);
  Draft draft;
  draft.name = name;
  draft.item = &event;
  if (wishes.empty()) {
    const std::optional<Draft> begun =
        name == kSuppressed
            ? events->BeginWithheld(name, data["suppressed"]["reason"].text(), EventType::kBounce, event)
            : events->Begin(name, kNames, kIgnored, event);
    if (!begun) return;
    draft = *begun;
  }
  const Json& bounce = data["bounce"];
  if (draft.type == EventType::kBounce && name != kSuppressed) {
    if (IsAutomaticReply(bounce)) return events->SkipNoEngagement(name, kAutomaticReply);
    draft.bounce = BounceKindOf(bounce);
    draft.reasons = {TextOrFirst(bounce["diagnosticCode"]), bounce["message"].text(), bounce["subType"].text()};
  }
  const Json arguments = ArgumentsOf(data);
  draft.address = AddressIn(data);
  draft.at = TimeOfAnyForm(event["created_at"].text());  // `data.created_at` is the mail's
  draft.id = payload.delivery_id;
  draft.message = data["email_id"].text();
  draft.campaign = data["broadcast_id"].text();
  draft.link = data["click"]["link"].text();
  draft.user_agent = data[draft.type == EventType::kClick ? "click" : "open"]["userAgent"].text();
  draft.arguments = &arguments;
  if (wishes.empty()) {
    events->Add(draft);
  } else {
    events->AddWishes(draft, wishes);
  }
}

}  // namespace

Status ReadResend(const Payload& payload, EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  if (!body.is_object()) return Status::Rejected("the body is no event");
  Add(payload, body, events);
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
