// What a kind of job does in one step.
#pragma once

#include <cstdint>
#include <string_view>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/access/job_log.h"

namespace leadpulse::serve {

// Called by the worker's thread only.
class JobSteps {
 public:
  virtual ~JobSteps() = default;
  // Does the next page, or as much of it as the run takes within a second or two, and changes the job's progress, which
  // the caller stores. True: it was the last page. Retriable: try again later. Rejected: the job has failed, for good.
  virtual Result<bool> Step(access::Job* job) = 0;
  // The job has ended without its last page.
  virtual void Abandon(const access::Job& job) = 0;
  // The job has ended with its last page, and its end is stored: what only its steps needed can go. After a kill before
  // this, it stays until the job is forgotten.
  virtual void Finish(const access::Job& /*job*/) {}
};

// The caller of a job's queries: only managers start jobs, and they see the whole tenant.
v1::Caller CallerOf(const access::Job& job);
// A whole number that a job has stored; 0 for an empty text.
int64_t StoredNumber(std::string_view text);
// Counts a wrong lead or row of the job by its reason code.
void CountWrong(std::string_view reason, access::Job* job);

}  // namespace leadpulse::serve
