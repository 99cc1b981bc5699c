#include "processor/serve/api/jobs/job_responses.h"

#include <algorithm>
#include <utility>

#include "processor/base/encodings.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {

using access::Job;

namespace {

// Returns the value of Content-Disposition, with the name in UTF-8 if it is not ASCII (RFC 6266, appendix D).
std::string AttachmentNamed(const std::string& name) {
  if (IsAscii(name)) return Concat({"attachment; filename=\"", name, "\""});
  std::string plain;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool goes_on = (byte & 0xc0) == 0x80;  // a character of UTF-8 that has begun
    if (!goes_on) plain += byte < 0x80 ? c : '_';
  }
  return Concat({"attachment; filename=\"", plain, "\"; filename*=UTF-8''", PercentEncoded(name, "-._")});
}

}  // namespace

http::Response NoSuchJob() {
  return Problem(http::kNotFound, "not_found",
                 "there is no such job, or it ended more than a week ago; files are kept for a day");
}

std::string PathOf(const Job& job) {
  const bool is_import = job.kind == access::JobKind::kImport;
  return std::string(kApiBase) + (is_import ? "/imports/" : "/jobs/") + job.id;
}

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
  object->Time("at", job.as_of.value_or(Instant::Never()));
  if (!job.detail.empty()) object->Text("detail", job.detail);
  const std::string imports = std::string(kApiBase) + "/imports/" + job.id;
  if (!job.undoes.empty()) object->Text("undoes", std::string(kApiBase) + "/imports/" + job.undoes);
  const bool has_wrong_rows = job.kind == access::JobKind::kImport && job.is_over() && !job.result.empty();
  if (has_wrong_rows) object->Text("wrongRows", imports + "/wrong.csv");
  const bool has_file =
      job.kind == access::JobKind::kExport && job.state == access::JobState::kDone && !job.result.empty();
  if (has_file) object->Text("file", std::string(kApiBase) + "/exports/" + job.id + "/file");
}

http::Response JobResponse(unsigned int code, const Job& job) {
  return JsonResponse(code, [&job](JsonObject* object) { AppendJob(job, object); });
}

http::Response StartedResponse(const Job& job) {
  http::Response response = JobResponse(http::kAccepted, job);
  response.headers.emplace_back("Location", PathOf(job));
  return response;
}

http::Response WrongState(const Job& job) {
  return Problem(http::kConflict, job.is_over() ? "job_over" : "in_progress",
                 "the job is " + std::string(access::NameOf(job.state)), "", "job", JobResponse(http::kOk, job).body);
}

http::Response NotAdded(const Status& status) {
  if (status.kind() != ErrorKind::kRejected) return Failed(status);
  return TooManyRequests(status.message(), /*seconds=*/60, "too_many_jobs");
}

std::variant<Job, http::Response> FindJob(const std::string& id, const access::Principal& principal,
                                          access::JobLog* jobs, std::optional<access::JobKind> kind) {
  LP_ASSIGN_OR_ANSWER(std::optional<Job> job, OrFailed(jobs->Find(principal.tenant, id)));
  if (!job || (kind && job->kind != *kind)) return NoSuchJob();
  if (principal.role < access::Role::kManager && job->who != principal.who) return NoSuchJob();
  return *std::move(job);
}

bool IsFileName(std::string_view name) {
  constexpr size_t kMostBytes = 100;
  constexpr std::string_view kForbidden = R"(/\:*?"<>|)";
  const auto is_allowed = [kForbidden](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '\x7f' && kForbidden.find(c) == std::string_view::npos;
  };
  return name.size() <= kMostBytes && !name.starts_with('.') && std::ranges::all_of(name, is_allowed);
}

http::Response FileResponse(std::shared_ptr<const http::ResponseFile> file, std::string type, const std::string& name) {
  http::Response response;
  response.content_type = std::move(type);
  response.file = std::move(file);
  response.headers = {{"Content-Disposition", AttachmentNamed(name)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  return response;
}

}  // namespace leadpulse::serve
