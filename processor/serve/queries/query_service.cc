#include "processor/serve/queries/query_service.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>

#include "processor/base/status.h"
#include "processor/engine/partitioner.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/quantum_reader.h"
#include "processor/serve/queries/served_reader.h"
#include "processor/telemetry/logging.h"
#include "state/store/state_directory.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMaxRequestBytes = 1 << 20;
constexpr std::string_view kFindOutcomes = "/records/outcomes";
constexpr std::string_view kReadChanges = "/changes/read";
constexpr std::string_view kAskPartitions = "/partitions/ask";
constexpr int kMostPositionsAsked = 1'000;
constexpr int kTriesWhilePartitionsMove = 3;
// Seconds of processor time. A page of an index takes 5 ms, a search among 10,000 leads 50.
constexpr double kFirstTry = 0.05;
constexpr char kContentType[] = "application/x-protobuf";

http::Response Refusal(unsigned int status, const v1::QueryError& error) {
  return {status, error.SerializeAsString(), kContentType};
}

http::Response Refusal(unsigned int status, const std::string& code, const std::string& detail) {
  v1::QueryError error;
  error.set_code(code);
  error.set_detail(detail);
  return Refusal(status, error);
}

template <typename Message>
http::Response Found(const Message& message) {
  if (message.ByteSizeLong() <= kMostAnswerBytes) return {http::kOk, message.SerializeAsString(), kContentType};
  return Refusal(http::kContentTooLarge, "answer_too_large",
                 "the answer would have more than " + std::to_string(kMostAnswerBytes >> 20) + " MiB");
}

v1::QueryError NotFound() {
  v1::QueryError error;
  error.set_code("not_found");
  error.set_detail("there is no such lead");
  return error;
}

template <typename Message>
http::Response Found(const std::optional<Message>& message) {
  return message ? Found(*message) : Refusal(http::kNotFound, NotFound());
}

http::Response Found(const v1::LeadAnswer& lead) {
  if (lead.has_record()) return Found<v1::LeadAnswer>(lead);
  v1::QueryError error = NotFound();
  error.set_strict_fields(lead.strict_fields());
  return Refusal(http::kNotFound, error);
}

http::Response FailureOf(const Status& status) {
  switch (status.kind()) {
    case ErrorKind::kRejected:
      if (const auto error = CursorError(status)) {
        return Refusal(IsTooOld(status) ? http::kGone : http::kBadRequest, *error);
      }
      return Refusal(http::kBadRequest, "invalid_value", status.message());
    case ErrorKind::kRetriable:
      return Refusal(http::kUnavailable, "not_yet", status.message());
    case ErrorKind::kFatal:
      break;
  }
  telemetry::LogError("a query about leads failed: " + status.message());
  return Refusal(http::kInternalError, "failed", "the state cannot be read; the log of the run says why");
}

// Answers that the asker has used its processor time, or that too many queries wait.
http::Response Refused(int64_t retry_after) {
  if (retry_after == 0) return Refusal(http::kUnavailable, "busy", "too many queries wait, or the run stops");
  v1::QueryError error;
  error.set_code("too_many_requests");
  error.set_detail(
      "long searches have used the processor time that they may; narrow them, or wait as Retry-After says");
  error.set_retry_after_s(retry_after);
  return Refusal(http::kTooManyRequests, error);
}

http::Response Malformed(const std::string& what) { return Refusal(http::kBadRequest, "malformed", what); }

// Whether the query looks at the index, and releases it.
template <typename Request>
constexpr bool kUsesIndex = std::is_same_v<Request, v1::FindLeads> || std::is_same_v<Request, v1::GetPipeline> ||
                            std::is_same_v<Request, v1::CountLeads> || std::is_same_v<Request, v1::CountNames> ||
                            std::is_same_v<Request, v1::MakeReport>;

// Whether the state has leads of other partitions, as they were before another run took them.
Result<bool> HidesLeads(const state::LeadReader& rows, const Share& share) {
  LP_ASSIGN_OR_RETURN(const std::vector<engine::LocalPartition> partitions, query::PartitionsInState(rows));
  return std::ranges::any_of(partitions, [&share](const engine::LocalPartition& partition) {
    return !std::ranges::binary_search(share.served, partition.partition);
  });
}

template <typename Request>
void NotePartition(const Request& request, const state::LeadReader& rows, Share* share) {
  if constexpr (requires { request.lead_id(); }) {
    const LeadKey key{request.caller().tenant_id(), request.lead_id()};
    share->lead_partition = engine::PartitionOf(key, rows.partition_count());
  }
}

// Returns the error as retriable if definitions cannot be read yet, which is no fault of the query.
Status NotYet(const Status& status) {
  return status.kind() == ErrorKind::kRejected ? Status::Retriable(status.message()) : status;
}

