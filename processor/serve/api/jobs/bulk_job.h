// The steps of a bulk change.
//
// A page is up to 500 leads, in the order of their ids: a lead that the change moves out of the rule or into it is met
// once. The page's leads and time are stored before their commands are written (job_log.h), and a command's id comes
// from those of the job and the lead. So a page that a kill has cut off is the same page, and its commands count once.
// An erasure since then wins: it is later than the commands.
#pragma once

#include "processor/base/clock.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/api/jobs/bulk_request.h"
#include "processor/serve/api/jobs/job_kind.h"
#include "processor/serve/api/writes/page_writer.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

class BulkSteps : public JobSteps {
 public:
  // All outlive this.
  BulkSteps(access::JobLog* jobs, PageWriter* writer, RunClient* run, const Clock* clock)
      : jobs_(*jobs), writer_(*writer), run_(*run), clock_(*clock) {}

  Result<bool> Step(access::Job* job) override;
  void Abandon(const access::Job& /*job*/) override {}

 private:
  struct Page;
  // Each returns the leads after the job's place, and advances it.
  Result<Page> NextFound(const LeadSelection& selection, access::Job* job);
  Result<Page> NextOfIds(const LeadSelection& selection, access::Job* job);

  access::JobLog& jobs_;
  PageWriter& writer_;
  RunClient& run_;
  const Clock& clock_;
};

}  // namespace leadpulse::serve
