// The steps of a job that takes an import back: pages of the leads that it changed.
//
// A lead that the import made is withdrawn (spec of `withdraw` in schemas/README.md) unless somebody has changed it, or
// it has events; else what the import set is set back, as far as nobody has changed it since. A page's commands are
// stored before they are written (job_log.h), each for the version of the lead that was looked at, so that a change in
// between refuses them. What was left stays with its reason in ImportChanges, and can be tried again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/serve/access/import_changes.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/api/jobs/job_worker.h"
#include "processor/serve/api/writes/page_writer.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

class UndoSteps : public JobSteps {
 public:
  // Keeps the arguments, which must outlive this.
  UndoSteps(access::JobLog* jobs, access::ImportChanges* changes, PageWriter* writer, RunClient* run,
            const Clock* clock)
      : jobs_(*jobs), changes_(*changes), writer_(*writer), run_(*run), clock_(*clock) {}

  Result<bool> Step(access::Job* job) override;
  void Abandon(const access::Job& /*job*/) override {}

 private:
  struct Lead;
  // Looks at the next leads, and stores the page with their commands in the job.
  Status StartPage(access::Job* job);
  // Makes the commands that take the change of a lead back now.
  Result<Lead> LookAt(const access::ImportChange& change, const access::Job& job, Instant at);
  // Counts the leads of the page. `reasons`: why the run refused each of their commands.
  Status Count(const std::vector<Lead>& leads, const std::vector<std::string>& reasons, access::Job* job);
  // Whether the refusal of a withdrawal only says that the lead is gone.
  Result<bool> IsGone(const std::string& tenant, const std::string& lead);

  access::JobLog& jobs_;
  access::ImportChanges& changes_;
  PageWriter& writer_;
  RunClient& run_;
  const Clock& clock_;
};

}  // namespace leadpulse::serve
