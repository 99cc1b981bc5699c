// Jobs over HTTP: starting, watching and cancelling them. job_worker.h does them.
//
// A job belongs to its tenant. Managers see and cancel all of the tenant's, others those that they have started;
// unknown and foreign jobs look the same (404). A start with an Idempotency-Key is one job, however often it is sent.
#pragma once

#include <string>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/api_request.h"
#include "processor/serve/api/bulk_job.h"
#include "processor/serve/api/inbox_check.h"
#include "processor/serve/api/job_worker.h"
#include "processor/serve/api/page_writer.h"
#include "processor/serve/api/run_client.h"

namespace leadpulse::serve {

// Thread-safe, except Start and Stop.
class Jobs {
 public:
  // All outlive this.
  Jobs(access::JobLog* jobs, receiver::RecordSink* inbox, InboxCheck* inbox_check, RunClient* run, const Clock* clock);

  // Goes on with the jobs of the process before.
  void Start() { worker_.Start(); }
  // Returns once the worker has ended. Later requests are answered, and their jobs wait for the next process.
  void Stop() { worker_.Stop(); }

  // Answers a request to a route of the kinds kJobStart and kJob. Asks the run, so call it on a thread that may wait.
  http::Answer Answer(const ApiRequest& request, const access::Principal& principal);

 private:
  http::Answer StartBulk(const ApiRequest& request, const access::Principal& principal);
  http::Answer List(const ApiRequest& request, const access::Principal& principal);
  http::Answer Get(const ApiRequest& request, const access::Principal& principal);
  http::Answer Cancel(const ApiRequest& request, const access::Principal& principal);

  // The job of the request's Idempotency-Key, without its kind's own members.
  access::Job NewJob(const ApiRequest& request, const access::Principal& principal, access::JobKind kind) const;
  // Adds the job, wakes the worker and answers 202. An earlier one of the same key is answered.
  http::Answer Add(const access::Job& job, const ApiRequest& request);
  // nullopt: there is none that the principal may see.
  Result<std::optional<access::Job>> Find(const std::string& id, const access::Principal& principal);

  access::JobLog& jobs_;
  RunClient& run_;
  const Clock& clock_;
  PageWriter writer_;  // of the worker
  BulkSteps bulk_;
  JobWorker worker_;
};

}  // namespace leadpulse::serve
