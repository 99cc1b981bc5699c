#include "processor/serve/api/jobs/jobs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/value_parser.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/jobs/export_rows.h"
#include "processor/serve/api/jobs/job_responses.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/row_fields.h"
#include "processor/serve/api/request/write_headers.h"

namespace leadpulse::serve {
namespace {

using access::Job;
using access::JobState;

constexpr size_t kJobIdBytes = 16;
constexpr int64_t kEveryJob = 1'000'000;

http::Response DryRun(const SelectedLeads& selected) {
  return JsonResponse(http::kOk, [&selected](JsonObject* object) {
    object->Boolean("dryRun", true);
    object->Time("at", selected.as_of);
    object->Number("count", selected.count);
    object->Number("missing", selected.missing);
    if (!selected.selection.rule.empty()) object->Text("rule", selected.selection.rule);
    *object->Key("contacts") += selected.first_rows;
  });
}

}  // namespace

Jobs::Jobs(const Parts& parts)
    : jobs_(*parts.jobs),
      changes_(*parts.changes),
      audit_(*parts.audit),
      continuations_(*parts.continuations),
      run_(*parts.run),
      clock_(*parts.clock),
      writer_(parts.inbox, parts.inbox_check, parts.watch, parts.clock),
      files_(parts.directory),
      bulk_(parts.jobs, &writer_, parts.run, parts.clock),
      export_(&files_, parts.run, parts.make_url),
      import_(parts.jobs, parts.changes, &writer_, &files_, parts.run, parts.clock),
      undo_(parts.jobs, parts.changes, &writer_, parts.run, parts.clock),
      worker_(
          parts.jobs,
          {{access::JobKind::kBulk, &bulk_},
           {access::JobKind::kExport, &export_},
           {access::JobKind::kImport, &import_},
           {access::JobKind::kUndo, &undo_}},
          [this](const Job& job) { return RemoveFiles(job); }, parts.clock) {}

bool Jobs::RemoveFiles(const Job& job) const {
  const bool has_upload = job.kind == access::JobKind::kImport;
  return (job.result.empty() || files_.Remove(job.result)) &&
         (!has_upload || (files_.Remove(UploadName(job.id)) && files_.Remove(ErasedMarkName(job.id))));
}

void Jobs::Start() {
  // A process that was killed leaves uploads that no job has, or whose import is over.
  const auto used = jobs_.UsedFiles();
  for (const std::string& name : used.ok() ? files_.Names() : std::vector<std::string>()) {
    const std::string id = name.substr(0, name.find('.'));
    if (std::ranges::none_of(*used, [&](const auto& each) { return each == id || each == name; })) {
      (void)files_.Remove(name);
    }
  }
  worker_.Start();
}

Status Jobs::ForgetFiles(const std::string& tenant) {
  LP_ASSIGN_OR_RETURN(std::vector<Job> jobs, jobs_.List(tenant, "", kEveryJob));
  for (Job& job : jobs) {
    if (job.kind == access::JobKind::kExport && !job.is_over()) {
      LP_ASSIGN_OR_RETURN(const std::optional<Job> now, jobs_.Cancel(tenant, job.id, "erasure", clock_.Now()));
      if (!now || !now->is_over()) continue;
      job = *now;  // it has just ended
    }
    const bool imports = job.kind == access::JobKind::kImport && !job.is_over() && job.state != JobState::kUploaded;
    if (imports) LP_RETURN_IF_ERROR(ForgetWrongRows(job));
    if (!job.is_over() || job.result.empty()) continue;
    if (!files_.Remove(job.result)) return Status::Retriable("the file of a job is still there; try again");
    job.result.clear();
    LP_RETURN_IF_ERROR(jobs_.Store(&job));
  }
  worker_.Wake();
  return Status::Ok();
}

// Forgets the wrong rows of an import that the worker has in the meantime: see ImportSteps::StoreWrong.
Status Jobs::ForgetWrongRows(const Job& job) const {
  LP_RETURN_IF_ERROR(files_.Write(ErasedMarkName(job.id), 0, ""));
  if (files_.Remove(WrongRowsName(job.id))) return Status::Ok();
  return Status::Retriable("the wrong rows of an import are still there; try again");
}

std::shared_ptr<UploadSink> Jobs::NewUpload(const access::Principal& principal) const {
  return std::make_shared<UploadSink>(&files_, UploadName(access::RandomId()), principal);
}

http::Response Jobs::Answer(const ApiRequest& request, const access::Principal& principal) {
  using Handler = http::Response (Jobs::*)(const ApiRequest&, const access::Principal&);
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"bulk.start", &Jobs::StartBulk},
      {"tag.rename", &Jobs::ChangeTag},
      {"tag.remove", &Jobs::ChangeTag},
      {"export.start", &Jobs::StartExport},
      {"export.file", &Jobs::GetFile},
      {"job.list", &Jobs::List},
      {"job.get", &Jobs::Get},
      {"job.cancel", &Jobs::Cancel},
      {"import.upload", &Jobs::Upload},
      {"import.run", &Jobs::RunImport},
      {"import.get", &Jobs::GetImport},
      {"import.wrong_rows", &Jobs::GetWrongRows},
      {"import.undo", &Jobs::UndoImport},
      {"import.contacts", &Jobs::ListImported},
  };
  return (this->*HandlerOf(request.route->action, kHandlers))(request, principal);
}

