#include "processor/serve/api/writes/unsubscribe.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_split.h"
#include "processor/base/displayable.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/http/form.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/html_page.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

// Renders a form with one button. It posts to the page's own address.
std::string Button(std::string_view name, std::string_view value, std::string_view label) {
  return "<form method=\"post\"><input type=\"hidden\" name=\"" + EscapeHtml(name) + "\" value=\"" + EscapeHtml(value) +
         "\"><button>" + EscapeHtml(label) + "</button></form>\n";
}

http::Response Invalid() {
  return HtmlPage(http::kNotFound, "This link is not valid",
                  "<p>It may have been cut off. Open the whole link from the mail.</p>\n");
}

// Finds a topic; nullptr if the definitions do not declare it.
const v1::OptOut::Topic* FindTopic(const std::string& topic, const v1::OptOut& known) {
  const auto found = std::ranges::find_if(
      known.topics(), [&](const v1::OptOut::Topic& declared) { return FoldCase(declared.id()) == FoldCase(topic); });
  return found == known.topics().end() ? nullptr : &*found;
}

// Returns the name of a topic for people.
std::string NameOf(const std::string& topic, const std::optional<v1::OptOut>& known) {
  const v1::OptOut::Topic* declared = known ? FindTopic(topic, *known) : nullptr;
  return declared == nullptr ? topic : declared->name();
}

bool IsOut(const std::string& topic, const v1::OptOut& known) {
  const v1::OptOut::Topic* declared = FindTopic(topic, known);
  return known.out() || (declared != nullptr && declared->out());
}

std::string Choices(const LinkContent& link, const std::optional<v1::OptOut>& known) {
  std::string html;
  if (known && known->out()) return "<p>You are unsubscribed from everything.</p>\n";
  if (!link.topic.empty() && !(known && IsOut(link.topic, *known))) {
    html += Button("topic", link.topic, "Unsubscribe from " + NameOf(link.topic, known));
  }
  html += Button("everything", "1", "Unsubscribe from everything");
  if (!known || known->topics().empty()) return html;
  html += "<h2>Topics</h2>\n<ul>\n";
  for (const v1::OptOut::Topic& topic : known->topics()) {
    html += "<li>" + EscapeHtml(topic.name()) + ": ";
    html += topic.out() ? "unsubscribed" : Button("topic", topic.id(), "Unsubscribe");
    html += "</li>\n";
  }
  return html + "</ul>\n";
}

// Returns the scope that a post opts out of; nullopt if the body cannot be read.
std::optional<std::string> ScopeOf(const LinkContent& link, std::string_view body, std::string_view content_type) {
  if (TrimAsciiSpace(body).empty()) return link.topic;
  const auto form = http::ParseForm(body, content_type);
  if (!form.ok()) return std::nullopt;
  if (!http::FirstOf(*form, "everything").empty()) return std::string();
  const std::string topic(http::FirstOf(*form, "topic"));
  if (!IsUtf8(topic)) return std::nullopt;
  return topic.empty() ? link.topic : topic;
}

// Whether a person was erased and has not come back.
bool IsGone(const std::optional<v1::OptOut>& known) { return known && known->is_erased() && !known->is_lead(); }

// Adds the record that opts the lead out of the link's topic, unless it is erased and out already.
void AddOptOut(const LinkContent& link, const std::string& lead, const std::optional<v1::OptOut>& known, Instant now,
               std::vector<codec::Record>* records) {
  if (IsGone(known)) {
    if (IsOut(link.topic, *known)) return;
    // An event would make the erased person a lead again.
    records->push_back(codec::Command{.key = {link.tenant, lead},
                                      .command_id = "link-" + access::RandomId(),
                                      .issued_at = now,
                                      .actor = "link",
                                      .actions = codec::Erase{true},
                                      .expected_version = "none"});
    return;
  }
  // Also for a person who is opted out, because the reason for that may end. A second click in one second is the same
  // event.
  const std::string click =
      link.tenant + '\0' + lead + '\0' + link.topic + '\0' + link.address + '\0' + std::to_string(now.millis / 1000);
  codec::Event event;
  event.key = {link.tenant, lead};
  event.address = link.address;
  event.event_id = "link-" + access::Base64Url(access::HashOf(click));
  event.type = EventType::kUnsubscribe;
  event.occurred_at = now;
  event.topic = link.topic;
  records->push_back(std::move(event));
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
  http::Response response =
      HtmlPage(http::kTooManyRequests, "Too many requests", "<p>Wait a moment and try again.</p>\n");
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

http::Response Unsubscribe::Page(std::string_view token) {
  const std::optional<LinkContent> link = ReadLink(token, keys_);
  if (!link) return Invalid();
  if (auto refusal = Limit(*link, access::RequestClass::kRead)) return std::move(*refusal);
  std::optional<v1::OptOut> known = Ask(link->tenant, link->lead);
  // The contact has moved on: the page is about the address that got the mail.
  if (known && !link->address.empty() && known->address() != link->address) known = Ask(link->tenant, link->address);
  return HtmlPage(http::kOk, "Unsubscribe", Choices(*link, known));
}

void Unsubscribe::Post(std::string_view token, std::string_view body, std::string_view content_type,
                       const Respond& respond) {
  std::optional<LinkContent> link = ReadLink(token, keys_);
  if (!link) return respond(Invalid());
  if (auto refusal = Limit(*link, access::RequestClass::kWrite)) return respond(std::move(*refusal));
  std::optional<std::string> scope = ScopeOf(*link, body, content_type);
  if (!scope || scope->size() > kMaxTopicBytes) {
    return respond(HtmlPage(http::kBadRequest, "This request cannot be read", "<p>Open the link and try again.</p>\n"));
  }
  link->topic = *std::move(scope);
  Write(*link, respond);
}

void Unsubscribe::Write(const LinkContent& link, const Respond& respond) {
  const std::optional<v1::OptOut> known = Ask(link.tenant, link.lead);
  const std::string what = link.topic.empty() ? "everything" : NameOf(link.topic, known);
  const http::Response done = HtmlPage(http::kOk, "You are unsubscribed", "<p>From " + EscapeHtml(what) + ".</p>\n");
  const auto try_again = [respond] {
    respond(HtmlPage(http::kUnavailable, "Try again", "<p>The opt-out could not be stored. Try again later.</p>\n"));
  };
  // Without a run the inbox keeps the opt-out until one reads it.
  if (inbox_check_.IsFollowed() == false) {
    telemetry::LogError(std::string("an opt-out was not taken: the run does not read the inbox; ") + kFollowTheInbox);
    return try_again();
  }
  const Instant now = clock_.Now();
  std::vector<codec::Record> records;
  AddOptOut(link, link.lead, known, now, &records);
  // An erased person may come back with the address, and others may have it.
  if (IsGone(known) && !link.address.empty() && link.address != link.lead) {
    AddOptOut(link, link.address, Ask(link.tenant, link.address), now, &records);
  }
  if (records.empty()) return respond(done);
  inbox_.Append({.records = records}, [respond, done, try_again](const codec::Stored& at) {
    if (at.ok()) return respond(done);
    telemetry::LogWarning("an opt-out was not taken: " + at.status().message());
    try_again();
  });
}

}  // namespace leadpulse::serve