// Returns who asks a query that reads leads.
http::Asker AskerOf(std::string_view query) {
  v1::AnyQuery any;
  (void)any.ParseFromArray(query.data(), static_cast<int>(query.size()));  // the answer says what is wrong
  return {any.caller().tenant_id(), any.caller().who()};
}

// Answers the request from a new snapshot.
template <typename Answer, typename Request>
Result<Answer> AnswerFrom(Result<Answer> (*query)(const Snapshot&, const Request&), const Request& request,
                          state::LeadStore* store, QueryParts* parts, Share* share, Quantum* quantum) {
  std::unique_ptr<IndexedSnapshot> indexed;
  std::unique_ptr<const state::LeadReader> plain;
  if (kUsesIndex<Request> && parts->index != nullptr) {
    LP_ASSIGN_OR_RETURN(indexed, parts->index->Open(store));
  } else {
    LP_ASSIGN_OR_RETURN(plain, store->Snapshot());
  }
  const state::LeadReader& unbounded = indexed != nullptr ? indexed->rows() : *plain;
  std::optional<QuantumReader> bounded;
  if (quantum != nullptr) bounded.emplace(unbounded, quantum);
  const state::LeadReader& all = bounded ? static_cast<const state::LeadReader&>(*bounded) : unbounded;
  std::optional<ServedReader> served;
  if (share != nullptr) {
    served.emplace(all, share->served);
    NotePartition(request, all, share);
  }
  const state::LeadReader& rows = served ? static_cast<const state::LeadReader&>(*served) : all;
  // The basis is that of the whole state, whichever partitions are served.
  const Result<query::AnswerBasis> basis = parts->basis.Read(unbounded);
  if (!basis.ok()) return NotYet(basis.status());
  if (share != nullptr) {
    const Result<bool> hides = HidesLeads(rows, *share);
    if (!hides.ok()) return NotYet(hides.status());
    share->hides = *hides;
  }
  // Without a record there is no lead, so no answer depends on the time. A run without records commits nothing, but
  // time goes on.
  Instant clock = basis->clock.value_or(Instant{0});
  if (basis->clock && parts->clock != nullptr) clock = std::max(clock, parts->clock->Now());
  LP_ASSIGN_OR_RETURN(Answer answer, query(Snapshot{rows, *basis->definitions, clock, &parts->scans, indexed.get(),
                                                    basis->stored_views, share},
                                           request));
  if (indexed != nullptr) parts->index->CountQuery(!indexed->is_passed());
  if constexpr (kUsesIndex<Request>) {
    if (indexed != nullptr && indexed->indexing()) answer.set_indexing(*indexed->indexing());
  }
  return answer;
}

template <typename Answer, typename Request>
http::Response Ask(Result<Answer> (*query)(const Snapshot&, const Request&), std::string_view body,
                   state::LeadStore* store, QueryParts* parts, Share* share, Quantum* quantum) {
  Request request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return Malformed("the body is not a " + request.GetTypeName());
  }
  if (request.caller().tenant_id().empty()) return Malformed("caller.tenant_id is missing");
  const Result<Answer> answer = AnswerFrom(query, request, store, parts, share, quantum);
  return answer.ok() ? Found(*answer) : FailureOf(answer.status());
}

template <auto kQuery>
http::Response AskWith(std::string_view body, state::LeadStore* store, QueryParts* parts, Share* share,
                       Quantum* quantum) {
  return Ask(kQuery, body, store, parts, share, quantum);
}

// The queries that read a snapshot, and their paths.
struct SnapshotQuery {
  std::string_view path;
  http::Response (*ask)(std::string_view body, state::LeadStore* store, QueryParts* parts, Share* share,
                        Quantum* quantum);
  bool about_one_lead = false;  // if so, it is quick
};
constexpr SnapshotQuery kQueries[] = {
    {"/leads/get", AskWith<GetLead>, true},
    {"/leads/find", AskWith<FindLeads>},
    {"/leads/explain", AskWith<ExplainLead>, true},
    {"/leads/timeline", AskWith<GetTimeline>, true},
    {"/leads/page", AskWith<GetLeadPage>, true},
    {"/leads/export", AskWith<ExportLead>, true},
    {"/leads/duplicates", AskWith<FindDuplicates>},
    {"/leads/count", AskWith<CountLeads>},
    {"/leads/names", AskWith<CountNames>},
    {"/leads/opt-out", AskWith<FindOptOut>, true},
    {"/leads/pipeline", AskWith<GetPipeline>},
    {"/segments/preview", AskWith<PreviewSegment>},
    {"/contacts/preview", AskWith<PreviewContacts>},
    {"/definitions/get", AskWith<GetDefinitions>},
    {"/reports/make", AskWith<MakeReport>},
    {"/leads/users", AskWith<FindMailboxUsers>, true},
    {"/leads/sendable", AskWith<FindSendable>},
    {"/leads/erased", AskWith<FindErased>},
    {"/definitions/fields", AskWith<ListFields>, true},
    {"/definitions/names", AskWith<GetNames>, true},
};

