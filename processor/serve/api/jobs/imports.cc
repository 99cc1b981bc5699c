// Imports over HTTP: uploads, their previews, and runs, which import_job.h does.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/jobs/import_job.h"
#include "processor/serve/api/jobs/import_preview.h"
#include "processor/serve/api/jobs/job_responses.h"
#include "processor/serve/api/jobs/jobs.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/writes/kept_change.h"

namespace leadpulse::serve {
namespace {

using access::Job;
using access::JobState;

http::Response WrongFile(const Status& status) {
  if (status.kind() == ErrorKind::kRetriable) return RunFailed(status);
  if (status.kind() == ErrorKind::kFatal) return Failed(status);
  return WrongMember("", status.message());
}

}  // namespace

http::Response Jobs::Upload(const ApiRequest& request, const access::Principal& principal) {
  auto& upload = static_cast<UploadSink&>(*request.sink);
  http::Response response = AddUpload(&upload, principal);
  // The upload is discarded before the sender gets the answer.
  if (response.code != http::kCreated) upload.Discard();
  return response;
}

http::Response Jobs::AddUpload(UploadSink* upload, const access::Principal& principal) {
  if (const Status whole = upload->Finish(); !whole.ok()) return Failed(whole);
  Job job;
  job.id = upload->name().substr(0, upload->name().find('.'));
  job.tenant = principal.tenant;
  job.who = principal.who;
  job.kind = access::JobKind::kImport;
  job.state = JobState::kUploaded;
  job.created = clock_.Now();
  http::Response response = PreviewImport(http::kCreated, job, "{}");
  if (response.code != http::kCreated) return response;
  const auto earlier = jobs_.Add(job, "import.upload");
  if (!earlier.ok()) return NotAdded(earlier.status());
  worker_.Wake();  // another upload may have been cancelled for it
  upload->Keep();
  response.headers.emplace_back("Location", PathOf(job));
  return response;
}

http::Response Jobs::RunImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
  LP_ASSIGN_OR_ANSWER(Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  // A run that is sent twice is one run.
  const std::string hash = access::HashOf(request.body);
  if (job.state != JobState::kUploaded) return job.request_hash == hash ? StartedResponse(job) : WrongState(job);
  if (body["dry_run"].truth()) return PreviewImport(http::kOk, job, request.body);
  const auto upload = OpenUpload::Open(SourceOf(job, files_), request.body, &run_);
  if (!upload.ok()) return WrongFile(upload.status());
  if (const auto& problem = (*upload)->problem()) return WrongMember(problem->fault.name, InWordsOfTheApi(*problem));
  job.request = request.body;
  job.request_hash = hash;
  job.who = principal.who;
  const Result<bool> runs = jobs_.Run(job, "import.run", clock_.Now());
  if (!runs.ok()) return NotAdded(runs.status());
  if (!*runs) {  // another request has run it since
    LP_ASSIGN_OR_ANSWER(const Job now, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
    return now.request_hash == hash ? StartedResponse(now) : WrongState(now);
  }
  worker_.Wake();
  job.state = JobState::kPending;
  return StartedResponse(job);
}

http::Response Jobs::GetImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  LP_ASSIGN_OR_ANSWER(const int64_t changed, OrFailed(changes_.Count(job.tenant, job.id)));
  LP_ASSIGN_OR_ANSWER(const std::vector<Job> undone, OrFailed(jobs_.UndoesOf(job.tenant, job.id)));
  return JsonResponse(http::kOk, [&](JsonObject* object) {
    AppendJob(job, object);
    object->Number("undoable", job.is_over() ? changed : 0);
    object->Time("undoUntil", job.is_over() ? *job.ended + access::kImportChangesKept : Instant::Never());
    if (!undone.empty()) object->Text("undoneBy", PathOf(undone.front()));
  });
}

http::Response Jobs::UndoImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job import, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  if (!import.is_over()) return WrongState(import);
  Job job = NewJob(request, principal, access::JobKind::kUndo);
  job.undoes = import.id;
  job.request_hash = access::HashOf(job.request_hash + import.id);
  if (auto response = AnswerEarlier(job, request)) return *std::move(response);
  LP_ASSIGN_OR_ANSWER(const std::vector<Job> undone, OrFailed(jobs_.UndoesOf(import.tenant, import.id)));
  for (const Job& each : undone) {
    if (!each.is_over()) return StartedResponse(each);
  }
  LP_ASSIGN_OR_ANSWER(job.total, OrFailed(changes_.Count(import.tenant, import.id)));
  if (*job.total == 0) {
    return Problem(http::kConflict, "nothing_to_undo",
                   "there is nothing to take back: the import changed no contact, all of it was taken back, or it is "
                   "older than 30 days");
  }
  return Add(job, request);
}

http::Response Jobs::ListImported(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(request));
  const std::string prefix = job.id + '/';
  std::string after(request.Parameter("cursor"));
  if (!after.empty() && !after.starts_with(prefix)) return WrongParameter("cursor", "a cursor, as a page gives it");
  if (!after.empty()) after.erase(0, prefix.size());
  LP_ASSIGN_OR_ANSWER(const auto changes, OrFailed(changes_.After(job.tenant, job.id, after, limit)));
  return JsonResponse(http::kOk, [&](JsonObject* page) {
    AppendObjects("contacts", changes, page, [](const access::ImportChange& each, JsonObject* one) {
      const Result<KeptChange> change = KeptChange::Parse(each.change);
      one->Text("id", each.lead);
      one->Boolean("isNew", change.ok() && change->makes_lead());
      one->Texts("changed", change.ok() ? change->Names() : std::vector<std::string>());
      one->TextOrNull("left", each.left.empty() ? std::nullopt : std::optional(each.left));
    });
    if (changes.size() < limit) return page->Null("cursor");
    page->Text("cursor", continuations_.Seal(Continuation::kCursor, principal.tenant, prefix + changes.back().lead));
  });
}

http::Response Jobs::GetWrongRows(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  if (!job.is_over()) return WrongState(job);
  auto file = job.result.empty() ? nullptr : files_.Open(job.result);
  if (file == nullptr) {
    return Problem(http::kNotFound, "not_found",
                   job.wrong == 0 ? "no row of the import was wrong"
                                  : "wrong rows are kept for a day, unless somebody is erased meanwhile");
  }
  return FileResponse(std::move(file), "text/csv; charset=utf-8", "wrong.csv");
}

http::Response Jobs::PreviewImport(unsigned int code, const Job& job, const std::string& body) {
  const auto upload = OpenUpload::Open(SourceOf(job, files_), body, &run_);
  if (!upload.ok()) return WrongFile(upload.status());
  std::string text;
  JsonObject object(&text);
  AppendJob(job, &object);
  const Status previewed = AppendPreview(upload->get(), &run_, &object);
  if (!previewed.ok()) return WrongFile(previewed);
  object.End();
  return {code, std::move(text), kJsonType};
}

}  // namespace leadpulse::serve
