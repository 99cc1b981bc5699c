#include "processor/serve/queries/query_service.h"

#include <memory>
#include <optional>
#include <string>

#include "processor/base/assign_or_return.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/opt_out.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMaxRequestBytes = 1 << 20;
constexpr std::string_view kGetLead = "/leads/get", kFindLeads = "/leads/find", kFindOptOut = "/leads/opt-out",
                           kFindOutcomes = "/records/outcomes";
constexpr int kMostPositions = 1'000;
constexpr char kContentType[] = "application/x-protobuf";

http::Answer Refusal(unsigned int status, const std::string& code, const std::string& detail) {
  v1::QueryError error;
  error.set_code(code);
  error.set_detail(detail);
  return {status, error.SerializeAsString(), kContentType};
}

template <typename Message>
http::Answer Found(const Message& message) {
  return {http::kOk, message.SerializeAsString(), kContentType};
}

http::Answer FailureOf(const Status& status) {
  switch (status.kind()) {
    case ErrorKind::kRejected:
      return Refusal(http::kBadRequest, "invalid_value", status.message());
    case ErrorKind::kRetriable:
      return Refusal(http::kUnavailable, "not_yet", status.message());
    case ErrorKind::kFatal:
      break;
  }
  telemetry::LogError("a query about leads failed: " + status.message());
  return Refusal(http::kInternalError, "failed", "the state cannot be read; the log of the run says why");
}

http::Answer Answered(const Snapshot& snapshot, const v1::GetLead& request) {
  Result<std::optional<v1::LeadAnswer>> answer = GetLead(snapshot, request);
  if (!answer.ok()) return FailureOf(answer.status());
  return *answer ? Found(**answer) : Refusal(http::kNotFound, "not_found", "there is no such lead");
}

http::Answer Answered(const Snapshot& snapshot, const v1::FindLeads& request) {
  Result<v1::FoundLeads> answer = FindLeads(snapshot, request);
  return answer.ok() ? Found(*answer) : FailureOf(answer.status());
}

http::Answer Answered(const Snapshot& snapshot, const v1::FindOptOut& request) {
  Result<v1::OptOut> answer = FindOptOut(snapshot, request);
  return answer.ok() ? Found(*answer) : FailureOf(answer.status());
}

http::Answer Malformed(const std::string& what) { return Refusal(http::kBadRequest, "malformed", what); }

// Parses the request and answers it from a new snapshot.
template <typename Request>
http::Answer Ask(std::string_view body, state::LeadStore* store, query::DefinitionsCache* cache) {
  Request request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return Malformed("the body is not a " + request.GetTypeName());
  }
  if (request.caller().tenant_id().empty()) return Malformed("caller.tenant_id is missing");
  const Result<std::unique_ptr<const state::LeadReader>> rows = store->Snapshot();
  if (!rows.ok()) return FailureOf(rows.status());
  const auto not_yet = [](const Status& status) {
    return status.kind() == ErrorKind::kRejected ? FailureOf(Status::Retriable(status.message())) : FailureOf(status);
  };
  const auto definitions = cache->Read(**rows, [](const std::string&) {});
  if (!definitions.ok()) return not_yet(definitions.status());
  const Result<Instant> clock = query::ClockOfState(**rows);
  if (!clock.ok()) return not_yet(clock.status());
  return Answered(Snapshot{**rows, **definitions, *clock}, request);
}

}  // namespace

http::HeadDecision QueryService::CheckHead(const http::Request& head) {
  if (head.path != kGetLead && head.path != kFindLeads && head.path != kFindOptOut && head.path != kFindOutcomes) {
    return {.answer = Refusal(http::kNotFound, "malformed", "there is no such query")};
  }
  if (head.method != "POST")
    return {.answer = Refusal(http::kMethodNotAllowed, "malformed", "send the query with POST")};
  return {.max_body_bytes = kMaxRequestBytes};
}

void QueryService::Handle(const http::Request& request, std::function<void(http::Answer)> answer) {
  queue_.Add([this, path = std::string(request.path), body = std::string(request.body),
              answer] { answer(AnswerTo(path, body)); },
             [answer] { answer(Refusal(http::kUnavailable, "busy", "too many queries wait, or the run stops")); });
}

http::Answer QueryService::AnswerTo(std::string_view path, std::string_view body) {
  if (path == kFindOutcomes) return FindOutcomes(body);
  if (path == kFindOptOut) return Ask<v1::FindOptOut>(body, store_, &definitions_);
  return path == kGetLead ? Ask<v1::GetLead>(body, store_, &definitions_)
                          : Ask<v1::FindLeads>(body, store_, &definitions_);
}

http::Answer QueryService::FindOutcomes(std::string_view body) {
  v1::FindOutcomes request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return Malformed("the body cannot be read");
  if (outcomes_ == nullptr || request.positions_size() > kMostPositions) {
    return Malformed(outcomes_ == nullptr ? "this run tells no outcomes" : "more than 1,000 positions");
  }
  const Result<std::unique_ptr<const state::LeadReader>> rows = store_->Snapshot();
  if (!rows.ok()) return FailureOf(rows.status());
  v1::RecordOutcomes answer;
  for (const v1::RecordPosition& at : request.positions()) {
    const Result<query::RecordOutcome> found =
        outcomes_->Find(**rows, {at.input(), at.partition(), at.offset(), /*line=*/0});
    if (!found.ok() && found.status().kind() != ErrorKind::kRejected) return FailureOf(found.status());
    v1::RecordOutcome* outcome = answer.add_outcomes();
    if (!found.ok()) {
      outcome->set_unknown(found.status().message());
      continue;
    }
    outcome->set_is_read(found->is_read);
    if (!found->refusal) continue;
    outcome->set_reason(found->refusal->reason);
    outcome->set_detail(found->refusal->detail);
  }
  return Found(answer);
}

}  // namespace leadpulse::serve
