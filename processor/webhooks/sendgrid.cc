// Twilio SendGrid's event webhook: an array of events.
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
#include "processor/webhooks/event_names.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"processed", EventType::kSent},  // taken over by SendGrid, which is as near to sent as it tells
    {"delivered", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"click", EventType::kClick},
    {"bounce", EventType::kBounce},
    {"spamreport", EventType::kComplaint},
    {"unsubscribe", EventType::kUnsubscribe},
    {"group_unsubscribe", EventType::kUnsubscribe},
    {"group_resubscribe", EventType::kResubscribe},
    {"deferred", EventType::kUnspecified},  // tried again
    {"dropped", EventType::kUnspecified},   // withheld, for it had bounced or unsubscribed before
    {"account_status_change", EventType::kUnspecified},
};

// `blocked`: the receiver refused this mail, not the address; `expired`: it was tried for three days. Older events have
// no type: then the SMTP status says whether it was for good (RFC 3463 §2).
BounceKind BounceKindOf(const Json& event) {
  const std::string_view type = event["type"].text();
  if (type == "blocked" || type == "expired") return BounceKind::kSoft;
  if (type == "bounce") return BounceKind::kHard;
  return event["status"].text().starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
}

// The id given at sending, without what SendGrid adds for its own use.
std::string_view MessageOf(const Json& event) {
  const std::string_view message = event["sg_message_id"].text();
  return message.empty() ? event["smtp-id"].text() : message.substr(0, message.find('.'));
}

// A text or a list of them.
std::string_view CategoryOf(const Json& event) {
  const Json& category = event["category"];
  return category.elements().empty() ? category.text() : category.elements().front().text();
}

std::string_view CampaignOf(const Json& event) {
  for (const std::string_view field : {"singlesend_id", "marketing_campaign_id"}) {
    if (!event[field].text().empty()) return event[field].text();
  }
  return CategoryOf(event);
}

void Add(const Json& event, EventCollector* events) {
  const EventType type = TypeOf(event["event"].text(), kNames, event, events);
  if (type == EventType::kUnspecified) return;
  Draft draft;
  draft.name = event["event"].text();
  draft.type = type;
  draft.bounce = BounceKindOf(event);
  draft.address = event["email"].text();
  draft.at = TimeOfSeconds(event["timestamp"].text());
  draft.id = event["sg_event_id"].text();
  draft.message = MessageOf(event);
  draft.campaign = CampaignOf(event);
  draft.link = event["url"].text();
  draft.user_agent = event["useragent"].text();
  draft.machine = event["sg_machine_open"].truth();
  draft.arguments = &event;  // custom arguments lie beside the vendor's fields
  draft.item = &event;
  events->Add(draft);
}

class SendGrid : public Provider {
 public:
  std::string_view name() const override { return "sendgrid"; }

  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    return ConvertEvents(name(), payload, options, Add);
  }
};

}  // namespace

const Provider& SendGridProvider() {
  static const SendGrid kProvider;
  return kProvider;
}

}  // namespace leadpulse::webhooks
