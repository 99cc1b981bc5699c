#include "processor/serve/api/writes/unsubscribe.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_split.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/http/form.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/writes/unsubscribe_page.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

namespace field = unsubscribe_field;

// How long a click can be taken back: whoever gets the mail later must not undo what its reader wanted.
constexpr std::chrono::hours kUndoTime{1};
constexpr std::string_view kUndoPurpose = "undo";
constexpr size_t kMostTakenBack = 20;  // events; the token of more would not fit into a post

http::Response Invalid() {
  return SentencePage(http::kNotFound, "This link is not valid",
                      "It may have been cut off. Open the whole link from the mail.");
}

http::Response Unreadable() {
  return SentencePage(http::kBadRequest, "This request cannot be read", "Open the link and try again.");
}

// What a post asks for, by scope: the id of a topic, or empty for everything.
struct Wish {
  std::vector<std::string> out = {}, in = {};
  bool is_saved = false;  // from the switches
};

// Reads the switches. Only what they change is a wish; if nobody knows what they changed, only opt-outs are.
Wish WishOfSwitches(const std::vector<http::FormField>& form, const std::optional<v1::OptOut>& known) {
  Wish wish{.is_saved = true};
  for (const http::FormField& shown : form) {
    if (shown.name != field::kShown || (known && FindTopic(shown.value, *known) == nullptr)) continue;
    const bool is_on = std::ranges::any_of(
        form, [&](const http::FormField& f) { return f.name == field::kOn && f.value == shown.value; });
    const bool was_out = known && IsOut(shown.value, *known);
    if (!is_on && !was_out) wish.out.push_back(shown.value);
    if (is_on && was_out) wish.in.push_back(shown.value);
  }
  return wish;
}

// Returns what a post asks for. A body without a known field is a one-click post: it is for the topic of the link.
Wish WishOf(const LinkContent& link, const std::vector<http::FormField>& form, const std::optional<v1::OptOut>& known) {
  if (!http::FirstOf(form, field::kEverything).empty()) return {.out = {""}};
  if (!http::FirstOf(form, field::kSave).empty()) return WishOfSwitches(form, known);
  const std::string topic(http::FirstOf(form, field::kTopic));
  return {.out = {topic.empty() ? link.topic : topic}};
}

// Whether every text is one that a record can have.
bool IsReadable(const Wish& wish) {
  const auto is_readable = [](const std::string& scope) { return scope.size() <= kMaxTopicBytes && IsUtf8(scope); };
  return std::ranges::all_of(wish.out, is_readable) && std::ranges::all_of(wish.in, is_readable);
}

// Whether a person was erased and has not come back.
bool IsGone(const std::optional<v1::OptOut>& known) { return known && known->is_erased() && !known->is_lead(); }

// One click of a person.
struct Click {
  Instant at;
  std::string key;  // the same for a form that is sent twice
};

// Returns the click of a post. One without a page is known by its second.
Click ClickOf(const std::vector<http::FormField>& form, Instant now) {
  const std::string_view key = http::FirstOf(form, field::kKey);
  return {now, key.empty() ? std::to_string(now.millis / 1000) : std::string(key)};
}

// Returns the event of a click.
codec::Event EventOf(const Click& click, const LinkContent& link, EventType type, const std::string& lead,
                     const std::string& topic) {
  const std::string whole =
      Concat({link.tenant, "\n", lead, "\n", topic, "\n", link.address, "\n", EventTypeName(type), "\n", click.key});
  codec::Event event;
  event.key = {link.tenant, lead};
  event.address = link.address;
  event.event_id = "link-" + access::Base64Url(access::HashOf(whole));
  event.type = type;
  event.occurred_at = click.at;
  event.topic = topic;
  return event;
}

// Returns the record that opts the lead out of a topic; nullopt if it is erased and out already.
std::optional<codec::Record> OptOutFor(const LinkContent& link, const std::string& lead, const std::string& topic,
                                       const std::optional<v1::OptOut>& known, const Click& click) {
  // Also for a person who is opted out, because the reason for that may end.
  if (!IsGone(known)) return EventOf(click, link, EventType::kUnsubscribe, lead, topic);
  if (IsOut(topic, *known)) return std::nullopt;
  // An event would make the erased person a lead again.
  return codec::Command{.key = {link.tenant, lead},
                        .command_id = "link-" + access::RandomId(),
                        .issued_at = click.at,
                        .actor = "link",
                        .actions = codec::Erase{true},
                        .expected_version = "none"};
}

