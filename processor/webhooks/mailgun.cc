// Mailgun's webhooks: one event, as JSON beside its signature; older ones as a form (mailgun_form.h).
// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
// https://documentation.mailgun.com/docs/mailgun/user-manual/events/events
// https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages/open-click-bot-detect
// https://www.mailgun.com/blog/product/bot-detection/
#include <algorithm>

#include "processor/base/text.h"
#include "processor/webhooks/arguments.h"
#include "processor/webhooks/event_names.h"
#include "processor/webhooks/mailgun_form.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

// A post is one event, with at most 4 KB of the sender's variables
// (https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-attach-metadata). Its signature
// stands in the body, which is read before it can be checked.
constexpr size_t kMaxBodyBytes = 1 << 20;

constexpr EventName kNames[] = {
    {"delivered", EventType::kDelivered},
    {"opened", EventType::kOpen},
    {"clicked", EventType::kClick},
    {"failed", EventType::kBounce},
    {"unsubscribed", EventType::kUnsubscribe},
    {"complained", EventType::kComplaint},
    {"accepted", EventType::kUnspecified},  // in the queue: not sent yet, and may be rejected
    {"rejected", EventType::kUnspecified},  // by Mailgun, not by the receiver
    {"stored", EventType::kUnspecified},    // a mail that came in
    {"list_member_uploaded", EventType::kUnspecified},
    {"list_member_upload_error", EventType::kUnspecified},
    {"list_uploaded", EventType::kUnspecified},
};

std::string_view CodeOf(const Json& event) { return event["delivery-status"]["code"].text(); }

// `failed` of what was never tried, for the address had bounced, unsubscribed or complained before.
bool IsWithheld(const Json& event) {
  return event["reason"].text().starts_with("suppress-") || IsMailgunWithheld(CodeOf(event));
}

// `old`: given up after hours of trying, which says that the receiver was away and not that the address is wrong.
BounceKind BounceKindOf(const Json& event) {
  const std::string_view severity = event["severity"].text();
  if (severity == "temporary" || event["reason"].text() == "old") return BounceKind::kSoft;
  if (severity == "permanent") return BounceKind::kHard;
  return CodeOf(event).starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
}

// The text where it names just one address.
std::string_view OnlyAddress(std::string_view text) {
  return std::count(text.begin(), text.end(), '@') == 1 ? text : std::string_view();
}

std::string_view AddressFieldOf(const Json& event) {
  const std::string_view recipient = event["recipient"].text();
  if (!recipient.empty()) return recipient;
  const std::string_view target = OnlyAddress(event["envelope"]["targets"].text());
  return target.empty() ? OnlyAddress(event["message"]["headers"]["to"].text()) : target;
}

std::string_view MessageOf(const Json& event) {
  const Json& headers = event["message"]["headers"];
  return headers["message-id"].is_null() ? headers["Message-Id"].text() : headers["message-id"].text();
}

// A campaign of Mailgun's own, which only older accounts have; else the first tag.
std::string_view CampaignOf(const Json& event) {
  for (const Json& campaign : event["campaigns"].elements()) {
    for (const Json* name : {&campaign, &campaign["id"], &campaign["name"]}) {
      if (!name->text().empty()) return name->text();
    }
  }
  const Json& tags = event["tags"];
  return tags.elements().empty() ? tags.text() : tags.elements().front().text();
}

// `apple`, `gmail`, `generic`, empty for a person; some events have a boolean. An open's `gmail` is Gmail's image
// proxy, which fetches when a person opens; no proxy of Gmail's follows links.
bool IsMachine(const Json& event, EventType type) {
  const Json& bot = event["client-info"]["bot"];
  if (bot.is_boolean()) return bot.truth();
  if (type == EventType::kOpen && bot.text() == "gmail") return false;
  return !bot.text().empty() && bot.text() != "false";
}

// The id is unique only among the events of one day. The samples that Mailgun sends at a press of its button have one
// id for several events, hence the name.
std::string EventIdOf(const Json& event, std::optional<Instant> at) {
  const std::string_view id = event["id"].text();
  if (id.empty()) return "";
  constexpr size_t kDateCharacters = 10;
  const std::string day = at.has_value() ? FormatRfc3339(*at).substr(0, kDateCharacters) : "";
  return Concat({event["event"].text(), "/", day, "/", id});
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  const EventType type = TypeOf(name, kNames, event, events);
  if (type == EventType::kUnspecified) return;
  if (type == EventType::kBounce && IsWithheld(event)) return events->SkipNoEngagement(name);
  const Json& variables = event["user-variables"];
  const Json read = ParseArgument(variables.text());  // an object written as a text
  Draft draft;
  draft.name = name;
  draft.type = type;
  draft.bounce = BounceKindOf(event);
  draft.address = AddressFieldOf(event);
  draft.at = TimeOfSeconds(event["timestamp"].text());
  const std::string id = EventIdOf(event, draft.at);
  draft.id = id;
  draft.message = MessageOf(event);
  draft.campaign = CampaignOf(event);
  draft.link = event["url"].text();
  draft.user_agent = event["client-info"]["user-agent"].text();
  draft.machine = IsMachine(event, type);
  draft.arguments = variables.is_text() ? &read : &variables;
  draft.item = &event;
  events->Add(draft);
}

class Mailgun : public Provider {
 public:
  std::string_view name() const override { return "mailgun"; }
  size_t max_body_bytes() const override { return kMaxBodyBytes; }

  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    if (IsMailgunForm(payload)) return ConvertMailgunForm(name(), payload, options);
    const Result<Json> body = ParseBody(payload);
    if (!body.ok()) return body.status();
    EventCollector events(name(), payload, options);
    // The documentation's samples are the event alone, and so is what its events API gives.
    if (const Json& event = (*body)["event-data"]; !event.is_null()) {
      Add(event, &events);
    } else if (!(*body)["event"].is_null()) {
      Add(*body, &events);
    } else {
      return Status::Rejected("the body has neither `event-data` nor `event`");
    }
    return events.Take();
  }
};

}  // namespace

const Provider& MailgunProvider() {
  static const Mailgun kProvider;
  return kProvider;
}

}  // namespace leadpulse::webhooks
