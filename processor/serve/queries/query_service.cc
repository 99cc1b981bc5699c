#include "processor/serve/queries/query_service.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/serve/queries/board.h"
#include "processor/serve/queries/import_queries.h"
#include "processor/serve/queries/lead_details.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/manager_report.h"
#include "processor/serve/queries/opt_out.h"
#include "processor/serve/queries/segment_preview.h"
#include "processor/serve/queries/tenant_queries.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMaxRequestBytes = 1 << 20;
constexpr std::string_view kFindOutcomes = "/records/outcomes";
constexpr std::string_view kReadChanges = "/changes/read";
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

template <typename Message>
http::Answer Found(const std::optional<Message>& message) {
  return message ? Found(*message) : Refusal(http::kNotFound, "not_found", "there is no such lead");
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

http::Answer Malformed(const std::string& what) { return Refusal(http::kBadRequest, "malformed", what); }

// Whether the query looks at the index, and releases it.
template <typename Request>
constexpr bool kUsesIndex = std::is_same_v<Request, v1::FindLeads> || std::is_same_v<Request, v1::GetPipeline> ||
                            std::is_same_v<Request, v1::CountLeads>;

// Parses the request and answers it from a new snapshot.
template <typename Answer, typename Request>
http::Answer Ask(Result<Answer> (*query)(const Snapshot&, const Request&), std::string_view body,
                 state::LeadStore* store, QueryParts* parts) {
  Request request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return Malformed("the body is not a " + request.GetTypeName());
  }
  if (request.caller().tenant_id().empty()) return Malformed("caller.tenant_id is missing");
  std::unique_ptr<IndexedSnapshot> indexed;
  std::unique_ptr<const state::LeadReader> plain;
  if (kUsesIndex<Request> && parts->index != nullptr) {
    Result<std::unique_ptr<IndexedSnapshot>> opened = parts->index->Open(store);
    if (!opened.ok()) return FailureOf(opened.status());
    indexed = std::move(*opened);
  } else {
    Result<std::unique_ptr<const state::LeadReader>> opened = store->Snapshot();
    if (!opened.ok()) return FailureOf(opened.status());
    plain = std::move(*opened);
  }
  const state::LeadReader& rows = indexed != nullptr ? indexed->rows() : *plain;
  const auto not_yet = [](const Status& status) {
    return status.kind() == ErrorKind::kRejected ? FailureOf(Status::Retriable(status.message())) : FailureOf(status);
  };
  const auto definitions = parts->definitions.Read(rows, [](const std::string&) {});
  if (!definitions.ok()) return not_yet(definitions.status());
  const Result<std::optional<Instant>> clock = query::ClockIfAny(rows);
  if (!clock.ok()) return not_yet(clock.status());
  // Without a record there is no lead, so no answer depends on the time.
  const Result<Answer> answer =
      query(Snapshot{rows, **definitions, clock->value_or(Instant{0}), &parts->scans, indexed.get()}, request);
  return answer.ok() ? Found(*answer) : FailureOf(answer.status());
}

template <auto kQuery>
http::Answer AskWith(std::string_view body, state::LeadStore* store, QueryParts* parts) {
  return Ask(kQuery, body, store, parts);
}

// The queries that read a snapshot, and their paths.
struct SnapshotQuery {
  std::string_view path;
  http::Answer (*ask)(std::string_view body, state::LeadStore* store, QueryParts* parts);
  bool about_one_lead = false;  // so it is quick
};
constexpr SnapshotQuery kQueries[] = {
    {"/leads/get", AskWith<GetLead>, true},          {"/leads/find", AskWith<FindLeads>},
    {"/leads/explain", AskWith<ExplainLead>, true},  {"/leads/timeline", AskWith<GetTimeline>, true},
    {"/leads/export", AskWith<ExportLead>, true},    {"/leads/duplicates", AskWith<FindDuplicates>},
    {"/leads/count", AskWith<CountLeads>},           {"/leads/opt-out", AskWith<FindOptOut>, true},
    {"/leads/pipeline", AskWith<GetPipeline>},       {"/segments/preview", AskWith<PreviewSegment>},
    {"/contacts/preview", AskWith<PreviewContacts>}, {"/definitions/get", AskWith<GetDefinitions>},
    {"/reports/make", AskWith<MakeReport>},
};

