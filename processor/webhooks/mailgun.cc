// Mailgun's webhooks: one event, as JSON beside its signature; older ones as a form with the event's fields and the
// sender's variables side by side. Mailgun stopped sending forms in 2023; programs that pass them on or store them
// still do.
// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
// https://documentation.mailgun.com/docs/mailgun/user-manual/events/events
// https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages/open-click-bot-detect
// https://www.mailgun.com/blog/product/bot-detection/
#include <algorithm>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/http/form.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kEventNames[] = {
    {"delivered", EventType::kDelivered},
    {"opened", EventType::kOpen},
    {"clicked", EventType::kClick},
    {"failed", EventType::kBounce},
    {"unsubscribed", EventType::kUnsubscribe},
    {"complained", EventType::kComplaint},
};

// `accepted`: in the queue, may still be rejected. `rejected`: by Mailgun, not by the receiver. `stored`: incoming
// mail.
constexpr std::string_view kIgnored[] = {
    "accepted", "rejected", "stored", "list_member_uploaded", "list_member_upload_error", "list_uploaded"};

// Codes for mail that Mailgun did not try to send, and what it knows about the address.
constexpr EventName kBounceCodes[] = {
    {"605", EventType::kBounce},
    {"606", EventType::kUnsubscribe},
    {"607", EventType::kComplaint},
    {"625"},  // on a list of poor quality
};

// Returns the entry of a code for withheld mail; null if it is none.
const EventName* WithheldCode(std::string_view code) {
  const auto* found = std::ranges::find(kBounceCodes, code, &EventName::name);
  return found == std::end(kBounceCodes) ? nullptr : found;
}

std::string_view CodeOf(const Json& event) { return event["delivery-status"]["code"].text(); }

// Returns the kind of a bounce. `old` is soft: Mailgun gave up after hours, because the receiver did not answer; the
// address may be right.
BounceKind BounceKindOf(const Json& event) {
  const std::string_view severity = event["severity"].text();
  if (severity == "temporary" || event["reason"].text() == "old") return BounceKind::kSoft;
  if (severity == "permanent") return BounceKind::kHard;
  return CodeOf(event).starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
}

// Begins the draft of an event that `failed`: if the mail was withheld (reason `suppress-…`, or a code), by what
// Mailgun knows about the address.
std::optional<Draft> BeginFailed(const Json& event, EventCollector* events) {
  constexpr std::string_view kFailed = "failed";
  const std::string_view reason = event["reason"].text();
  const EventName* code = WithheldCode(CodeOf(event));
  if (code != nullptr || reason.starts_with("suppress-")) {
    return events->BeginWithheld(kFailed, reason, code == nullptr ? EventType::kUnspecified : code->type, event);
  }
  std::optional<Draft> draft = events->Begin(kFailed, kEventNames, kIgnored, event);
  const Json& status = event["delivery-status"];
  draft->bounce = BounceKindOf(event);
  draft->reasons = {status["enhanced-code"].text(), status["message"].text(), status["description"].text(),
                    status["code"].text(), reason};
  return draft;
}

// Returns the text if it has exactly one address.
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

// Returns the campaign, which only older accounts have; else the first tag.
std::string_view CampaignOf(const Json& event) {
  for (const Json& campaign : event["campaigns"].elements()) {
    for (const Json* name : {&campaign, &campaign["id"], &campaign["name"]}) {
      if (!name->text().empty()) return name->text();
    }
  }
  return TextOrFirst(event["tags"]);
}

// Whether a machine did it: `apple`, `gmail` or `generic`; empty for a person; a boolean in some events. An open's
// `gmail` is Gmail's image proxy, which fetches when a person opens; no proxy of Gmail's follows links.
bool IsMachine(const Json& event, EventType type) {
  const Json& bot = event["client-info"]["bot"];
  if (bot.is_boolean()) return bot.truth();
  if (type == EventType::kOpen && bot.text() == "gmail") return false;
  return !bot.text().empty() && bot.text() != "false";
}

