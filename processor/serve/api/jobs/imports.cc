// Imports over HTTP. import_job.h does them.
#include "processor/base/json_object.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/jobs/import_job.h"
#include "processor/serve/api/jobs/import_preview.h"
#include "processor/serve/api/jobs/job_answers.h"
#include "processor/serve/api/jobs/jobs.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {
namespace {

using access::Job;
using access::JobState;
using webhooks::Json;

http::Answer WrongFile(const Status& status) {
  if (status.kind() != ErrorKind::kRejected) return Failed(status);
  return WrongMember("", status.message());
}

}  // namespace

http::Answer Jobs::Upload(const ApiRequest& request, const access::Principal& principal) {
  auto& upload = static_cast<UploadSink&>(*request.sink);
  http::Answer answer = AddUpload(&upload, principal);
  // Before the sender gets the answer.
  if (answer.code != http::kCreated) upload.Discard();
  return answer;
}

http::Answer Jobs::AddUpload(UploadSink* upload, const access::Principal& principal) {
  if (const Status whole = upload->Finish(); !whole.ok()) return Failed(whole);
  Job job;
  job.id = upload->name().substr(0, upload->name().find('.'));
  job.tenant = principal.tenant;
  job.who = principal.who;
  job.kind = access::JobKind::kImport;
  job.state = JobState::kUploaded;
  job.created = clock_.Now();
  http::Answer answer = PreviewImport(http::kCreated, job, "{}");
  if (answer.code != http::kCreated) return answer;
  const auto earlier = jobs_.Add(job, "import.upload");
  if (!earlier.ok()) return NotAdded(earlier.status());
  upload->Keep();
  answer.headers.emplace_back("Location", PathOf(job));
  return answer;
}

http::Answer Jobs::RunImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
  LP_ASSIGN_OR_ANSWER(Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  // A run that is sent twice is one run.
  const std::string hash = access::HashOf(request.body);
  if (job.state != JobState::kUploaded) return job.request_hash == hash ? StartedAnswer(job) : WrongState(job);
  if (body["dry_run"].truth()) return PreviewImport(http::kOk, job, request.body);
  const auto upload = OpenUpload::Open(SourceOf(job, files_), request.body, &run_);
  if (!upload.ok()) return WrongFile(upload.status());
  if (const auto& problem = (*upload)->problem()) return WrongMember(problem->fault.name, InWordsOfTheApi(*problem));
  job.request = request.body;
  job.request_hash = hash;
  job.who = principal.who;
  LP_ASSIGN_OR_ANSWER(const bool runs, OrFailed(jobs_.Run(job, "import.run", clock_.Now())));
  if (!runs) {  // another request has run it since
    LP_ASSIGN_OR_ANSWER(const Job now, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
    return now.request_hash == hash ? StartedAnswer(now) : WrongState(now);
  }
  worker_.Wake();
  job.state = JobState::kPending;
  return StartedAnswer(job);
}

http::Answer Jobs::GetImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  return JobAnswer(http::kOk, job);
}

http::Answer Jobs::GetWrongRows(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  if (!job.is_over()) return WrongState(job);
  auto file = job.result.empty() ? nullptr : files_.Open(job.result);
  if (file == nullptr) {
    return Problem(http::kNotFound, "not_found",
                   job.wrong == 0 ? "no row of the import was wrong"
                                  : "wrong rows are kept for a day, unless somebody is erased meanwhile");
  }
  return FileAnswer(std::move(file), "text/csv; charset=utf-8", "wrong.csv");
}

http::Answer Jobs::PreviewImport(unsigned int code, const Job& job, const std::string& body) {
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
