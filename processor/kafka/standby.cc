#include "processor/kafka/standby.h"

#include <utility>
#include <vector>

#include "processor/kafka/writer_fence.h"

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
      environment_(WithMetrics(environment, &restore_metrics_)),
      first_(environment.clock->Monotonic() + options.standby_interval),
      metrics_(metrics) {}

Result<bool> Standby::RunOnce() {
  if (environment_.clock->Monotonic() < first_) return false;
  const Status status = Copy();
  CountCopies();
  if (status.ok()) return restores_->busy();
  restores_.reset();
  if (state_reader_ != nullptr) state_reader_->Stop();
  if (delta_reader_ != nullptr) delta_reader_->Stop();
  next_.clear();
  first_ = environment_.clock->Monotonic() + options_.standby_interval;
  return status;
}

Status Standby::Connect() {
  if (consumer_ == nullptr) {
    LP_ASSIGN_OR_RETURN(state_reader_, environment_.connection->MakeChangelogReader());
    LP_ASSIGN_OR_RETURN(delta_reader_, environment_.connection->MakeDeltaReader());
    LP_ASSIGN_OR_RETURN(consumer_, environment_.connection->MakeOffsetReader(environment_.store->partition_count()));
  }
  if (!restores_) {
    restores_.emplace(options_, environment_, consumer_.get(), StateReaders{state_reader_.get(), delta_reader_.get()});
  }
  return Status::Ok();
}

void Standby::BeginDue() {
  const Time now = environment_.clock->Monotonic();
  for (uint32_t number = 0; number < environment_.store->partition_count(); ++number) {
    const PartitionId partition{number};
    Time& next = next_[partition];
    if (now < next || restores_->is_under_way(partition)) continue;
    next = now + options_.standby_interval;
    const std::optional<PartitionWriter> writer =
        PartitionWriter::OfStandby(partition, environment_.writer_fence, environment_.store);
    if (writer) {
      restores_->Begin(partition, *writer);
    } else {
      restores_->Drop(partition);
      copied_at_.erase(partition);
    }
  }
}

Status Standby::Copy() {
  LP_RETURN_IF_ERROR(Connect());
  BeginDue();
  LP_ASSIGN_OR_RETURN(const std::vector<PartitionRestores::Restored> restored, restores_->Step(kReadWait));
  const Time now = environment_.clock->Monotonic();
  for (const auto& [partition, state] : restored) {
    copied_at_[partition] = now;
    next_[partition] = now + options_.standby_interval;
  }
  for (const PartitionId partition : restores_->TakeGivenUp()) {
    ++metrics_->failures;
    next_[partition] = now + kPause;
  }
  return Status::Ok();
}

void Standby::CountCopies() {
  const Time now = environment_.clock->Monotonic();
  uint32_t fresh = 0;
  for (const auto& [partition, at] : copied_at_) fresh += now - at <= kFresh ? 1 : 0;
  metrics_->copies = fresh;
}

}  // namespace leadpulse::kafka