const SnapshotQuery* FindQuery(std::string_view path) {
  const auto* query = std::ranges::find(kQueries, path, &SnapshotQuery::path);
  return query == std::end(kQueries) ? nullptr : query;
}

}  // namespace

http::Response AnswerQuery(std::string_view path, std::string_view body, state::LeadStore* store, QueryParts* parts,
                           Share* share, Quantum* quantum) {
  const SnapshotQuery* query = FindQuery(path);
  return query == nullptr ? Malformed("there is no such query") : query->ask(body, store, parts, share, quantum);
}

Result<http::Response> StoppedState::Answer(std::string_view path, std::string_view body) {
  const Result<std::unique_ptr<state::LeadStore>> store = query::OpenStateToRead(directory_, [](const std::string&) {});
  Result<http::Response> answered =
      store.ok() ? Result(AnswerQuery(path, body, store->get(), &parts_)) : store.status();
  const bool is_read = answered.ok() && answered->code < http::kInternalError;
  // A run that begins removes files beneath a reader, which looks like a damage.
  if (!is_read && state::StateIsInUse(directory_)) return state::StateInUseError(directory_);
  return answered;
}

http::HeadDecision QueryService::CheckHead(const http::Request& head) {
  const bool is_other = head.path == kFindOutcomes || head.path == kReadChanges || head.path == kAskPartitions;
  if (!is_other && FindQuery(head.path) == nullptr) {
    return {.answer = Refusal(http::kNotFound, "malformed", "there is no such query")};
  }
  if (head.method != "POST")
    return {.answer = Refusal(http::kMethodNotAllowed, "malformed", "send the query with POST")};
  return {.max_body_bytes = kMaxRequestBytes};
}

std::function<void(http::Response)> QueryService::Timed(telemetry::Histogram QueryMetrics::*durations,
                                                        std::function<void(http::Response)> respond) const {
  if (run_.metrics == nullptr) return respond;
  return [this, durations, respond = std::move(respond), begun = run_.clock->Monotonic()](http::Response sent) {
    (run_.metrics->*durations).Observe(run_.clock->Monotonic() - begun);
    respond(std::move(sent));
  };
}

void QueryService::Handle(const http::Request& request, std::function<void(http::Response)> send) {
  if (request.path == kFindOutcomes) {
    return AskForOutcomes(request.body, Timed(&QueryMetrics::outcomes, std::move(send)));
  }
  const auto work = [this, path = std::string(request.path), body = std::string(request.body)](Quantum* quantum) {
    return AnswerTo(path, body, quantum);
  };
  v1::PartitionQuery asked;
  const bool is_asked = request.path == kAskPartitions &&
                        asked.ParseFromArray(request.body.data(), static_cast<int>(request.body.size()));
  const SnapshotQuery* query = FindQuery(is_asked ? std::string_view(asked.path()) : request.path);
  const bool reads_changes = request.path == kReadChanges;
  const bool is_short = query == nullptr || query->about_one_lead;
  const auto respond = Timed(reads_changes ? &QueryMetrics::changes
                             : is_short    ? &QueryMetrics::one_lead
                                           : &QueryMetrics::many_leads,
                             std::move(send));
  const auto refuse = [this, is_asked, respond](int64_t retry_after) {
    // A front of several runs takes any other refusal for that of a run that cannot answer.
    const bool is_for_all = is_asked && retry_after > 0;
    respond(is_for_all ? AnswerAbout({ServedNow()}, Refused(retry_after)) : Refused(retry_after));
  };
  const http::Asker asker =
      query == nullptr ? http::Asker() : AskerOf(is_asked ? std::string_view(asked.query()) : request.body);
  if (reads_changes || is_short) {
    http::ResponseQueue& queue = reads_changes ? change_queue_ : lead_queue_;
    const auto add = [&queue, asker, work, respond, refuse] {
      queue.Add(
          asker, [work, respond] { respond(work(nullptr)); }, refuse);
    };
    v1::ReadChanges read;
    const bool waits = reads_changes &&
                       read.ParseFromArray(request.body.data(), static_cast<int>(request.body.size())) &&
                       read.wait_ms() > 0;
    if (!waits) return add();
    const auto has_news = [this, seen = read.seen()] { return NewestChange() != seen; };
    return waiting_questions_.AskForNews(read, has_news,
                                         [add, refuse](bool is_answered) { is_answered ? add() : refuse(0); });
  }
  const auto try_first = [this, asker, work, respond, refuse] {
    Quantum first_try(kFirstTry);
    http::Response answered = work(&first_try);
    if (!first_try.was_over()) return respond(std::move(answered));
    long_queue_.Add(
        asker, [work, respond] { respond(work(nullptr)); }, refuse);
  };
  queue_.Add(asker, try_first, refuse);
}