std::string Spell(const std::vector<std::string>& scopes, const std::optional<v1::OptOut>& known) {
  std::vector<std::string> names;
  for (const std::string& scope : scopes) names.push_back(scope.empty() ? "everything" : NameOf(scope, known));
  return Join(names, ", ");
}

// Returns the page that says what was done.
http::Response PageOf(const Wish& wish, const std::optional<v1::OptOut>& known, std::string_view undo) {
  if (!wish.is_saved) return DonePage("You are unsubscribed", "From " + Spell(wish.out, known) + ".", known, undo);
  std::string what;
  if (!wish.out.empty()) what += "You no longer get " + Spell(wish.out, known) + ". ";
  if (!wish.in.empty()) what += "You get " + Spell(wish.in, known) + " again. ";
  return DonePage("Saved", what.empty() ? "Nothing has changed." : what, known, undo);
}

}  // namespace

std::string MakeLink(const LinkContent& content, const access::LinkKeys& keys) {
  const std::string whole = content.tenant + '\0' + content.lead + '\0' + content.topic + '\0' + content.address;
  return std::string(kLinkPath) + keys.Seal(whole);
}

std::optional<LinkContent> ReadLink(std::string_view token, const access::LinkKeys& keys) {
  const std::optional<std::string> bytes = keys.Unseal(token);
  if (!bytes) return std::nullopt;
  std::vector<std::string> parts = absl::StrSplit(*bytes, '\0');
  if (parts.size() == 3) parts.emplace_back();  // the link of an older version
  return parts.size() == 4 ? std::optional(LinkContent{parts[0], parts[1], parts[2], parts[3]}) : std::nullopt;
}

std::optional<v1::OptOut> Unsubscribe::Ask(const std::string& tenant, const std::string& lead) {
  auto request = QueryBy<v1::FindOptOut>(WholeTenant(tenant));
  request.set_lead_id(lead);
  auto answered = run_.OptOutOf(request);
  return AnswerIn(answered) != nullptr ? std::optional(std::get<v1::OptOut>(std::move(*answered))) : std::nullopt;
}

