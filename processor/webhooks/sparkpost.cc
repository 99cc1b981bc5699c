// SparkPost's (Bird's) event webhook: an array of `{"msys": {class: event}}`; of a ping the inner object is empty.
// https://developers.sparkpost.com/api/webhooks/
// https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
#include <algorithm>

#include "processor/webhooks/event_names.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"delivery", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"amp_open", EventType::kOpen},
    {"click", EventType::kClick},
    {"amp_click", EventType::kClick},
    {"bounce", EventType::kBounce},
    {"out_of_band", EventType::kBounce},  // taken first, and sent back later
    {"spam_complaint", EventType::kComplaint},
    {"list_unsubscribe", EventType::kUnsubscribe},
    {"link_unsubscribe", EventType::kUnsubscribe},
    {"initial_open", EventType::kUnspecified},  // the pixel at the top: the one at the bottom tells the same open
    {"amp_initial_open", EventType::kUnspecified},
    {"injection", EventType::kUnspecified},
    {"delay", EventType::kUnspecified},  // tried again
    {"policy_rejection", EventType::kUnspecified},
    {"generation_failure", EventType::kUnspecified},
    {"generation_rejection", EventType::kUnspecified},
    {"sms_status", EventType::kUnspecified},
    {"relay_message", EventType::kUnspecified},  // what comes in
    {"relay_injection", EventType::kUnspecified},
    {"relay_rejection", EventType::kUnspecified},
    {"relay_delivery", EventType::kUnspecified},
    {"relay_tempfail", EventType::kUnspecified},
    {"relay_permfail", EventType::kUnspecified},
    {"ab_test_completed", EventType::kUnspecified},
    {"ab_test_cancelled", EventType::kUnspecified},
    {"success", EventType::kUnspecified},  // of an import of events
    {"error", EventType::kUnspecified},
};

struct BounceClass {
  std::string_view code;
  EventType type;
  BounceKind kind = BounceKind::kUnspecified;
};

// The others are soft: undetermined (1), soft (20 to 24, 40, 70), blocked (50 to 54), and what is new.
constexpr BounceClass kBounceClasses[] = {
    {"10", EventType::kBounce, BounceKind::kHard},  // there is no such address
    {"30", EventType::kBounce, BounceKind::kHard},
    {"25", EventType::kUnspecified},   // withheld by SparkPost's policies
    {"26", EventType::kUnspecified},   // withheld by the sender's
    {"60", EventType::kUnspecified},   // an automatic reply
    {"100", EventType::kUnspecified},  // asks whether a person sent it
    {"80", EventType::kResubscribe},   // a reply that asks for it
    {"90", EventType::kUnsubscribe},
};

BounceClass BounceClassOf(const Json& event) {
  const std::string_view code = event["bounce_class"].text();
  const auto* found =
      std::find_if(std::begin(kBounceClasses), std::end(kBounceClasses), [&](const auto& c) { return c.code == code; });
  return found != std::end(kBounceClasses) ? *found : BounceClass{code, EventType::kBounce, BounceKind::kSoft};
}

std::string_view FirstOf(const Json& event, std::string_view field, std::string_view otherwise) {
  const std::string_view text = event[field].text();
  return text.empty() ? event[otherwise].text() : text;
}

std::optional<Instant> TimeOf(std::string_view timestamp) {
  const std::optional<Instant> seconds = TimeOfSeconds(timestamp);
  return seconds.has_value() ? seconds : TimeOfText(timestamp);
}

Draft DraftOf(std::string_view name, const Json& event) {
  Draft draft;
  draft.name = name;
  draft.address = FirstOf(event, "rcpt_to", "raw_rcpt_to");
  draft.at = TimeOf(event["timestamp"].text());
  draft.id = event["event_id"].text();
  draft.id_is_shared = true;
  draft.also_told_apart_by = {event["ip_address"].text(), event["bounce_class"].text()};
  draft.message = FirstOf(event, "transmission_id", "message_id");  // the first is the one given at sending
  draft.campaign = event["campaign_id"].text();
  draft.link = event["target_link_url"].text();
  draft.user_agent = event["user_agent"].text();
  draft.machine = event["user_agent_parsed"]["is_prefetched"].truth();
  draft.arguments = &event["rcpt_meta"];
  return draft;
}

void Add(std::string_view name, const Json& event, const Json& item, EventCollector* events) {
  Draft draft = DraftOf(name, event);
  draft.item = &item;
  draft.type = TypeOf(name, kNames, item, events);
  if (draft.type == EventType::kUnspecified) return;
  if (draft.type == EventType::kBounce) {
    const BounceClass bounce = BounceClassOf(event);
    draft.type = bounce.type;
    draft.bounce = bounce.kind;
  }
  // RFC 6430: taken out of the spam folder again.
  const bool no_spam = draft.type == EventType::kComplaint && event["fbtype"].text() == "not-spam";
  if (draft.type == EventType::kUnspecified || no_spam) {
    events->SkipNoEngagement(name);
    return;
  }
  events->Add(draft);
}

void AddItem(const Json& item, EventCollector* events) {
  const Json& msys = item["msys"];
  if (!msys.is_object()) {
    events->SkipIncomplete("", "it does not say what happened", item);
    return;
  }
  for (const auto& [of_class, event] : msys.members()) {
    const bool incoming = of_class == "relay_message";  // has no type of its own
    Add(incoming ? std::string_view(of_class) : event["type"].text(), event, item, events);
  }
}

class SparkPost : public Provider {
 public:
  std::string_view name() const override { return "sparkpost"; }

  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    const Result<Json> body = ParseBody(payload);
    if (!body.ok()) return body.status();
    const bool one = (*body)["msys"].is_object();
    if (!body->is_array() && !one) return Status::Rejected("the body is neither events nor one event");
    EventCollector events(name(), payload, options);
    if (one) AddItem(*body, &events);
    for (const Json& item : body->elements()) AddItem(item, &events);
    return events.Take();
  }
};

}  // namespace

const Provider& SparkPostProvider() {
  static const SparkPost kProvider;
  return kProvider;
}

}  // namespace leadpulse::webhooks
