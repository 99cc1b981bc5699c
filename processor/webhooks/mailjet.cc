// Mailjet's event webhook: an array of events if the sender asked for groups, else one event.
// https://dev.mailjet.com/email/guides/webhooks/
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"sent", EventType::kDelivered},  // the receiver's server took it
    {"open", EventType::kOpen},      {"click", EventType::kClick},       {"bounce", EventType::kBounce},
    {"spam", EventType::kComplaint}, {"unsub", EventType::kUnsubscribe},
};

// Mail that was withheld. The error `preblocked`, `spam reporter` or `blacklisted` says what Mailjet knows about the
// address; others are not about it (https://dev.mailjet.com/email/guides/webhooks/#possible-values-for-errors).
constexpr std::string_view kBlocked = "blocked";

// Returns the kind of a bounce. Mailjet flags permanent bounces; greylisted mail and a full mailbox are not permanent.
BounceKind BounceKindOf(const Json& event) {
  const Json& hard = event["hard_bounce"];
  return hard.is_null() || hard.truth() ? BounceKind::kHard : BounceKind::kSoft;
}

// Returns the field's text; 0 means none.
std::string_view IdOf(const Json& event, std::string_view field) {
  const std::string_view id = event[field].text();
  return id == "0" ? "" : id;
}

// Returns the sender's `EventPayload` (usually JSON, but any text), and the sender's own id.
Json ArgumentsOf(const Json& event) {
  Arguments arguments;
  arguments.Add("CustomID", event["CustomID"].text());
  arguments.Add("Payload", event["Payload"].text());
  arguments.AddMembers(ParseArgument(event["Payload"].text()));
  return arguments.Take();
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  const std::string_view error = event["error"].text();
  std::optional<Draft> draft = name == kBlocked ? events->BeginWithheld(name, error, EventType::kUnspecified, event)
                                                : events->Begin(name, kNames, {}, event);
  if (!draft) return;
  const Json arguments = ArgumentsOf(event);
  if (name != kBlocked) {
    draft->bounce = BounceKindOf(event);
    draft->reasons = {event["comment"].text(), error, event["error_related_to"].text()};
  }
  draft->address = event["email"].text();
  draft->at = TimeOfAnyForm(event["time"].text());
  // Times are whole seconds: two opens in the same second are distinguished by their origin.
  draft->also_told_apart_by = {event["ip"].text(), event["agent"].text(), event["mj_list_id"].text()};
  if (draft->type == EventType::kBounce && draft->bounce == BounceKind::kSoft)
    draft->also_told_apart_by.push_back("soft");
  draft->message = FirstText({IdOf(event, "MessageID"), event["mj_message_id"].text()});
  draft->campaign = FirstText({event["customcampaign"].text(), IdOf(event, "mj_campaign_id")});
  draft->link = event["url"].text();
  // A blocked address is not of one list.
  if (name != kBlocked)
    draft->topic = IdOf(event, "mj_list_id");  // each list has its own subscriptions; 0 or none: from everything
  draft->user_agent = event["agent"].text();
  draft->arguments = &arguments;
  events->Add(*draft);
}

}  // namespace

Status ReadMailjet(const Payload& payload, EventCollector* events) { return ReadEvents(payload, Add, events); }

}  // namespace leadpulse::webhooks
