// Jobs over HTTP: starting, watching and cancelling them. job_worker.h does them.
//
// A job belongs to its tenant. Managers see and cancel all of the tenant's jobs, others those that they have started;
// unknown and foreign jobs look the same (404). A start with an Idempotency-Key is one job, however often it is sent.
#pragma once

#include <memory>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/json.h"
#include "processor/http/handler.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/jobs/bulk_job.h"
#include "processor/serve/api/jobs/export_job.h"
#include "processor/serve/api/jobs/import_job.h"
#include "processor/serve/api/jobs/job_files.h"
#include "processor/serve/api/jobs/job_worker.h"
#include "processor/serve/api/jobs/undo_job.h"
#include "processor/serve/api/jobs/upload_sink.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/api/writes/page_writer.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::serve {

// The routes of jobs. Thread-safe, except Start and Stop.
class Jobs {
 public:
  // The objects that jobs use. All must outlive this.
  struct Parts {
    access::JobLog* jobs;
    access::ImportChanges* changes;
    access::AuditLog* audit;
    const Continuations* continuations;
    codec::RecordSink* inbox;
    InboxCheck* inbox_check;
    OutcomeWatch* watch;
    RunClient* run;
    const Clock* clock;
    std::string directory;  // for the files of jobs
    MakeUrl make_url;       // makes the links of exports
  };
  explicit Jobs(const Parts& parts);

  // Continues the jobs of the previous process.
  void Start();
  // Returns once the worker has ended. Later requests are answered, and their jobs wait for the next process.
  void Stop() { worker_.Stop(); }

  // Answers a request to a route of the kinds kJobStart and kJob. Asks the run, and may read an upload, so call it on a
  // thread that may wait.
  http::Response Answer(const ApiRequest& request, const access::Principal& principal);

  // Ends exports, and removes files that exports and imports have made, after a lead of the tenant was erased, because
  // the lead may be in them. A running import stores no wrong rows from then on. An upload stays until it is imported
  // or a day old: its rows are older than the erasure, so a run drops them.
  Status ForgetFiles(const std::string& tenant);

  // Makes the sink for the body of an upload.
  std::shared_ptr<UploadSink> NewUpload(const access::Principal& principal) const;

 private:
  http::Response StartBulk(const ApiRequest& request, const access::Principal& principal);
  http::Response StartBulkOf(const Json& body, const ApiRequest& request, const access::Principal& principal);
  // Starts the bulk change that renames or removes a tag.
  http::Response ChangeTag(const ApiRequest& request, const access::Principal& principal);
  http::Response StartExport(const ApiRequest& request, const access::Principal& principal);
  http::Response GetFile(const ApiRequest& request, const access::Principal& principal);
  http::Response List(const ApiRequest& request, const access::Principal& principal);
  http::Response Get(const ApiRequest& request, const access::Principal& principal);
  http::Response Cancel(const ApiRequest& request, const access::Principal& principal);

  // ---- Imports (imports.cc): an upload is previewed, and run with a mapping of its columns ----

  http::Response Upload(const ApiRequest& request, const access::Principal& principal);
  // Adds the upload as a job, unless it cannot be read.
  http::Response AddUpload(UploadSink* upload, const access::Principal& principal);
  http::Response RunImport(const ApiRequest& request, const access::Principal& principal);
  http::Response GetImport(const ApiRequest& request, const access::Principal& principal);
  http::Response ListImported(const ApiRequest& request, const access::Principal& principal);
  // Starts the job that takes an import back; answers with the one that does so already.
  http::Response UndoImport(const ApiRequest& request, const access::Principal& principal);
  http::Response GetWrongRows(const ApiRequest& request, const access::Principal& principal);
  // Returns the job and its effects if the columns are used as in `body`.
  http::Response PreviewImport(unsigned int code, const access::Job& job, const std::string& body);

  bool RemoveFiles(const access::Job& job) const;
  // Removes the wrong rows of a running import, which stores none from then on.
  Status ForgetWrongRows(const access::Job& job) const;
  // Makes the job of the request's Idempotency-Key, without its kind's own members.
  access::Job NewJob(const ApiRequest& request, const access::Principal& principal, access::JobKind kind) const;
  // Answers a request that was sent before. Does not look at its content, which may have changed since. nullopt if it
  // is new.
  std::optional<http::Response> AnswerEarlier(const access::Job& job, const ApiRequest& request);
  // Adds the job, wakes the worker and answers 202. Answers with an earlier job of the same key.
  http::Response Add(const access::Job& job, const ApiRequest& request);

  access::JobLog& jobs_;
  access::ImportChanges& changes_;
  access::AuditLog& audit_;
  const Continuations& continuations_;
  RunClient& run_;
  const Clock& clock_;
  PageWriter writer_;  // used by the worker's thread only
  const JobFiles files_;
  BulkSteps bulk_;
  ExportSteps export_;
  ImportSteps import_;
  UndoSteps undo_;
  JobWorker worker_;
};

}  // namespace leadpulse::serve
