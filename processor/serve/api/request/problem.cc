#include "processor/serve/api/request/problem.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/http/request_head.h"
#include "processor/receiver/receiver.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

constexpr std::chrono::seconds kBetweenWarnings{10};

thread_local const std::string* request_in_log = nullptr;

// Advice to clients after an error, by its code.
constexpr std::pair<std::string_view, std::string_view> kHints[] = {
    {"unauthorized", "send the header Authorization: Bearer TOKEN; `leadpulse serve token create` makes a token"},
    {"forbidden", "use a token with the role and the scope that /openapi.json names"},
    {"exists",
     "change what is there; POST /contacts updates a contact with upsert=true; a manager may add shared=true"},
    {"conflict", "read it again, and send the change with its new ETag as If-Match"},
    {"precondition_required", "read it, and send its ETag as If-Match"},
    {"cursor_expired", "begin with the first page again"},
    {"idempotency_key_reused", "give each request a key of its own"},
    {"in_progress", "send the same request again in a moment"},
    {"last_admin", "make another user admin before"},
    {"too_large", "send less in one request"},
    {"uri_too_long", "send a shorter query"},
    {"unsupported_media_type", "send the header Content-Type that /openapi.json names for the body"},
    {"answer_too_large", "ask for less: a page of the timeline, fewer contacts, or the fields that you need"},
    {"too_many_jobs", "`GET /api/v1/jobs` lists them; `POST /api/v1/jobs/{id}/cancel` ends one"},
    {"too_many_requests", "wait as many seconds as Retry-After says"},
    {"busy", "send the same request again in a moment"},
    {"not_yet", "send the same request again in a moment"},
    {"unavailable", "send it again, a write with its Idempotency-Key; `leadpulse doctor --front` says what is wrong"}};

}  // namespace

http::Response Problem(unsigned int status, std::string_view code, std::string_view detail, std::string_view field,
                       std::string_view member, std::string_view json) {
  std::string body;
  JsonObject problem(&body);
  problem.Text("type", "about:blank");
  problem.Number("status", status);
  problem.Text("code", code);
  problem.Text("detail", detail);
  if (!field.empty()) problem.Text("field", field);
  const auto* hint = std::ranges::find(kHints, code, &std::pair<std::string_view, std::string_view>::first);
  if (hint != std::end(kHints)) problem.Text("hint", hint->second);
  if (!member.empty()) problem.Key(member)->append(json);
  problem.End();
  return {status, std::move(body), kProblemType};
}

http::Response Unavailable() {
  return Problem(http::kUnavailable, "unavailable", "the run that has the leads does not answer; try again");
}

http::Response ProblemOf(const http::Response& refusal) {
  std::string_view code = "malformed";
  if (refusal.code == http::kContentTooLarge) code = "too_large";
  if (refusal.code == http::kUriTooLong) code = "uri_too_long";
  if (refusal.code == http::kHeadersTooLarge) code = "headers_too_large";
  if (refusal.code == http::kUnsupportedMediaType) code = "unsupported_media_type";
  if (refusal.code == http::kLengthRequired) code = "length_required";
  if (refusal.code == http::kNotImplemented) code = "not_implemented";
  if (refusal.code == http::kUnavailable) code = "busy";
  return Problem(refusal.code, code, TrimAsciiSpace(refusal.body));
}

RequestInLog::RequestInLog(const std::string& name) : before_(std::exchange(request_in_log, &name)) {}
RequestInLog::~RequestInLog() { request_in_log = before_; }

void LogFailure(const Status& status) {
  static receiver::LogLimit limit(kBetweenWarnings, 0);
  if (const std::optional<uint64_t> unsaid = limit.Say("failed", MonotonicNow())) {
    telemetry::LogWarning(
        "a request of the API failed: " + status.message() +
        (request_in_log == nullptr || request_in_log->empty() ? "" : " (request " + *request_in_log + ")") +
        (*unsaid == 0 ? "" : "; so did " + std::to_string(*unsaid) + " others since the last warning"));
  }
}

http::Response Failed(const Status& status) {
  LogFailure(status);
  return Problem(http::kUnavailable, "unavailable",
                 "the front cannot read or write its own data at the moment, its log says why; try again");
}

http::Response RunFailed(const Status& status) {
  LogFailure(status);
  return Unavailable();
}

http::Response RefusedByRun(const RunRefusal& refusal, std::string_view field) {
  if (refusal.status == http::kNotFound) return NoSuchContact();
  if (refusal.status == http::kTooManyRequests) {
    return TooManyRequests(refusal.error.detail(), refusal.error.retry_after_s());
  }
  constexpr unsigned int kPassed[] = {http::kBadRequest, http::kGone, http::kContentTooLarge};
  if (std::ranges::find(kPassed, refusal.status) == std::end(kPassed)) return Unavailable();
  const v1::QueryError& error = refusal.error;
  return Problem(refusal.status, error.code(), error.detail(), error.field().empty() ? field : error.field());
}

http::Response WrongKey() {
  return WrongParameter("Idempotency-Key", "1 to 128 characters of ASCII without spaces and /");
}

http::Response KeyReused() {
  return Problem(http::kUnprocessableContent, "idempotency_key_reused", "another request had this key",
                 "Idempotency-Key");
}

http::Response BeingAnswered() {
  return Problem(http::kConflict, "in_progress", "a request with this key is being answered; send it again",
                 "Idempotency-Key");
}

http::Response NoSuchContact() { return Problem(http::kNotFound, "not_found", "nobody has this id or address"); }

http::Response Ambiguous(const std::vector<std::string>& contacts, std::string_view field) {
  std::string ids;
  AppendJsonArray(contacts, &ids, [&ids](const std::string& id) { AppendJsonString(id, &ids); });
  return Problem(http::kConflict, "ambiguous",
                 std::to_string(contacts.size()) + " contacts have this address; send the id of one", field, "contacts",
                 ids);
}

http::Response NothingThere(const std::string& what) {
  return Problem(http::kNotFound, "not_found", "there is no such " + what);
}

http::Response UnsupportedType(std::string_view taken) {
  return Problem(http::kUnsupportedMediaType, "unsupported_media_type",
                 Concat({"the body must be ", taken, ", and Content-Type must say so"}), "Content-Type");
}

http::Response WrongParameter(std::string_view field, std::string_view detail) {
  return Problem(http::kBadRequest, "invalid_value", detail, field);
}

http::Response WrongMember(std::string_view field, std::string_view detail) {
  return Problem(http::kUnprocessableContent, "invalid_value", detail, field);
}

std::optional<http::Response> CheckId(const std::string& contact) {
  if (contact.find('\0') == std::string::npos) return std::nullopt;
  return WrongMember(
      "id", "the contact's id has a NUL byte, which the audit log cannot store: import the contact with another id");
}

http::Response TooManyRequests(std::string_view detail, int64_t seconds, std::string_view code) {
  http::Response response = Problem(http::kTooManyRequests, code, detail);
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

}  // namespace leadpulse::serve