http::Response QueryService::AnswerTo(std::string_view path, std::string_view body, Quantum* quantum) {
  if (path == kReadChanges) return ReadChanges(body);
  if (path == kAskPartitions) return AskPartitions(body, quantum);
  return AnswerQuery(path, body, run_.store, &shared_, /*share=*/nullptr, quantum);
}

std::string QueryService::NewestChange() const {
  // While nobody follows the feed, a commit adds nothing to it.
  const bool is_followed = run_.feed->IsFollowed(run_.clock->Monotonic());
  return positions_.Write(is_followed ? waiting_questions_.commits() : 0) + "-" + std::to_string(run_.erasures->end());
}

http::Response QueryService::ReadChanges(std::string_view body) {
  v1::ReadChanges request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return Malformed("the body cannot be read");
  std::string newest = NewestChange();
  Result<v1::ChangePages> pages = PagesOfChanges(request, run_.feed, positions_, *run_.clock);
  if (!pages.ok()) return Malformed(pages.status().message());
  pages->set_newest(std::move(newest));
  for (const v1::ErasureReader& reader : request.erasures()) {
    ErasuresPage read = run_.erasures->Read(reader.tenant_id(), positions_.Read(reader.after()));
    v1::ErasurePage* page = pages->add_erasures();
    page->set_reset(read.reset);
    for (std::string& lead : read.leads) page->add_lead_ids(std::move(lead));
    page->set_next(positions_.Write(read.next));
  }
  return Found(*pages);
}

std::vector<PartitionId> QueryService::ServedNow() const {
  if (run_.served != nullptr) return run_.served();
  std::vector<PartitionId> all;
  for (uint32_t i = 0; i < run_.store->partition_count(); ++i) all.push_back(PartitionId{i});
  return all;
}

http::Response QueryService::AnswerAbout(const Share& share, http::Response answered) const {
  v1::PartitionAnswer answer;
  answer.set_partition_count(run_.store->partition_count());
  for (const PartitionId partition : share.served) answer.add_partitions(partition.value);
  answer.set_status(answered.code);
  answer.set_answer(std::move(answered.body));
  if (share.lead_partition) answer.set_lead_partition(share.lead_partition->value);
  answer.set_used_by(share.used_by);
  answer.set_mailbox(share.mailbox);
  return Found(answer);
}

// Answers a query about whole partitions. If the run lost one in the meantime, its leads may be outdated, so the query
// runs again.
http::Response QueryService::AskPartitions(std::string_view body, Quantum* quantum) {
  v1::PartitionQuery request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return Malformed("the body cannot be read");
  for (int tries = 0; tries < kTriesWhilePartitionsMove; ++tries) {
    Share share{ServedNow()};
    http::Response answered = AnswerQuery(request.path(), request.query(), run_.store, &shared_, &share, quantum);
    if (std::ranges::includes(ServedNow(), share.served)) return AnswerAbout(share, std::move(answered));
  }
  return Refusal(http::kUnavailable, "not_yet", "the run is losing partitions");
}

void QueryService::AskForOutcomes(std::string_view body, std::function<void(http::Response)> respond) {
  v1::FindOutcomes question;
  if (!question.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return respond(Malformed("the body cannot be read"));
  }
  if (run_.outcomes == nullptr || question.positions_size() > kMostPositionsAsked) {
    return respond(Malformed(run_.outcomes == nullptr ? "this run tells no outcomes" : "more than 1,000 positions"));
  }
  const bool is_about_leads = std::ranges::any_of(question.positions(), &v1::RecordPosition::has_lead);
  const auto answered = std::make_shared<AnsweredOutcomes>();
  if (is_about_leads) answered->question = question;
  waiting_questions_.AskForOutcomes(std::move(question), [=, this,
                                                          respond = std::move(respond)](const OutcomeAnswer& answer) {
    if (!answer) return respond(Refused(0));
    if (!answer->ok()) return respond(FailureOf(answer->status()));
    if (!is_about_leads) return respond(Found(**answer));
    answered->answer = **answer;
    const auto add_leads = [this, answered, respond] {
      const auto with = AnswerFrom(AddLeads, *answered, run_.store, &shared_, /*share=*/nullptr, /*quantum=*/nullptr);
      respond(Found(with.ok() ? *with : answered->answer));
    };
    lead_queue_.Add(add_leads, [answered, respond] { respond(Found(answered->answer)); });
  });
}

}  // namespace leadpulse::serve
