#include "processor/serve/api/jobs/job_worker.h"

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

// The pause before another try, if the run did not take a page.
constexpr std::chrono::seconds kRetryPause{1};
constexpr std::chrono::minutes kBetweenForgettings{1};

}  // namespace

int64_t StoredNumber(std::string_view text) { return ParseInteger<int64_t>(text).value_or(0); }

void CountWrong(std::string_view reason, access::Job* job) {
  ++job->wrong;
  std::map<std::string, std::string> counts;
  const auto before = Json::Parse(job->reasons.empty() ? "{}" : job->reasons);
  if (before.ok()) {
    for (const auto& [name, count] : before->members()) counts[name] = count.text();
  }
  std::string& count = counts[std::string(reason)];
  count = std::to_string(StoredNumber(count) + 1);
  job->reasons.clear();
  JsonObject json(&job->reasons);
  for (const auto& [name, times] : counts) json.Key(name)->append(times);
}

void JobWorker::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void JobWorker::Wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  changed_.notify_one();
}

void JobWorker::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    ForgetOld();
    if (DoOnePageOfEach(stop)) continue;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kRetryPause, [this] { return is_woken_; });
    is_woken_ = false;
  }
}

bool JobWorker::DoOnePageOfEach(const std::stop_token& stop) {
  const auto jobs = jobs_.Active();
  if (!jobs.ok()) {
    telemetry::LogWarning("the jobs cannot be read: " + jobs.status().message());
    return false;
  }
  bool any = false;
  for (const access::Job& job : *jobs) {
    if (stop.stop_requested()) return any;
    any |= DoOnePage(job);
  }
  return any;
}

bool JobWorker::DoOnePage(access::Job job) {
  JobSteps& steps = *kinds_.at(job.kind);
  // A page that was started is in the audit log, and perhaps in the inbox: it is finished first.
  if (job.cancelling && job.page.empty()) {
    End(access::JobState::kCancelled, &job);
    steps.Abandon(job);
  } else {
    const Result<bool> stepped = steps.Step(&job);
    if (!stepped.ok() && stepped.status().kind() != ErrorKind::kRejected) {
      if (said_ != stepped.status().message()) {
        said_ = stepped.status().message();
        telemetry::LogWarning("a job waits: " + said_);
      }
      return false;
    }
    if (!stepped.ok()) {
      job.detail = stepped.status().message();
      End(access::JobState::kFailed, &job);
      steps.Abandon(job);
    } else if (*stepped) {
      End(access::JobState::kDone, &job);
    } else {
      job.state = access::JobState::kRunning;
    }
  }
  said_.clear();
  const access::Job made = job;
  const Status stored = jobs_.Store(&job);
  if (!stored.ok()) {
    telemetry::LogWarning("how far a job has come is not stored: " + stored.message());
    return false;
  }
  if (made.state == access::JobState::kDone) job.state == made.state ? steps.Finish(job) : steps.Abandon(made);
  return true;
}

void JobWorker::End(access::JobState state, access::Job* job) const {
  job->state = state;
  job->ended = clock_.Now();
}

void JobWorker::ForgetOld() {
  if (clock_.Monotonic() < next_forgetting_) return;
  next_forgetting_ = clock_.Monotonic() + kBetweenForgettings;
  const Instant now = clock_.Now();
  const auto old = jobs_.Old(now);
  if (!old.ok()) return telemetry::LogWarning("old jobs cannot be read: " + old.status().message());
  for (const access::Job& job : *old) {
    if (!forgotten_(job)) continue;
    const Status done = jobs_.Forget(job, now);
    if (!done.ok()) telemetry::LogWarning("an old job is not removed: " + done.message());
  }
}

}  // namespace leadpulse::serve