// Makes the event's id. Mailgun's is unique only among the events of one day. The samples that it sends on request have
// one id for several events, so the name is part of it.
std::string EventIdOf(const Json& event, std::optional<Instant> at) {
  const std::string_view id = event["id"].text();
  if (id.empty()) return "";
  constexpr size_t kDateCharacters = 10;
  const std::string day = at.has_value() ? FormatRfc3339(*at).substr(0, kDateCharacters) : "";
  return Concat({event["event"].text(), "/", day, "/", id});
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  std::optional<Draft> draft =
      name == "failed" ? BeginFailed(event, events) : events->Begin(name, kEventNames, kIgnored, event);
  if (!draft) return;
  const Json& variables = event["user-variables"];
  const Json read = ParseArgument(variables.text());  // an object written as a string
  draft->address = AddressFieldOf(event);
  draft->at = TimeOfAnyForm(event["timestamp"].text());
  const std::string id = EventIdOf(event, draft->at);
  draft->id = id;
  draft->message = MessageOf(event);
  draft->campaign = CampaignOf(event);
  draft->link = event["url"].text();
  draft->user_agent = event["client-info"]["user-agent"].text();
  draft->machine = IsMachine(event, draft->type);
  draft->arguments = variables.is_string() ? &read : &variables;
  events->Add(*draft);
}

constexpr EventName kFormEventNames[] = {
    {"delivered", EventType::kDelivered},  {"opened", EventType::kOpen},
    {"clicked", EventType::kClick},        {"bounced", EventType::kBounce},
    {"complained", EventType::kComplaint}, {"unsubscribed", EventType::kUnsubscribe},
};
constexpr std::string_view kIgnoredInForms[] = {"dropped"};  // mail that was given up; by code, withheld

// Returns the form as an object, so that what was skipped can be looked at and arguments be found. A name that comes
// twice is in it twice.
Json AsObject(const std::vector<http::FormField>& form) {
  std::string text;
  JsonObject fields(&text);
  for (const http::FormField& field : form) fields.Text(field.name, field.value);
  fields.End();
  Result<Json> object = Json::Parse(text);
  return object.ok() ? *std::move(object) : Json();
}

// Returns the first value of a name: if a variable of the sender has the name of a field, the field comes first.
std::string_view First(const Json& form, std::string_view name) {
  const Json::Members& all = form.members();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& member) { return member.first == name; });
  return found == all.end() ? std::string_view() : found->second.text();
}

void AddForm(const Json& form, EventCollector* events) {
  const std::string_view name = First(form, "event");
  const std::string_view code = First(form, "code");  // 550 or 5.1.1
  const bool failed = name == "bounced" || name == "dropped";
  const EventName* withheld = failed ? WithheldCode(code) : nullptr;
  std::optional<Draft> draft = withheld != nullptr ? events->BeginWithheld(name, "", withheld->type, form)
                                                   : events->Begin(name, kFormEventNames, kIgnoredInForms, form);
  if (!draft) return;
  if (withheld == nullptr) {
    draft->bounce = code.starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
    draft->reasons = {code, First(form, "error"), First(form, "notification")};
  }
  draft->address = First(form, "recipient");
  // The last `timestamp` is Mailgun's: a variable of the sender with this name comes before it.
  draft->at = TimeOfAnyForm(form["timestamp"].text());
  draft->message = FirstText({First(form, "Message-Id"), First(form, "message-id")});
  draft->campaign = FirstText(
      {First(form, "campaign-id"), First(form, "campaign-name"), First(form, "tag"), First(form, "X-Mailgun-Tag")});
  draft->link = First(form, "url");
  draft->user_agent = First(form, "user-agent");
  draft->arguments = &form;
  events->Add(*draft);
}

Status ReadForm(const Payload& payload, EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const std::vector<http::FormField> fields, http::ParseForm(payload.body, payload.content_type));
  const Json form = AsObject(fields);
  if (!First(form, "event").empty()) {
    AddForm(form, events);
  } else if (!First(form, "sender").empty()) {
    events->SkipNoEngagement("inbound");  // a mail that a route of Mailgun forwards
  } else {
    return Status::Rejected("the form has no field `event`");
  }
  return Status::Ok();
}

}  // namespace

bool IsMailgunForm(const Payload& payload) {
  if (AsciiLower(payload.content_type).find("json") != std::string::npos) return false;
  const size_t equals = payload.body.find('=');
  if (equals == std::string_view::npos) return false;
  return payload.body.substr(0, equals).find_first_of("{\"") == std::string_view::npos;
}

Status ReadMailgun(const Payload& payload, EventCollector* events) {
  if (IsMailgunForm(payload)) return ReadForm(payload, events);
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  // The documentation's samples and the events API have the event alone.
  if (const Json& event = body["event-data"]; !event.is_null()) {
    Add(event, events);
  } else if (!body["event"].is_null()) {
    Add(body, events);
  } else {
    return Status::Rejected("the body has neither `event-data` nor `event`");
  }
  return Status::Ok();
}

}  // namespace leadpulse::webhooks