http::Response Jobs::ChangeTag(const ApiRequest& request, const access::Principal& principal) {
  std::string change;
  JsonObject bulk(&change);
  bulk.Text("where", rules::PrintNode({rules::HasTag{rules::MakeText(request.id)}, {}}));
  bulk.Text("action", "tags");
  {
    JsonObject tags(bulk.Key("body"));
    if (request.route->has_body()) {
      LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
      const std::string name(body["name"].text());
      // A name is added before others are removed, so this would remove it.
      if (FoldCase(name) == FoldCase(request.id))
        return WrongMember("name", "tags do not differ by case; it is the same");
      tags.Texts("add", std::vector<std::string>{name});
    }
    tags.Texts("remove", std::vector<std::string>{request.id});
  }
  bulk.End();
  LP_ASSIGN_OR_ANSWER(const Json body, OrFailed(Json::Parse(change)));
  return StartBulkOf(body, request, principal);
}

http::Response Jobs::StartBulk(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
  return StartBulkOf(body, request, principal);
}

http::Response Jobs::StartBulkOf(const Json& body, const ApiRequest& request, const access::Principal& principal) {
  Job job = NewJob(request, principal, access::JobKind::kBulk);
  if (auto response = AnswerEarlier(job, request)) return *std::move(response);
  const v1::Caller caller = CallerFor(principal);
  LP_ASSIGN_OR_ANSWER(const v1::OptOut known, OrProblem(run_.OptOutOf(QueryBy<v1::FindOptOut>(caller))));
  LP_ASSIGN_OR_ANSWER(const BulkAction action, ReadBulkAction(body, known, clock_.Now()));
  LP_ASSIGN_OR_ANSWER(const SelectedLeads selected, ReadSelection(body, caller, /*may_be_all=*/false, &run_));
  if (body["dry_run"].truth()) return DryRun(selected);
  job.request = StoredBulk(action, selected.selection);
  job.as_of = selected.as_of;
  job.total = static_cast<int64_t>(selected.count + selected.missing);
  return Add(job, request);
}

http::Response Jobs::StartExport(const ApiRequest& request, const access::Principal& principal) {
  Job job = NewJob(request, principal, access::JobKind::kExport);
  if (auto response = AnswerEarlier(job, request)) return *std::move(response);
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
  LP_ASSIGN_OR_ANSWER(const SelectedLeads selected,
                      ReadSelection(body, CallerFor(principal), /*may_be_all=*/true, &run_));
  ExportRequest asked{selected.selection.rule, std::string(body["format"].text()), {}};
  if (asked.format.empty()) asked.format = "csv";
  if (asked.format != "csv" && asked.format != "jsonl") {
    return WrongMember("format", "csv or jsonl");
  }
  job.name = body["name"].text();
  if (!IsFileName(job.name)) return WrongMember("name", kFileNameRule);
  auto question = QueryBy<v1::FindLeads>(CallerFor(principal));
  question.set_format(asked.format);
  for (const Json& column : body["columns"].elements()) {
    asked.columns.push_back(ColumnNamed(column.text()));
  }
  const ExportRows rows(asked.columns);
  for (const std::string& column : rows.asked()) question.add_columns(column);
  question.set_limit(1);
  auto tried = OrWrongMember(run_.Find(question), "columns");
  if (auto* problem = std::get_if<http::Response>(&tried)) return std::move(*problem);
  job.request = StoredExport(asked);
  job.as_of = selected.as_of;
  job.total = static_cast<int64_t>(selected.count);
  return Add(job, request);
}

http::Response Jobs::GetFile(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kExport));
  if (!job.is_over()) return WrongState(job);
  auto file = job.state == JobState::kDone && !job.result.empty() ? files_.Open(job.result) : nullptr;
  if (file == nullptr) return NoSuchJob();
  const Status line = audit_.Append({clock_.Now(), principal.who, principal.tenant, "export.file", job.id, "done"});
  if (!line.ok()) return Failed(line);
  const bool is_csv = job.result.ends_with(".csv");
  return FileResponse(std::move(file), is_csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
                      (job.name.empty() ? "contacts" : job.name) + (is_csv ? ".csv" : ".jsonl"));
}

http::Response Jobs::List(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(request));
  const bool sees_all = principal.role >= access::Role::kManager;
  LP_ASSIGN_OR_ANSWER(const std::vector<Job> jobs,
                      OrFailed(jobs_.List(principal.tenant, sees_all ? "" : principal.who, limit)));
  return JsonResponse(http::kOk, [&jobs](JsonObject* page) { AppendObjects("jobs", jobs, page, AppendJob); });
}

http::Response Jobs::Get(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_));
  return JobResponse(http::kOk, job);
}

http::Response Jobs::Cancel(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job seen, FindJob(request.id, principal, &jobs_));
  LP_ASSIGN_OR_ANSWER(const std::optional<Job> job,
                      OrFailed(jobs_.Cancel(principal.tenant, seen.id, principal.who, clock_.Now())));
  if (!job) return NoSuchJob();
  if (job->is_over()) return WrongState(*job);
  worker_.Wake();
  return JobResponse(http::kOk, *job);
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
  asked += request.id;
  job.request_hash = access::HashOf(asked);
  return job;
}

std::optional<http::Response> Jobs::AnswerEarlier(const Job& job, const ApiRequest& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  if (!IsKey(request.idempotency_key)) return WrongKey();
  LP_ASSIGN_OR_ANSWER(const std::optional<Job> earlier, OrFailed(jobs_.Find(job.tenant, job.id)));
  if (!earlier) return std::nullopt;
  return earlier->request_hash == job.request_hash ? StartedResponse(*earlier) : KeyReused();
}

http::Response Jobs::Add(const Job& job, const ApiRequest& request) {
  const auto earlier = jobs_.Add(job, std::string(request.route->action));
  if (!earlier.ok()) return NotAdded(earlier.status());
  if (*earlier && (*earlier)->request_hash != job.request_hash) return KeyReused();
  worker_.Wake();
  return StartedResponse(earlier->value_or(job));
}

}  // namespace leadpulse::serve
