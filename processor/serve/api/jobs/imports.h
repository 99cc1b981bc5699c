// Imports over HTTP: an upload is previewed, and run with a mapping of its columns. import_job.h does it.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/jobs/job_files.h"
#include "processor/serve/api/jobs/upload_sink.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Thread-safe.
class Imports {
 public:
  // All outlive this. `wake`: there is a new job to do.
  Imports(access::JobLog* jobs, const JobFiles* files, RunClient* run, const Clock* clock, std::function<void()> wake)
      : jobs_(*jobs), files_(*files), run_(*run), clock_(*clock), wake_(std::move(wake)) {}

  // Answers a request to a route whose action begins with `import.`. A preview reads the file and asks the run.
  http::Answer Answer(const ApiRequest& request, const access::Principal& principal);

 private:
  http::Answer Upload(const ApiRequest& request, const access::Principal& principal);
  // Adds the upload as a job, unless it cannot be read.
  http::Answer Take(UploadSink* upload, const access::Principal& principal);
  http::Answer Run(const ApiRequest& request, const access::Principal& principal);
  http::Answer Get(const ApiRequest& request, const access::Principal& principal);
  http::Answer GetWrongRows(const ApiRequest& request, const access::Principal& principal);
  // The job and what it would do with the columns as `body` says.
  http::Answer Preview(unsigned int code, const access::Job& job, const std::string& body);

  access::JobLog& jobs_;
  const JobFiles& files_;
  RunClient& run_;
  const Clock& clock_;
  const std::function<void()> wake_;
};

}  // namespace leadpulse::serve
