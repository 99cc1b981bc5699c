#include "processor/serve/api/lead_api.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/problem.h"
#include "processor/telemetry/logging.h"
#include "processor/webhooks/form.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kContacts = "/api/v1/contacts/";
constexpr std::string_view kSearch = "search";
constexpr std::string_view kByAddress = "email:";
constexpr char kJson[] = "application/json";
constexpr uint32_t kUsualLimit = 50, kMostLeads = 1'000;

http::Answer Unavailable() {
  return Problem(http::kUnavailable, "unavailable", "the run that has the leads does not answer; try again");
}

http::Answer Failed(const Status& status) {
  telemetry::LogWarning("a request of the API failed: " + status.message());
  return Unavailable();
}

http::Answer NotFound() { return Problem(http::kNotFound, "not_found", "there is no such contact"); }

http::Answer Refused(const RunRefusal& refusal) {
  if (refusal.status == static_cast<int>(http::kNotFound)) return NotFound();
  if (refusal.status == static_cast<int>(http::kBadRequest)) {
    return Problem(http::kBadRequest, refusal.error.code(), refusal.error.detail());
  }
  return Unavailable();
}

v1::Caller CallerFor(const access::Principal& principal) {
  v1::Caller caller;
  caller.set_tenant_id(principal.tenant);
  if (principal.role == access::Role::kAgent) caller.set_agent_id(principal.agent_id);
  return caller;
}

// The token after `Bearer `, which is written in any case (RFC 9110 §11.1). Empty: there is none.
std::string TokenIn(std::string_view authorization) {
  constexpr std::string_view kBearer = "bearer ";
  if (AsciiLower(authorization.substr(0, kBearer.size())) != kBearer) return {};
  return std::string(authorization.substr(kBearer.size()));
}

// Reads the parameters. The problem names the wrong one.
std::variant<v1::FindLeads, http::Answer> RequestOf(const std::string& query) {
  v1::FindLeads request;
  request.set_limit(kUsualLimit);
  if (query.empty()) return request;
  const auto fields = webhooks::ParseForm(query, "application/x-www-form-urlencoded");
  if (!fields.ok()) return Problem(http::kBadRequest, "malformed", "the parameters cannot be read");
  for (const webhooks::FormField& field : *fields) {
    const auto wrong = [&field](std::string_view expected) {
      return Problem(http::kBadRequest, "invalid_value", expected, field.name);
    };
    if (!IsUtf8(field.value)) return wrong("it must be UTF-8");
    if (field.name == "query") {
      request.set_search(field.value);
    } else if (field.name == "where") {
      request.set_rule(field.value);
    } else if (field.name == "sort") {
      request.set_descending(field.value.starts_with('-'));
      request.set_order(field.value.substr(request.descending() ? 1 : 0));
    } else if (field.name == "cursor") {
      request.set_cursor(field.value);
    } else if (field.name == "limit") {
      uint32_t limit = 0;
      const char* end = field.value.data() + field.value.size();
      const auto [stopped, error] = std::from_chars(field.value.data(), end, limit);
      if (error != std::errc() || stopped != end || limit < 1 || limit > kMostLeads) {
        return wrong("a number from 1 to 1000");
      }
      request.set_limit(limit);
    } else if (field.name == "count") {
      if (field.value != "none" && field.value != "exact") return wrong("none or exact");
      request.set_count(field.value == "exact");
    } else {
      return wrong("there is no such parameter: query, where, sort, limit, cursor, count");
    }
  }
  return request;
}

std::string PageOf(const v1::FoundLeads& found) {
  std::string body;
  JsonObject page(&body);
  page.Text("rule", found.rule());
  page.Texts("warnings", found.warnings());
  AppendJsonArray(found.rows_json(), page.Key("contacts"), [&body](const std::string& row) { body += row; });
  found.cursor().empty() ? page.Null("cursor") : page.Text("cursor", found.cursor());
  if (found.has_count()) page.Number("count", found.count());
  page.Time("at", {found.clock_ms()});
  page.End();
  return body;
}

}  // namespace

http::HeadDecision LeadApi::CheckHead(const http::Request& head) {
  if (!head.path.starts_with(kContacts)) {
    return {.answer = Problem(http::kNotFound, "not_found", "there is no such address; see /api/v1/contacts/search")};
  }
  if (head.method != "GET") {
    http::Answer answer = Problem(http::kMethodNotAllowed, "method_not_allowed", "only GET");
    answer.headers.emplace_back("Allow", "GET");
    return {.answer = std::move(answer)};
  }
  return {};
}

void LeadApi::Handle(const http::Request& request, std::function<void(http::Answer)> answer) {
  ApiRequest copy{std::string(request.path), std::string(request.query),
                  TokenIn(http::HeaderOf(request.headers, "authorization"))};
  queue_.Add([this, copy = std::move(copy), answer] { answer(AnswerTo(copy)); },
             [answer] { answer(Problem(http::kUnavailable, "busy", "too many requests wait; try again")); });
}

http::Answer LeadApi::AnswerTo(const ApiRequest& request) {
  const Result<std::optional<access::Principal>> principal = store_.Authenticate(request.token, clock_.Now());
  if (!principal.ok()) return Failed(principal.status());
  if (!*principal || !(*principal)->scopes.Has(access::Scope::kRead)) {
    http::Answer answer = Problem(http::kUnauthorized, "unauthorized", "give a valid API token that may read");
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
  }
  const std::string id = request.path.substr(kContacts.size());
  const auto kind = id == kSearch ? access::RequestClass::kScan : access::RequestClass::kRead;
  if (const int64_t seconds = limiter_.Take((*principal)->tenant, (*principal)->who, kind); seconds > 0) {
    http::Answer answer = Problem(http::kTooManyRequests, "too_many_requests", "wait, as Retry-After says");
    answer.headers.emplace_back("Retry-After", std::to_string(seconds));
    return answer;
  }
  return id == kSearch ? Search(**principal, request.query) : GetLead(**principal, id);
}

http::Answer LeadApi::GetLead(const access::Principal& principal, const std::string& id) {
  v1::GetLead request;
  *request.mutable_caller() = CallerFor(principal);
  request.set_lead_id(id.starts_with(kByAddress) ? id.substr(kByAddress.size()) : id);
  if (!IsUtf8(id)) return NotFound();
  const auto answered = run_.Get(request);
  if (!answered.ok()) return Failed(answered.status());
  if (const auto* refusal = std::get_if<RunRefusal>(&*answered)) return Refused(*refusal);
  return {http::kOk, std::get<v1::LeadAnswer>(*answered).record_json(), kJson};
}

http::Answer LeadApi::Search(const access::Principal& principal, const std::string& query) {
  auto understood = RequestOf(query);
  if (auto* problem = std::get_if<http::Answer>(&understood)) return std::move(*problem);
  v1::FindLeads& request = std::get<v1::FindLeads>(understood);
  *request.mutable_caller() = CallerFor(principal);
  const auto answered = run_.Find(request);
  if (!answered.ok()) return Failed(answered.status());
  if (const auto* refusal = std::get_if<RunRefusal>(&*answered)) return Refused(*refusal);
  return {http::kOk, PageOf(std::get<v1::FoundLeads>(*answered)), kJson};
}

}  // namespace leadpulse::serve
