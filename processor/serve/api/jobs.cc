#include "processor/serve/api/jobs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/contact_body.h"
#include "processor/serve/api/lead_selection.h"
#include "processor/serve/api/problem.h"
#include "processor/serve/api/write_headers.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {
namespace {

using access::Job;
using webhooks::Json;

constexpr size_t kJobIdBytes = 16;

http::Answer NoSuchJob() {
  return Problem(http::kNotFound, "not_found", "there is no such job, or it ended more than a day ago");
}

std::string PathOf(const Job& job) { return std::string(kApiBase) + "/jobs/" + job.id; }

void AppendJob(const Job& job, JsonObject* object) {
  object->Text("id", job.id);
  object->Text("kind", access::NameOf(job.kind));
  object->Text("state", access::NameOf(job.state));
  object->Boolean("cancelling", job.cancelling && !job.is_over());
  object->Number("done", job.done);
  object->NumberOrNull("total", job.total);
  object->Number("wrong", job.wrong);
  object->Key("reasons")->append(job.reasons.empty() ? "{}" : job.reasons);
  object->Text("startedBy", job.who);
  object->Time("created", job.created);
  object->Time("ended", job.ended.value_or(Instant::Never()));
  if (!job.detail.empty()) object->Text("detail", job.detail);
}

http::Answer JobAnswer(unsigned int code, const Job& job) {
  std::string body;
  JsonObject object(&body);
  AppendJob(job, &object);
  object.End();
  return {code, std::move(body), kJsonType};
}

http::Answer DryRun(const SelectedLeads& selected) {
  std::string body;
  JsonObject object(&body);
  object.Boolean("dryRun", true);
  object.Number("count", selected.count);
  object.Number("missing", selected.missing);
  if (!selected.selection.rule.empty()) object.Text("rule", selected.selection.rule);
  AppendJsonArray(selected.first_rows, object.Key("contacts"), [&body](const std::string& row) { body += row; });
  object.End();
  return {http::kOk, std::move(body), kJsonType};
}

}  // namespace

Jobs::Jobs(access::JobLog* jobs, receiver::RecordSink* inbox, InboxCheck* inbox_check, RunClient* run,
           const Clock* clock)
    : jobs_(*jobs),
      run_(*run),
      clock_(*clock),
      writer_(inbox, inbox_check, run, clock),
      bulk_(jobs, &writer_, run, clock),
      worker_(
          jobs, {{access::JobKind::kBulk, &bulk_}}, [](const Job&) { return true; }, clock) {}

http::Answer Jobs::Answer(const ApiRequest& request, const access::Principal& principal) {
  using Handler = http::Answer (Jobs::*)(const ApiRequest&, const access::Principal&);
  constexpr std::array<std::pair<std::string_view, Handler>, 4> kHandlers = {{{"bulk.start", &Jobs::StartBulk},
                                                                              {"job.list", &Jobs::List},
                                                                              {"job.get", &Jobs::Get},
                                                                              {"job.cancel", &Jobs::Cancel}}};
  const auto* const found =
      std::ranges::find(kHandlers, request.route->action, [](const auto& each) { return each.first; });
  LP_ASSERT(found != kHandlers.end());
  return (this->*found->second)(request, principal);
}

http::Answer Jobs::StartBulk(const ApiRequest& request, const access::Principal& principal) {
  auto read = ReadBody(*request.route, request.body);
  if (auto* problem = std::get_if<http::Answer>(&read)) return std::move(*problem);
  const Json& body = std::get<Json>(read);
  v1::FindOptOut topics;
  *topics.mutable_caller() = CallerFor(principal);
  const auto known = run_.OptOutOf(topics);
  if (!known.ok()) return Failed(known.status());
  if (const auto* refusal = std::get_if<RunRefusal>(&*known)) return RefusedByRun(*refusal);
  auto action = ReadBulkAction(body, std::get<v1::OptOut>(*known), clock_.Now());
  if (auto* problem = std::get_if<http::Answer>(&action)) return std::move(*problem);
  auto chosen = ReadSelection(body, CallerFor(principal), &run_);
  if (auto* problem = std::get_if<http::Answer>(&chosen)) return std::move(*problem);
  const auto& selected = std::get<SelectedLeads>(chosen);
  if (body["dry_run"].truth()) return DryRun(selected);
  Job job = NewJob(request, principal, access::JobKind::kBulk);
  job.request = StoredBulk(std::get<BulkAction>(action), selected.selection);
  job.total = static_cast<int64_t>(selected.count + selected.missing);
  return Add(job, request);
}