const SnapshotQuery* FindQuery(std::string_view path) {
  const auto* query = std::ranges::find(kQueries, path, &SnapshotQuery::path);
  return query == std::end(kQueries) ? nullptr : query;
}

}  // namespace

http::Answer AnswerQuery(std::string_view path, std::string_view body, state::LeadStore* store, QueryParts* parts) {
  const SnapshotQuery* query = FindQuery(path);
  return query == nullptr ? Malformed("there is no such query") : query->ask(body, store, parts);
}

http::HeadDecision QueryService::CheckHead(const http::Request& head) {
  if (FindQuery(head.path) == nullptr && head.path != kFindOutcomes && head.path != kReadChanges) {
    return {.answer = Refusal(http::kNotFound, "malformed", "there is no such query")};
  }
  if (head.method != "POST")
    return {.answer = Refusal(http::kMethodNotAllowed, "malformed", "send the query with POST")};
  return {.max_body_bytes = kMaxRequestBytes};
}

void QueryService::Handle(const http::Request& request, std::function<void(http::Answer)> answer) {
  QueueFor(request.path)
      ->Add([this, path = std::string(request.path), body = std::string(request.body),
             answer] { answer(AnswerTo(path, body)); },
            [answer] { answer(Refusal(http::kUnavailable, "busy", "too many queries wait, or the run stops")); });
}

http::AnswerQueue* QueryService::QueueFor(std::string_view path) {
  if (path == kReadChanges) return &change_queue_;
  const SnapshotQuery* query = FindQuery(path);
  return query == nullptr || query->about_one_lead ? &lead_queue_ : &queue_;
}

http::Answer QueryService::AnswerTo(std::string_view path, std::string_view body) {
  if (path == kReadChanges) return ReadChanges(body);
  return path == kFindOutcomes ? FindOutcomes(body) : AnswerQuery(path, body, store_, &parts_);
}

http::Answer QueryService::ReadChanges(std::string_view body) {
  v1::ReadChanges request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return Malformed("the body cannot be read");
  const Result<v1::ChangePages> pages = changes_.Read(request);
  return pages.ok() ? Found(*pages) : Malformed(pages.status().message());
}

http::Answer QueryService::FindOutcomes(std::string_view body) {
  v1::FindOutcomes request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return Malformed("the body cannot be read");
  if (outcomes_ == nullptr || request.positions_size() > kMostPositions) {
    return Malformed(outcomes_ == nullptr ? "this run tells no outcomes" : "more than 1,000 positions");
  }
  std::unique_ptr<const state::LeadReader> snapshot;
  if (outcomes_->needs_snapshot()) {
    Result<std::unique_ptr<const state::LeadReader>> rows = store_->Snapshot();
    if (!rows.ok()) return FailureOf(rows.status());
    snapshot = std::move(*rows);
  }
  const state::LeadReader& rows = snapshot != nullptr ? *snapshot : *store_;
  v1::RecordOutcomes answer;
  for (const v1::RecordPosition& at : request.positions()) {
    const Result<query::RecordOutcome> found =
        outcomes_->Find(rows, {at.input(), at.partition(), at.offset(), /*line=*/0});
    if (!found.ok() && found.status().kind() != ErrorKind::kRejected) return FailureOf(found.status());
    v1::RecordOutcome* outcome = answer.add_outcomes();
    if (!found.ok()) {
      outcome->set_unknown(found.status().message());
      continue;
    }
    outcome->set_is_read(found->is_read);
    outcome->set_is_elsewhere(found->is_elsewhere);
    if (!found->refusal) continue;
    outcome->set_reason(found->refusal->reason);
    outcome->set_detail(found->refusal->detail);
  }
  return Found(answer);
}

}  // namespace leadpulse::serve
