// The thread that does jobs: a page of each in turn, so that a long job does not keep others waiting.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/serve/access/job_log.h"

namespace leadpulse::serve {

// The steps of a kind of job. Their queries see the whole tenant, because only managers start jobs. Called by the
// worker's thread only.
class JobSteps {
 public:
  virtual ~JobSteps() = default;
  // Does the next page, or as much of it as the run takes within a second or two, and changes the job's progress, which
  // the caller stores. Returns true if it was the last page. Retriable: try again later. Rejected: the job has failed
  // permanently.
  virtual Result<bool> Step(access::Job* job) = 0;
  // Removes the files of a job that has ended without its last page.
  virtual void Abandon(const access::Job& job) = 0;
  // Removes data that only the job's steps needed. The job has ended with its last page, and its end is stored. After a
  // kill before this, the data stays until the job is forgotten.
  virtual void Finish(const access::Job& /*job*/) {}
};

// Parses a whole number that a job has stored; 0 for an empty text.
int64_t StoredNumber(std::string_view text);
// Counts a wrong lead or row of the job by its reason code.
void CountWrong(std::string_view reason, access::Job* job);

// The worker of jobs. Thread-safe, except Start and Stop.
class JobWorker {
 public:
  // The steps by kind. All must outlive this.
  using Kinds = std::map<access::JobKind, JobSteps*>;
  // Removes the files of the job. Returns false if it must be called again later.
  using Forgotten = std::function<bool(const access::Job& job)>;
  JobWorker(access::JobLog* jobs, Kinds kinds, Forgotten forgotten, const Clock* clock)
      : jobs_(*jobs), kinds_(std::move(kinds)), forgotten_(std::move(forgotten)), clock_(*clock) {}
  JobWorker(const JobWorker&) = delete;
  JobWorker& operator=(const JobWorker&) = delete;

  // Continues the jobs that an earlier process has left.
  void Start();
  // Wakes the worker for a new job, or one to cancel.
  void Wake();
  // Returns after the current page. Jobs that are not over continue after the next start.
  void Stop() { thread_ = {}; }

 private:
  void Run(const std::stop_token& stop);
  // Does a page of each job. Returns whether something was done.
  bool DoOnePageOfEach(const std::stop_token& stop);
  bool DoOnePage(access::Job job);
  void End(access::JobState state, access::Job* job) const;
  void ForgetOld();

  access::JobLog& jobs_;
  const Kinds kinds_;
  const Forgotten forgotten_;
  const Clock& clock_;
  std::chrono::steady_clock::time_point next_forgetting_{};  // used by the worker's thread only
  std::string said_;  // why a job waits, as the log has it last; of the worker's thread
  std::mutex mutex_;  // guards the members below
  std::condition_variable_any changed_;
  bool is_woken_ = false;
  std::jthread thread_;
};

}  // namespace leadpulse::serve