http::Answer Jobs::List(const ApiRequest& request, const access::Principal& principal) {
  const std::optional<uint32_t> limit = LimitOf(request);
  if (!limit) return WrongLimit();
  const bool sees_all = principal.role >= access::Role::kManager;
  const auto jobs = jobs_.List(principal.tenant, sees_all ? "" : principal.who, *limit);
  if (!jobs.ok()) return Failed(jobs.status());
  std::string body;
  JsonObject page(&body);
  AppendJsonArray(*jobs, page.Key("jobs"), [&body](const Job& job) {
    JsonObject object(&body);
    AppendJob(job, &object);
  });
  page.End();
  return {http::kOk, std::move(body), kJsonType};
}

http::Answer Jobs::Get(const ApiRequest& request, const access::Principal& principal) {
  const auto job = Find(request.id, principal);
  if (!job.ok()) return Failed(job.status());
  return *job ? JobAnswer(http::kOk, **job) : NoSuchJob();
}

http::Answer Jobs::Cancel(const ApiRequest& request, const access::Principal& principal) {
  const auto seen = Find(request.id, principal);
  if (!seen.ok()) return Failed(seen.status());
  if (!*seen) return NoSuchJob();
  const auto job = jobs_.Cancel(principal.tenant, request.id, principal.who, clock_.Now());
  if (!job.ok()) return Failed(job.status());
  if (!*job) return NoSuchJob();
  if ((*job)->is_over()) {
    return Problem(http::kConflict, "job_over", "the job is " + std::string(access::NameOf((*job)->state)), "", "job",
                   JobAnswer(http::kOk, **job).body);
  }
  worker_.Wake();
  return JobAnswer(http::kOk, **job);
}

Result<std::optional<Job>> Jobs::Find(const std::string& id, const access::Principal& principal) {
  auto job = jobs_.Find(principal.tenant, id);
  const bool is_hidden = job.ok() && *job && principal.role < access::Role::kManager && (*job)->who != principal.who;
  return is_hidden ? std::optional<Job>() : job;
}

Job Jobs::NewJob(const ApiRequest& request, const access::Principal& principal, access::JobKind kind) const {
  Job job;
  job.tenant = principal.tenant;
  job.who = principal.who;
  job.kind = kind;
  job.created = clock_.Now();
  const std::string& key = request.idempotency_key;
  job.id = key.empty()
               ? access::RandomId()
               : access::Base64Url(access::HashOf(job.tenant + '\0' + job.who + '\0' + key).substr(0, kJobIdBytes));
  std::string asked;
  for (const std::string_view part : {request.route->path, std::string_view(request.body)}) asked.append(part) += '\0';
  job.request_hash = access::HashOf(asked);
  return job;
}

http::Answer Jobs::Add(const Job& job, const ApiRequest& request) {
  if (!IsKey(request.idempotency_key)) return WrongKey();
  const auto earlier = jobs_.Add(job, std::string(request.route->action));
  if (!earlier.ok() && earlier.status().kind() == ErrorKind::kRejected) {
    http::Answer answer = Problem(http::kTooManyRequests, "too_many_requests", earlier.status().message());
    answer.headers.emplace_back("Retry-After", "60");
    return answer;
  }
  if (!earlier.ok()) return Failed(earlier.status());
  if (*earlier && (*earlier)->request_hash != job.request_hash) return KeyReused();
  worker_.Wake();
  http::Answer answer = JobAnswer(http::kAccepted, earlier->value_or(job));
  answer.headers.emplace_back("Location", PathOf(job));
  return answer;
}

}  // namespace leadpulse::serve
