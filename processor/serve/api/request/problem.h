// Answers of the API that are errors: RFC 9457.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

inline constexpr char kProblemType[] = "application/problem+json";  // the media type of problems

// Makes the answer to an error. `code` is for programs, `detail` a sentence for people; `field` is the parameter at
// fault, or empty. `member` and `json` are one more member and its value, or empty. Codes after which there is
// something to do add it as `hint`.
http::Response Problem(unsigned int status, std::string_view code, std::string_view detail, std::string_view field = {},
                       std::string_view member = {}, std::string_view json = {});

// Answers that no run answers, or not with what was requested.
http::Response Unavailable();
// Converts an answer of the HTTP server, whose body is a sentence, to a problem.
http::Response ProblemOf(const http::Response& refusal);
// Names the request of this thread in the log, while it lives.
class RequestInLog {
 public:
  explicit RequestInLog(const std::string& name);
  ~RequestInLog();
  RequestInLog(const RequestInLog&) = delete;
  RequestInLog& operator=(const RequestInLog&) = delete;

 private:
  const std::string* const before_;
};
// Logs an error that the client must not see, at most once in ten seconds.
void LogFailure(const Status& status);
// Logs it likewise, and answers 503 without it: the front's own database or files are busy or fail.
http::Response Failed(const Status& status);
// Logs it likewise, and answers that the run does not answer.
http::Response RunFailed(const Status& status);
// Returns the value, or the answer of Failed.
template <typename Value>
std::variant<Value, http::Response> OrFailed(Result<Value> result) {
  if (!result.ok()) return Failed(result.status());
  return *std::move(result);
}
// Returns the value that the run answered, or the answer of RunFailed.
template <typename Value>
std::variant<Value, http::Response> OrRunFailed(Result<Value> answered) {
  if (!answered.ok()) return RunFailed(answered.status());
  return *std::move(answered);
}
http::Response NoSuchContact();
// Answers 404. `what` is such as `user`.
http::Response NothingThere(const std::string& what);
// Answers 409 to a change by an address that these contacts have. `field` is the member that has the address; empty
// means the path.
http::Response Ambiguous(const std::vector<std::string>& contacts, std::string_view field = {});
// Answers with the run's error about the query, or 503. `field` is at fault, unless the run names another.
http::Response RefusedByRun(const RunRefusal& refusal, std::string_view field = {});
// Returns the answer of the run, or the problem with it.
template <typename Value>
std::variant<Value, http::Response> OrProblem(OrRefusal<Value> answered, std::string_view field = {}) {
  if (!answered.ok()) return RunFailed(answered.status());
  if (const auto* refusal = std::get_if<RunRefusal>(&*answered)) return RefusedByRun(*refusal, field);
  return std::get<Value>(std::move(*answered));
}
// Answers 429 with Retry-After. `code`: that of the problem.
http::Response TooManyRequests(std::string_view detail, int64_t seconds, std::string_view code = "too_many_requests");
// Answers 415 to a body of another media type than `taken`, such as `application/json`.
http::Response UnsupportedType(std::string_view taken);
// Answers 400 to a wrong parameter or header.
http::Response WrongParameter(std::string_view field, std::string_view detail);
// Answers 422 to a wrong member of the body.
http::Response WrongMember(std::string_view field, std::string_view detail);
// Answers 422 if the audit log cannot hold the contact's id. Only files bring such ids.
std::optional<http::Response> CheckId(const std::string& contact);
// Answers 400 to a wrong header Idempotency-Key. KeyReused answers 422.
http::Response WrongKey();
http::Response KeyReused();
// Answers 409: the same request is being answered.
http::Response BeingAnswered();
// Returns the answer like OrProblem, but 422 if the query, made from the member `field` of the body, is wrong.
template <typename Value>
std::variant<Value, http::Response> OrWrongMember(OrRefusal<Value> answered, std::string_view field) {
  const auto* refusal = answered.ok() ? std::get_if<RunRefusal>(&*answered) : nullptr;
  const bool is_wrong = refusal != nullptr && refusal->status == http::kBadRequest;
  return is_wrong ? WrongMember(field, refusal->error.detail()) : OrProblem(std::move(answered));
}

}  // namespace leadpulse::serve

// Takes the value out of a `std::variant<Value, http::Response>`, or returns the answer, like LP_ASSIGN_OR_RETURN.
#define LP_ASSIGN_OR_ANSWER(target, ...) \
  LP_ASSIGN_OR_ANSWER_FROM(LP_ASSIGN_NAME(lp_answered_, __LINE__), target, __VA_ARGS__)
#define LP_ASSIGN_OR_ANSWER_FROM(answered, target, ...)                                                        \
  auto answered = (__VA_ARGS__);                                                                               \
  if (auto* lp_response = std::get_if<::leadpulse::http::Response>(&answered)) return std::move(*lp_response); \
  target = std::get<0>(std::move(answered))
