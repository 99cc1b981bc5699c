// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks (its older versions). The fields of each
// event are held against public samples.
#include "processor/webhooks/mailgun_form.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/webhooks/event_names.h"
#include "processor/webhooks/form.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"delivered", EventType::kDelivered},  {"opened", EventType::kOpen},
    {"clicked", EventType::kClick},        {"bounced", EventType::kBounce},
    {"complained", EventType::kComplaint}, {"unsubscribed", EventType::kUnsubscribe},
    {"dropped", EventType::kUnspecified},  // withheld or given up
};

// The form as an object, so that what was skipped can be looked at and arguments be found. A name that comes twice is
// in it twice.
Json AsObject(const std::vector<FormField>& form) {
  std::string text = "{";
  for (const FormField& field : form) {
    if (text.size() > 1) text += ',';
    AppendJsonString(field.name, &text);
    text += ':';
    AppendJsonString(field.value, &text);
  }
  Result<Json> object = Json::Parse(text + "}");
  return object.ok() ? *std::move(object) : Json();
}

// Where a variable of the sender's has the name of a field, the field comes first.
std::string_view First(const Json& form, std::string_view name) {
  const Json::Members& all = form.members();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& member) { return member.first == name; });
  return found == all.end() ? std::string_view() : found->second.text();
}

std::string_view FirstOfAny(const Json& form, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view value = First(form, name); !value.empty()) return value;
  }
  return {};
}

void Add(const Json& form, EventCollector* events) {
  const std::string_view name = First(form, "event");
  const EventType type = TypeOf(name, kNames, form, events);
  if (type == EventType::kUnspecified) return;
  const std::string_view code = First(form, "code");  // 550 or 5.1.1
  if (type == EventType::kBounce && IsMailgunWithheld(code)) return events->SkipNoEngagement(name);
  Draft draft;
  draft.name = name;
  draft.type = type;
  draft.bounce = code.starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
  draft.address = First(form, "recipient");
  draft.at = TimeOfSeconds(form["timestamp"].text());  // the last of them: here the sender's variable comes first
  draft.message = FirstOfAny(form, {"Message-Id", "message-id"});
  draft.campaign = FirstOfAny(form, {"campaign-id", "campaign-name", "tag", "X-Mailgun-Tag"});
  draft.link = First(form, "url");
  draft.user_agent = First(form, "user-agent");
  draft.arguments = &form;
  draft.item = &form;
  events->Add(draft);
}

}  // namespace

bool IsMailgunForm(const Payload& payload) {
  if (AsciiLower(payload.content_type).find("json") != std::string::npos) return false;
  const size_t equals = payload.body.find('=');
  if (equals == std::string_view::npos) return false;
  return payload.body.substr(0, equals).find_first_of("{\"") == std::string_view::npos;
}

Result<Conversion> ConvertMailgunForm(std::string_view provider, const Payload& payload,
                                      const ConversionOptions& options) {
  const Result<std::vector<FormField>> fields = ParseForm(payload.body, payload.content_type);
  if (!fields.ok()) return fields.status();
  const Json form = AsObject(*fields);
  EventCollector events(provider, payload, options);
  if (!First(form, "event").empty()) {
    Add(form, &events);
  } else if (!First(form, "sender").empty()) {
    events.SkipNoEngagement("inbound");  // a mail that a route of Mailgun's passes on
  } else {
    return Status::Rejected("the form has no field `event`");
  }
  return events.Take();
}

bool IsMailgunWithheld(std::string_view code) {
  return code == "605" || code == "606" || code == "607" || code == "625";
}

}  // namespace leadpulse::webhooks
