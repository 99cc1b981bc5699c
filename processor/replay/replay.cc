#include "processor/replay/replay.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/replay/record_line.h"

namespace leadpulse::replay {
namespace {

using Time = std::chrono::steady_clock::time_point;

// How long an answer about the lag is used, and the wait if the lag is too large.
constexpr std::chrono::seconds kAskLagEvery{1};
constexpr size_t kMostAtOnce = 4096;
// A shorter wait is left to the next record: the bucket keeps count.
constexpr std::chrono::milliseconds kShortestWait{1};

// Limits how far a slow replay reads ahead to a twentieth of a second: checkpoints are made between batches.
size_t BatchFor(std::optional<double> rate) {
  if (!rate) return kMostAtOnce;
  return static_cast<size_t>(std::clamp(std::floor(*rate / 20), 1.0, static_cast<double>(kMostAtOnce)));
}

// Moves the record out.
codec::Record RecordIn(codec::Decoded* decoded) {
  if (auto* event = std::get_if<codec::Event>(decoded)) return std::move(*event);
  return std::get<codec::Command>(std::move(*decoded));
}

class Sender {
 public:
  Sender(const ReplayOptions& options, const ReplayEnvironment& world)
      : options_(options), world_(world), transform_(TransformOf(options.selection, options.as_backfill)) {}

  Result<ReplaySummary> Run() {
    LP_RETURN_IF_ERROR(Resume());
    if (summary_.was_done) return summary_;
    started_ = saved_at_ = Now();
    if (options_.rate) limit_.emplace(*options_.rate, started_);
    first_fraction_ = world_.source->Fraction();
    // From the start, the checkpoint identifies its replay.
    if (world_.checkpoint != nullptr && !world_.checkpoint->found()) LP_RETURN_IF_ERROR(SaveCheckpoint(false));
    const size_t most = BatchFor(options_.rate);
    HistoryBatch batch;
    while (!stopping() && !batch.ended) {
      LP_RETURN_IF_ERROR(world_.source->Next(most, &batch));
      const Checkpoint before = *counts_;
      LP_ASSIGN_OR_RETURN(const bool sent, SendBatch(&batch));
      if (!sent) {
        *counts_ = before;
        batch.ended = false;
        break;
      }
      counts_->position = world_.source->Position();
      ShowProgress("sending");
      if (Now() - saved_at_ >= options_.checkpoint_every) LP_RETURN_IF_ERROR(SaveCheckpoint(false));
    }
    LP_RETURN_IF_ERROR(SaveCheckpoint(batch.ended));
    return summary_;
  }

 private:
  Status Resume() {
    if (world_.checkpoint == nullptr || !world_.checkpoint->found()) return Status::Ok();
    *counts_ = world_.checkpoint->checkpoint();
    summary_.was_done = counts_->done;
    if (counts_->done || counts_->position.empty()) return Status::Ok();
    return world_.source->Resume(counts_->position);
  }

  // Returns false if stopped before anything of it was sent. What has begun is sent to its end.
  Result<bool> SendBatch(HistoryBatch* batch) {
    begun_ = false;
    if (options_.max_lag) LP_RETURN_IF_ERROR(WaitForReaders());
    for (HistoryRecord& record : batch->records) {
      if (stopping() && !begun_) return false;
      LP_RETURN_IF_ERROR(SendOne(&record));
    }
    return begun_ || !stopping();
  }

  Status SendOne(HistoryRecord* record) {
    if (std::holds_alternative<codec::Rejection>(record->decoded)) {
      ++counts_->refused;
      world_.on_refused(*record);
      return Status::Ok();
    }
    if (!transform_(&record->decoded)) {
      ++counts_->left_out;
      return Status::Ok();
    }
    WaitForTurn();
    if (stopping() && !begun_) return Status::Ok();
    begun_ = true;
    line_.clear();
    if (world_.keeps_lines) lines_.Append(*record, &line_);
    LP_RETURN_IF_ERROR(world_.destination->Write(RecordIn(&record->decoded), line_));
    ++counts_->sent;
    ++summary_.sent_now;
    return Status::Ok();
  }

  void WaitForTurn() {
    if (!limit_) return;
    const Time now = Now();
    const std::chrono::nanoseconds wait = limit_->Take(now);
    const Time until = now + wait;
    if (wait < kShortestWait) return;
    for (Time at = now; at < until && (begun_ || !stopping()); at = Now()) world_.pause(until - at);
  }

  // Waits while the lag is too large. Flushes first: only records that have arrived count.
  Status WaitForReaders() {
    while (!stopping() && (!lag_asked_at_ || Now() - *lag_asked_at_ >= kAskLagEvery)) {
      LP_RETURN_IF_ERROR(world_.destination->Flush());
      LP_ASSIGN_OR_RETURN(const uint64_t lag, world_.lag());
      if (lag <= *options_.max_lag) {
        lag_asked_at_ = Now();
        return Status::Ok();
      }
      ShowProgress("waiting for the readers");
      world_.pause(kAskLagEvery);
    }
    return Status::Ok();
  }

  Status SaveCheckpoint(bool done) {
    LP_RETURN_IF_ERROR(world_.destination->Flush());
    CrashPoint("after_replay_flush");
    counts_->done = done;
    counts_->destination_bytes = world_.destination_bytes == nullptr ? 0 : world_.destination_bytes();
    if (world_.checkpoint != nullptr) LP_RETURN_IF_ERROR(world_.checkpoint->Save(*counts_));
    saved_at_ = Now();
    return Status::Ok();
  }

  void ShowProgress(const char* activity) {
    if (world_.progress == nullptr) return;
    const std::string reading = world_.source->Reading();
    files::Progress progress{activity, summary_.sent_now, reading, world_.source->Fraction()};
    const double done = progress.fraction.value_or(0) - first_fraction_.value_or(0);
    if (done > 0) {
      const std::chrono::duration<double> passed = Now() - started_;
      progress.left = std::chrono::duration_cast<std::chrono::seconds>(passed * ((1 - *progress.fraction) / done));
    }
    world_.progress->OnProgress(progress);
  }

  bool stopping() const { return *world_.stop; }
  Time Now() const { return world_.clock->Monotonic(); }

  const ReplayOptions& options_;
  const ReplayEnvironment& world_;
  const input::ApplyToRecord transform_;
  RecordLines lines_;
  std::string line_;
  std::optional<RateLimit> limit_;
  ReplaySummary summary_;
  Checkpoint* const counts_ = &summary_.counts;
  Time started_;
  std::optional<double> first_fraction_;
  Time saved_at_;
  std::optional<Time> lag_asked_at_;
  bool begun_ = false;  // a record of the current batch was sent
};

}  // namespace

RateLimit::RateLimit(double per_second, Time start)
    : interval_(Fine(std::chrono::seconds(1)) / per_second), start_(start), next_(interval_) {
  LP_ASSERT(per_second > 0);
}

std::chrono::nanoseconds RateLimit::Take(Time now) {
  const Fine passed = now - start_;
  const Fine at = std::max(next_, passed - Fine(kCatchUp));
  next_ = at + interval_;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::max(Fine::zero(), at - passed));
}

Result<ReplaySummary> Replay(const ReplayOptions& options, const ReplayEnvironment& environment) {
  LP_ASSERT(!options.max_lag || environment.lag != nullptr);
  return Sender(options, environment).Run();
}

}  // namespace leadpulse::replay
