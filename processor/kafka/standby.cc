#include "processor/kafka/standby.h"

#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/writer_fence.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

// The longest wait for records in a round.
constexpr std::chrono::milliseconds kReadWait{20};

WorkerEnvironment WithMetrics(WorkerEnvironment environment, WorkerMetrics* metrics) {
  environment.metrics = metrics;
  return environment;
}

}  // namespace

Standby::Standby(const WorkerOptions& options, const WorkerEnvironment& environment, StandbyMetrics* metrics)
    : options_(options),
      environment_(WithMetrics(environment, &of_restores_)),
      next_(environment.clock->Monotonic() + options.standby_interval),
      metrics_(metrics) {}

Result<bool> Standby::RunOnce() {
  if (!restores_ && environment_.clock->Monotonic() < next_) return false;
  const Status begun = restores_ ? Status::Ok() : Begin();
  Result<bool> has_more = begun.ok() ? Continue() : Result<bool>(begun);
  if (has_more.ok() && *has_more) return true;
  End();
  if (has_more.ok() || has_more.status().kind() != ErrorKind::kRetriable) return has_more;
  telemetry::LogWarning(
      "copying the partitions of other processes: " + has_more.status().message() + "; it is tried again soon",
      {telemetry::ErrorField(has_more.status().message())});
  return false;
}

Result<bool> Standby::Continue() {
  LP_ASSIGN_OR_RETURN(const std::vector<PartitionRestores::Restored> restored, restores_->Step(kReadWait));
  for (const auto& [partition, state] : restored) copied_at_[partition] = environment_.clock->Monotonic();
  return restores_->busy();
}

Status Standby::Connect() {
  if (consumer_ != nullptr) return Status::Ok();
  LP_ASSIGN_OR_RETURN(state_reader_, environment_.connection->MakeChangelogReader());
  LP_ASSIGN_OR_RETURN(delta_reader_, environment_.connection->MakeDeltaReader());
  LP_ASSIGN_OR_RETURN(consumer_, environment_.connection->MakeOffsetReader(environment_.store->partition_count()));
  return Status::Ok();
}

Status Standby::Begin() {
  LP_RETURN_IF_ERROR(Connect());
  restores_.emplace(options_, environment_, consumer_.get(), StateReaders{state_reader_.get(), delta_reader_.get()});
  for (uint32_t number = 0; number < environment_.store->partition_count(); ++number) {
    const PartitionId partition{number};
    const std::optional<PartitionWriter> writer =
        PartitionWriter::OfStandby(partition, environment_.writer_fence, environment_.store);
    if (!writer) copied_at_.erase(partition);
    if (writer) restores_->Begin(partition, *writer);
  }
  return Status::Ok();
}

void Standby::End() {
  restores_.reset();
  if (state_reader_ != nullptr) state_reader_->Stop();
  if (delta_reader_ != nullptr) delta_reader_->Stop();
  next_ = environment_.clock->Monotonic() + options_.standby_interval;
  CountCopies();
}

void Standby::CountCopies() {
  const Time now = environment_.clock->Monotonic();
  uint32_t fresh = 0;
  for (const auto& [partition, at] : copied_at_) fresh += now - at <= kFresh ? 1 : 0;
  metrics_->copies = fresh;
}

}  // namespace leadpulse::kafka
