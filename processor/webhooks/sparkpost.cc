// SparkPost's (Bird's) event webhook: an array of `{"msys": {class: event}}`; in a ping the inner object is empty.
// https://developers.sparkpost.com/api/webhooks/
// https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
#include <algorithm>

#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"delivery", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"amp_open", EventType::kOpen},
    {"click", EventType::kClick},
    {"amp_click", EventType::kClick},
    {"bounce", EventType::kBounce},
    {"out_of_band", EventType::kBounce},  // accepted at first, and returned later
    {"spam_complaint", EventType::kComplaint},
    {"list_unsubscribe", EventType::kUnsubscribe},
    {"link_unsubscribe", EventType::kUnsubscribe},
};

// `initial_open`: the pixel at the top of a mail; the one at the bottom reports the same open. Delayed mail is tried
// again. Relay events are about incoming mail. `success` and `error` are about an import of events.
constexpr std::string_view kIgnored[] = {"initial_open",       "amp_initial_open",  "injection",      "delay",
                                         "generation_failure", "sms_status",        "relay_message",  "relay_injection",
                                         "relay_rejection",    "relay_delivery",    "relay_tempfail", "relay_permfail",
                                         "ab_test_completed",  "ab_test_cancelled", "success",        "error"};

// Types by the code of a bounce's class. The others are soft: undetermined (1), soft (20 to 24, 40, 70), blocked (50 to
// 54), and new ones.
constexpr EventName kBounceClasses[] = {
    {"10", EventType::kBounce},  // the address does not exist
    {"30", EventType::kBounce},
    {"26"},                           // withheld by the sender's rules, not because of the address
    {"60"},                           // an automatic reply
    {"100"},                          // asks whether a person sent it
    {"80", EventType::kResubscribe},  // a reply that asks for it
    {"90", EventType::kUnsubscribe},
};

std::string_view ReasonOf(const Json& event) { return FirstText(event, {"raw_reason", "reason"}); }

// Whether mail was withheld: by an event of its own, or a bounce of class 25.
bool IsWithheld(std::string_view name, const Json& event) {
  const bool bounced = name == "bounce" || name == "out_of_band";
  return name == "policy_rejection" || name == "generation_rejection" ||
         (bounced && event["bounce_class"].text() == "25");
}

// Returns why mail was withheld, if the address is on a list: `recipient address was suppressed due to customer policy
// (Unsubscribe Rule)`; without the rule, it is on the sender's list, or with `system policy` on SparkPost's. Other
// policies are about the mail.
std::string_view SuppressionOf(const Json& event) {
  const std::string_view reason = ReasonOf(event);
  return reason.find("suppressed") == std::string_view::npos ? "" : reason;
}

EventName BounceClassOf(const Json& event) {
  const std::string_view code = event["bounce_class"].text();
  const auto* found = std::ranges::find(kBounceClasses, code, &EventName::name);
  return found != std::end(kBounceClasses) ? *found : EventName{code, EventType::kBounce, BounceKind::kSoft};
}

void Add(std::string_view name, const Json& event, const Json& item, EventCollector* events) {
  const bool withheld = IsWithheld(name, event);
  std::optional<Draft> draft = withheld
                                   ? events->BeginWithheld(name, SuppressionOf(event), EventType::kUnspecified, item)
                                   : events->Begin(name, kNames, kIgnored, item);
  if (!draft) return;
  if (draft->type == EventType::kBounce && !withheld) {
    draft->reasons = {ReasonOf(event), event["error_code"].text()};
    const EventName bounce = BounceClassOf(event);
    draft->type = bounce.type;
    draft->bounce = bounce.bounce;
  }
  // RFC 6430: moved out of the spam folder again.
  const bool no_spam = draft->type == EventType::kComplaint && event["fbtype"].text() == "not-spam";
  if (draft->type == EventType::kUnspecified || no_spam) return events->SkipNoEngagement(name);
  draft->address = FirstText(event, {"rcpt_to", "raw_rcpt_to"});
  draft->at = TimeOfAnyForm(event["timestamp"].text());
  draft->id = event["event_id"].text();
  draft->id_is_shared = true;
  draft->also_told_apart_by = {event["ip_address"].text(), event["bounce_class"].text()};
  draft->message = FirstText(event, {"transmission_id", "message_id"});  // the first is the one given at sending
  draft->campaign = event["campaign_id"].text();
  draft->link = event["target_link_url"].text();
  draft->user_agent = event["user_agent"].text();
  draft->machine = event["user_agent_parsed"]["is_prefetched"].truth();
  draft->arguments = &event["rcpt_meta"];
  events->Add(*draft);
}

void AddItem(const Json& item, EventCollector* events) {
  const Json& msys = item["msys"];
  if (!msys.is_object()) return events->SkipIncomplete("", "it does not say what happened", item);
  for (const auto& [of_class, event] : msys.members()) {
    const bool incoming = of_class == "relay_message";  // has no type of its own
    Add(incoming ? std::string_view(of_class) : event["type"].text(), event, item, events);
  }
}

}  // namespace

Status ReadSparkPost(const Payload& payload, EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  const bool one = body["msys"].is_object();
  if (!body.is_array() && !one) return Status::Rejected("the body is neither events nor one event");
  if (one) AddItem(body, events);
  for (const Json& item : body.elements()) AddItem(item, events);
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