// Limits requests. Each link has a share of its own, so that scanners that open many take nothing from those who opt
// out.
std::optional<http::Response> Unsubscribe::Limit(const LinkContent& link, access::RequestClass kind) {
  const std::string holder = "link:" + link.tenant + ":" + link.lead;
  const int64_t seconds = limiter_.Take(holder, holder, kind);
  if (seconds == 0) return std::nullopt;
  http::Response response = SentencePage(http::kTooManyRequests, "Too many requests", "Wait a moment and try again.");
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

std::optional<v1::OptOut> Unsubscribe::AskAboutReader(const LinkContent& link,
                                                      const std::optional<v1::OptOut>& of_lead) {
  const bool has_moved_on = of_lead && !link.address.empty() && of_lead->address() != link.address;
  return has_moved_on ? Ask(link.tenant, link.address) : of_lead;
}

http::Response Unsubscribe::Page(std::string_view token) {
  const std::optional<LinkContent> link = ReadLink(token, keys_);
  if (!link) return Invalid();
  if (auto refusal = Limit(*link, access::RequestClass::kRead)) return std::move(*refusal);
  return ChoicePage({link->topic, link->address, access::RandomId()},
                    AskAboutReader(*link, Ask(link->tenant, link->lead)));
}

void Unsubscribe::Post(std::string_view token, std::string_view body, std::string_view content_type,
                       const Respond& respond) {
  const std::optional<LinkContent> link = ReadLink(token, keys_);
  if (!link) return respond(Invalid());
  if (auto refusal = Limit(*link, access::RequestClass::kWrite)) return respond(std::move(*refusal));
  std::vector<http::FormField> form;
  if (!TrimAsciiSpace(body).empty()) {
    auto parsed = http::ParseForm(body, content_type);
    if (!parsed.ok()) return respond(Unreadable());
    form = *std::move(parsed);
  }
  if (const std::string_view undo = http::FirstOf(form, field::kUndo); !undo.empty()) {
    return TakeBack(*link, undo, respond);
  }
  const std::optional<v1::OptOut> of_lead = Ask(link->tenant, link->lead);
  const std::optional<v1::OptOut> known = AskAboutReader(*link, of_lead);
  const Wish wish = WishOf(*link, form, known);
  if (!IsReadable(wish)) return respond(Unreadable());
  const Click click = ClickOf(form, clock_.Now());
  std::vector<codec::Record> records;
  const auto add = [&](std::optional<codec::Record> record) {
    if (record) records.push_back(*std::move(record));
  };
  for (const std::string& topic : wish.out) {
    add(OptOutFor(*link, link->lead, topic, of_lead, click));
    // An erased person may come back with the address, and others may have it.
    if (!IsGone(of_lead) || link->address.empty() || link->address == link->lead) continue;
    add(OptOutFor(*link, link->address, topic, Ask(link->tenant, link->address), click));
  }
  for (const std::string& topic : wish.in) {
    if (!IsGone(of_lead)) add(EventOf(click, *link, EventType::kResubscribe, link->lead, topic));
  }
  Store(records, PageOf(wish, known, UndoOf(*link, records)), respond);
}

std::string Unsubscribe::UndoOf(const LinkContent& link, const std::vector<codec::Record>& records) const {
  std::string whole = link.tenant + '\0' + link.lead + '\0' + std::to_string(clock_.Now().millis);
  for (const codec::Record& record : records) {
    const auto* event = std::get_if<codec::Event>(&record);
    if (event == nullptr) return {};  // an erasure stays
    whole += '\0' + event->event_id;
  }
  return records.empty() || records.size() > kMostTakenBack ? std::string() : keys_.Seal(whole, kUndoPurpose);
}

void Unsubscribe::TakeBack(const LinkContent& link, std::string_view undo, const Respond& respond) {
  const std::optional<std::string> whole = keys_.Unseal(undo, kUndoPurpose);
  const std::vector<std::string> parts =
      whole ? std::vector<std::string>(absl::StrSplit(*whole, '\0')) : std::vector<std::string>();
  if (parts.size() < 4 || parts[0] != link.tenant || parts[1] != link.lead) return respond(Invalid());
  const Instant now = clock_.Now();
  const std::optional<int64_t> made_at = ParseInteger<int64_t>(parts[2]);
  if (!made_at || now > Instant{*made_at} + kUndoTime) {
    return respond(SentencePage(http::kGone, "This button has expired",
                                "It works for an hour. Write to the sender to get mail again."));
  }
  std::vector<codec::Record> records;
  for (size_t i = 3; i < parts.size(); ++i) {
    codec::Event event;
    event.key = {link.tenant, link.lead};
    event.event_id = "undo-" + parts[i];
    event.type = EventType::kRetract;
    event.occurred_at = now;
    event.retracts = parts[i];
    records.push_back(std::move(event));
  }
  const std::optional<v1::OptOut> known = Ask(link.tenant, link.lead);
  Store(records, DonePage("Taken back", "It is as it was before.", known, ""), respond);
}

void Unsubscribe::Store(const std::vector<codec::Record>& records, const http::Response& done, const Respond& respond) {
  const auto try_again = [respond] {
    respond(SentencePage(http::kUnavailable, "Try again", "Your choice could not be stored. Try again later."));
  };
  // Without a run the inbox keeps the opt-out until one reads it.
  if (inbox_check_.IsFollowed() == false) {
    telemetry::LogError(std::string("an opt-out was not taken: the run does not read the inbox; ") + kFollowTheInbox);
    return try_again();
  }
  if (records.empty()) return respond(done);
  inbox_.Append({.records = records}, [respond, done, try_again](const codec::Stored& at) {
    if (at.ok()) return respond(done);
    telemetry::LogWarning("an opt-out was not taken: " + at.status().message());
    try_again();
  });
}

}  // namespace leadpulse::serve
