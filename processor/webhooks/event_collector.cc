#include "processor/webhooks/event_collector.h"

#include <algorithm>
#include <utility>

#include "config/setting_texts.h"
#include "processor/base/address.h"
#include "processor/base/mail_reasons.h"
#include "processor/base/text.h"
#include "processor/crypto/digests.h"
#include "schemas/codec/records.h"

namespace leadpulse::webhooks {
namespace {

// Limits of a record (schemas/README.md).
constexpr Instant kFirstTime{946'684'800'000};  // 2000-01-01T00:00:00Z
constexpr Millis kMaxSkew{10 * 60'000};         // a run takes no record that is more ahead of its clock
constexpr size_t kMaxLeadBytes = 320;
constexpr size_t kMaxEventIdBytes = 128;
constexpr size_t kMaxTextBytes = 1024;
constexpr size_t kMaxUrlBytes = 8 * 1024;

std::string_view ArgumentOf(const Draft& draft, const std::string& name) {
  if (name.empty() || draft.arguments == nullptr) return {};
  return TrimAsciiSpace((*draft.arguments)[name].text());
}

std::string_view WithoutBrackets(std::string_view message) {
  message = TrimAsciiSpace(message);
  if (message.starts_with('<') && message.ends_with('>') && message.size() >= 2) {
    message = message.substr(1, message.size() - 2);
  }
  return message;
}

std::string UpTo(size_t max_bytes, std::string_view text) { return std::string(text.size() > max_bytes ? "" : text); }

bool HasALink(EventType type) { return type == EventType::kClick || type == EventType::kPageVisit; }

// Returns the subscription group; empty if the draft is about everything, or names none that a record can hold.
std::string_view TopicOf(const Draft& draft) {
  const std::string_view topic = TrimAsciiSpace(draft.topic.value_or(""));
  return IsWish(draft.type) && topic.size() <= kMaxTopicBytes ? topic : std::string_view();
}

}  // namespace

Result<Json> ParseBody(const Payload& payload) {
  size_t values_left = MaxJsonValues(payload.body.size());
  return ParseBody(payload, &values_left);
}

Result<Json> ParseBody(const Payload& payload, size_t* values_left) {
  if (TrimAsciiSpace(payload.body).empty()) return Status::Rejected("the body is empty");
  Result<Json> body = Json::Parse(payload.body, values_left);
  if (!body.ok()) return Status::Rejected("the body cannot be read: " + body.status().message());
  return body;
}

Status ReadEvents(const Payload& payload, void (*add)(const Json& event, EventCollector* events),
                  EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  if (!body.is_array() && !body.is_object()) return Status::Rejected("the body is neither events nor one event");
  if (body.is_object()) add(body, events);
  for (const Json& event : body.elements()) add(event, events);
  return Status::Ok();
}

Status ReadEvent(const Payload& payload, const char* no_event, void (*add)(const Json& event, EventCollector* events),
                 EventCollector* events) {
  LP_ASSIGN_OR_RETURN(const Json body, ParseBody(payload));
  if (!body.is_object()) return Status::Rejected(no_event);
  add(body, events);
  return Status::Ok();
}

std::string_view FirstText(std::initializer_list<std::string_view> texts) {
  const auto* found = std::ranges::find_if(texts, [](std::string_view text) { return !text.empty(); });
  return found == texts.end() ? std::string_view() : *found;
}

std::string_view FirstText(const Json& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view text = object[name].text(); !text.empty()) return text;
  }
  return {};
}

std::string_view TextOrFirst(const Json& value) {
  return value.elements().empty() ? value.text() : value.elements().front().text();
}

EventCollector::EventCollector(std::string_view provider, const Payload& payload, const ConversionOptions& options)
    : provider_(provider), payload_(payload), options_(options) {}

std::optional<std::string> EventCollector::TenantOf(const Draft& draft) const {
  const std::string_view told = ArgumentOf(draft, options_.tenant_argument);
  if (!config::IsId(told)) return options_.tenant;
  const std::vector<std::string>& allowed = options_.tenants;
  const bool may = allowed.empty() || told == options_.tenant || std::ranges::find(allowed, told) != allowed.end();
  return may ? std::optional<std::string>(told) : std::nullopt;
}

std::string EventCollector::LeadIdOf(const Draft& draft) const {
  std::string_view lead = ArgumentOf(draft, options_.lead_argument);
  if (lead.empty() || lead.size() > kMaxLeadBytes) lead = TrimAsciiSpace(draft.lead);
  return UpTo(kMaxLeadBytes, lead);
}

std::string EventCollector::EventIdOf(const Draft& draft, std::string_view address) const {
  std::string told =
      draft.id_is_shared && !draft.id.empty() ? Concat({draft.name, "/", draft.id}) : std::string(draft.id);
  if (!told.empty() && told.size() <= kMaxEventIdBytes && IsUtf8(told))
    return told;  // an id from a header can be any bytes
  crypto::StableId id(provider_);
  if (!told.empty()) {
    id.Add(told);
    return id.Take();
  }
  id.Add(draft.name);
  id.Add(address);
  id.Add(draft.at.has_value() && *draft.at >= kFirstTime ? FormatRfc3339(*draft.at) : "");
  id.Add(WithoutBrackets(draft.message));
  id.Add(draft.link);
  for (const std::string_view part : draft.also_told_apart_by) id.Add(part);
  return id.Take();
}

std::optional<Draft> EventCollector::Begin(std::string_view name, std::span<const EventName> names,
                                           std::span<const std::string_view> ignored, const Json& item) {
  const auto found = std::ranges::find(names, name, &EventName::name);
  if (name.empty()) {
    SkipIncomplete("", "it does not say what happened", item);
  } else if (found == names.end() && std::ranges::find(ignored, name) == ignored.end()) {
    SkipUnknown(name, item);
  } else if (found == names.end() || found->type == EventType::kUnspecified) {
    SkipNoEngagement(name);
  } else {
    Draft draft;
    draft.name = name;
    draft.type = found->type;
    draft.bounce = found->bounce;
    draft.item = &item;
    return draft;
  }
  return std::nullopt;
}

std::optional<Draft> EventCollector::BeginWithheld(std::string_view name, std::string_view reason, EventType otherwise,
                                                   const Json& item) {
  const EventType known = KnownOfAddress(reason);
  const EventName names[] = {{name, known == EventType::kUnspecified ? otherwise : known}};
  return Begin(name, names, {}, item);
}

void EventCollector::Add(const Draft& draft) {
  if (const std::optional<Recipient> recipient = RecipientOf(draft)) AddTo(*recipient, draft);
}

void EventCollector::AddWishes(const Draft& draft, std::span<const Wish> wishes) {
  for (const Wish& wish : wishes) {
    Draft each = draft;
    each.type = wish.type;
    each.topic = wish.topic;
    std::string id;
    if (wish.topic.has_value()) {
      const std::string_view way = wish.type == EventType::kUnsubscribe ? "out" : "in";
      if (!draft.id.empty()) id = Concat({draft.id, "/", way, "/", *wish.topic});
      each.id = id;
      each.also_told_apart_by.insert(each.also_told_apart_by.end(), {way, *wish.topic});
    }
    Add(each);
  }
}

std::optional<Instant> EventCollector::TimeOf(const Draft& draft) const {
  const bool is_one = draft.at.has_value() && *draft.at >= kFirstTime && *draft.at <= payload_.received_at + kMaxSkew;
  return is_one ? draft.at : std::nullopt;
}

bool EventCollector::IsGuessed(const Draft& draft) const { return !TimeOf(draft) && !draft.happens_on_receipt; }

std::optional<Recipient> EventCollector::RecipientOf(const Draft& draft) {
  if (draft.type == EventType::kBounce && SaysAutomaticReply(draft.reasons)) {
    SkipNoEngagement(draft.name, kAutomaticReply);
    return std::nullopt;
  }
  if (options_.strict && IsGuessed(draft)) {
    const bool is_ahead = draft.at.has_value() && *draft.at >= kFirstTime;
    SkipIncomplete(draft.name, is_ahead ? "its time is ahead of the clock" : "it has no time that can be read",
                   *draft.item);
    return std::nullopt;
  }
  std::optional<std::string> tenant = TenantOf(draft);
  if (!tenant.has_value()) {
    Skip(draft.name, SkipReason::kOtherTenant, "it names a tenant that is not one of its source's", draft.item);
    return std::nullopt;
  }
  Recipient recipient{*std::move(tenant), LeadIdOf(draft), ParseAddress(draft.address)};
  const bool is_too_long = recipient.address.size() > kMaxAddressBytes;
  if (recipient.lead_id.empty() && (recipient.address.empty() || is_too_long)) {
    SkipIncomplete(draft.name, is_too_long ? "its address is over 320 bytes long" : "it names no address", *draft.item);
    return std::nullopt;
  }
  if (is_too_long) recipient.address.clear();
  return recipient;
}

void EventCollector::AddCommand(const Recipient& recipient, const Draft& draft, std::string command_id,
                                codec::Action action) {
  codec::Command command;
  command.key.tenant = recipient.tenant;
  codec::SetLead(recipient.lead_id, recipient.address, &command);
  command.command_id = std::move(command_id);
  command.issued_at = TimeOf(draft).value_or(payload_.received_at);
  conversion_.guessed_times += IsGuessed(draft) ? 1 : 0;
  command.actor = provider_;
  command.actions = std::move(action);
  conversion_.commands.push_back(std::move(command));
}

void EventCollector::AddTo(const Recipient& recipient, const Draft& draft) {
  const std::string_view topic = TopicOf(draft);
  if (draft.type == EventType::kResubscribe && draft.topic.has_value() && topic.empty()) {
    return SkipIncomplete(draft.name, "it does not say to which group", *draft.item);
  }
  codec::Event event;
  event.key.tenant = recipient.tenant;
  codec::SetLead(recipient.lead_id, recipient.address, &event);
  event.event_id = EventIdOf(draft, SpelledAddress(draft.address));
  event.type = draft.type;
  if (!TimeOf(draft)) conversion_.undated.push_back(conversion_.events.size());
  conversion_.guessed_times += IsGuessed(draft) ? 1 : 0;
  event.occurred_at = TimeOf(draft).value_or(payload_.received_at);
  const std::string_view campaign = ArgumentOf(draft, options_.campaign_argument);
  event.campaign_id = UpTo(kMaxTextBytes, campaign.empty() ? TrimAsciiSpace(draft.campaign) : campaign);
  event.message_id = UpTo(kMaxTextBytes, WithoutBrackets(draft.message));
  if (HasALink(draft.type)) event.url = UpTo(kMaxUrlBytes, draft.link);
  event.name = UpTo(kMaxTextBytes, draft.title.empty() && HasALink(draft.type) ? draft.link : draft.title);
  event.properties = draft.properties;
  event.topic = topic;
  if (draft.type == EventType::kBounce) {
    event.bounce_kind = SaysSoftBounce(draft.reasons) ? BounceKind::kSoft : draft.bounce;
  }
  event.machine = codec::CanBeMachine(draft.type) && (draft.machine || options_.machines.Holds(draft.user_agent));
  conversion_.events.push_back(std::move(event));
}

void EventCollector::Challenge(std::string_view challenge) {
  SkipNoEngagement("challenge", "it checks the address of the webhook");
  conversion_.challenge = challenge;
}

void EventCollector::SkipNoEngagement(std::string_view name, std::string_view detail) {
  Skip(name, SkipReason::kNoEngagement, detail, nullptr);
}

void EventCollector::SkipUnknown(std::string_view name, const Json& item) {
  Skip(name, SkipReason::kUnknownName, "", &item);
}

void EventCollector::SkipIncomplete(std::string_view name, std::string_view detail, const Json& item) {
  Skip(name, SkipReason::kIncomplete, detail, &item);
}

void EventCollector::Skip(std::string_view name, SkipReason reason, std::string_view detail, const Json* item) {
  Skipped& skipped = conversion_.skipped.emplace_back();
  skipped.name = Utf8Prefix(name, kMaxSkippedNameBytes);
  skipped.reason = reason;
  skipped.detail = detail;
  if (item != nullptr && std::exchange(stored_item_, item) != item) item->AppendTo(&skipped.item);
}

}  // namespace leadpulse::webhooks
