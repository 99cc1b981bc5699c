// Brevo's (once Sendinblue's) webhooks, transactional and marketing: one event, or an array of them if batched.
// https://developers.brevo.com/docs/transactional-webhooks
// https://developers.brevo.com/docs/marketing-webhooks
// https://developers.brevo.com/docs/batch-webhooks
#include <absl/strings/str_split.h>

#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {
namespace {

constexpr EventName kNames[] = {
    {"delivered", EventType::kDelivered},
    {"unique_opened", EventType::kOpen},  // sent for the first open, instead of `opened`
    {"opened", EventType::kOpen},
    {"unique_proxy_open", EventType::kOpen},
    {"proxy_open", EventType::kOpen},
    {"click", EventType::kClick},
    {"hard_bounce", EventType::kBounce},
    {"hard_bounced", EventType::kBounce},  // the name in older marketing webhooks
    {"soft_bounce", EventType::kBounce, BounceKind::kSoft},
    {"soft_bounced", EventType::kBounce, BounceKind::kSoft},
    {"invalid_email", EventType::kBounce},  // the address does not exist
    {"spam", EventType::kComplaint},
    {"complaint", EventType::kComplaint},
    {"unsubscribed", EventType::kUnsubscribe},
    {"unsubscribe", EventType::kUnsubscribe},  // the older name
};

// `request`: Brevo has accepted the mail and may still block it. Deferred mail is tried again. Lists and contacts can
// be changed by anyone, for any reason.
constexpr std::string_view kIgnored[] = {"request",       "deferred",        "error",
                                         "list_addition", "contact_updated", "contact_deleted"};

// Mail that was withheld because the address is on the account's list. Without a reason it counts as opted out.
constexpr std::string_view kBlocked = "blocked";

// Returns the time: `ts_epoch` in milliseconds (in some samples seconds), else `ts_event` in seconds. 0 means no time.
// `ts` and the dates are in the account's time zone, which is unknown.
std::optional<Instant> TimeOf(const Json& event) {
  const std::string_view epoch = event["ts_epoch"].text();
  const std::optional<Instant> at = TimeOfAnyForm(epoch);
  return at.has_value() && at->millis > 0 ? at : TimeOfAnyForm(event["ts_event"].text());
}

// Returns the campaign's id, or the first tag of a transactional mail. `tag` is one tag, or a list as a JSON string.
std::string CampaignOf(const Json& event) {
  const Json& tag = event["tag"];
  const Json list = ParseArgument(tag.text());
  const std::string_view first_tag = event["tags"].elements().empty() ? "" : TextOrFirst(event["tags"]);
  const std::string_view campaign = FirstText(event, {"camp_id", "campaign name"});
  return std::string(FirstText({campaign, first_tag, list.is_array() ? TextOrFirst(list) : TextOrFirst(tag)}));
}

// Reads the mail's header `X-Mailin-custom`: a JSON object, `name:value|name:value`, or any text.
Json ArgumentsOf(const Json& event) {
  const std::string_view custom = event["X-Mailin-custom"].text();
  Arguments arguments;
  arguments.Add("X-Mailin-custom", custom);
  if (const Json object = ParseArgument(custom); !object.is_null()) {
    arguments.AddMembers(object);
    return arguments.Take();
  }
  if (custom.size() > kMaxArgumentBytes) return arguments.Take();
  for (const absl::string_view each : absl::StrSplit(absl::string_view(custom.data(), custom.size()), '|')) {
    const std::string_view pair(each.data(), each.size());
    const size_t colon = pair.find(':');
    if (colon == std::string_view::npos) continue;
    arguments.Add(TrimAsciiSpace(pair.substr(0, colon)), TrimAsciiSpace(pair.substr(colon + 1)));
  }
  return arguments.Take();
}

void Add(const Json& event, EventCollector* events) {
  const std::string_view name = event["event"].text();
  const std::string_view reason = event["reason"].text();
  const EventType otherwise = reason.empty() ? EventType::kUnsubscribe : EventType::kUnspecified;
  std::optional<Draft> draft = name == kBlocked ? events->BeginWithheld(name, reason, otherwise, event)
                                                : events->Begin(name, kNames, kIgnored, event);
  if (!draft) return;
  if (name != kBlocked) draft->reasons = {reason};
  const std::string campaign = CampaignOf(event);
  const Json arguments = ArgumentsOf(event);
  draft->address = event["email"].text();
  draft->at = TimeOf(event);
  draft->also_told_apart_by = {event["camp_id"].text()};  // `id` is the webhook's
  if (!draft->at.has_value()) draft->also_told_apart_by.push_back(FirstText(event, {"ts", "date"}));
  draft->message = event["message-id"].text();
  draft->campaign = campaign;
  draft->link = FirstText(event, {"link", "URL"});
  draft->user_agent = event["user_agent"].text();
  draft->machine = draft->name.ends_with("proxy_open");  // Apple Mail and the like fetch before anybody reads
  draft->arguments = &arguments;
  events->Add(*draft);
}

}  // namespace

Status ReadBrevo(const Payload& payload, EventCollector* events) { return ReadEvents(payload, Add, events); }

}  // namespace leadpulse::webhooks
