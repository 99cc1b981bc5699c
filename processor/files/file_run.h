// The stages of a run on files, one after the other. See run.h.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/files/epoch_committer.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/input_list.h"
#include "processor/files/input/unusable_inputs.h"
#include "processor/files/partition_set.h"
#include "processor/files/run.h"
#include "processor/files/waiting_messages.h"
#include "processor/pipeline/rollout.h"
#include "processor/telemetry/clock_log.h"
#include "processor/telemetry/histogram.h"

namespace leadpulse::files {

// How long an epoch of a run on files may last: the latency of its changes.
//
// It doubles while the input is ahead of the run, because a lead that occurs several times in an epoch is written once.
// Otherwise it is short, at any rate of input. The first one is short, so that a run killed again and again makes
// progress. An epoch ends as soon as there are no more records if somebody waits for what becomes of one: a front,
// whose writes are committed with all that came while the commit before them was written. So does one of few records,
// unless there were more within the shortest time: a person's edit is there at once, and under load of others no epoch
// is shorter than it.
class EpochTime {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kShortest{200};
  static constexpr std::chrono::milliseconds kLongest{4000};

  // Starts with the shortest time. `fixed`: the time never changes.
  explicit EpochTime(std::optional<std::chrono::milliseconds> fixed)
      : fixed_(fixed.has_value()), value_(fixed.value_or(kShortest)) {}

  std::chrono::milliseconds value() const { return value_; }
  // Whether an epoch of `records` may end now because the input has no more. `is_awaited`: somebody waits for one.
  bool MayEndAtOnce(uint64_t records, bool is_awaited, Time now) const {
    const uint64_t recent = now - counted_since_ < kShortest ? counted_ : 0;
    return !fixed_ && records > 0 && (is_awaited || recent + records <= kFewRecords);
  }

  // Updates the time. Call it at the end of each epoch, with its number of records and of batches.
  void Ended(uint64_t records, uint64_t batches, Time now) {
    if (fixed_) return;
    if (now - counted_since_ >= kShortest) {
      counted_since_ = now;
      counted_ = 0;
    }
    counted_ += records;
    const bool are_full = records >= batches * (input::kMaxBatchRecords / 2);
    value_ = are_full && records >= kBusyRecords ? std::min(2 * value_, kLongest) : kShortest;
  }

 private:
  static constexpr uint64_t kBusyRecords = 2 * input::kMaxBatchRecords;
  static constexpr uint64_t kFewRecords = 8;

  const bool fixed_;
  std::chrono::milliseconds value_;
  Time counted_since_;
  uint64_t counted_ = 0;  // records of epochs that ended since then
};

// One run. Used once, by one thread: the main thread in the README's picture.
class FileRun {
 public:
  FileRun(const RunOptions& options, const RunEnvironment& environment);
  ~FileRun();

  Result<RunSummary> Run();

 private:
  // Checks inputs and outputs and reads the state. Changes nothing, except that it cuts off the outputs' uncommitted
  // ends.
  Status Open();
  // Rolls out the definitions of the options to every lead.
  Status SettleDefinitions();
  Status BeginRollout(std::shared_ptr<const config::Definitions> definitions);
  Status FinishRollout();
  // Ends the epoch and rolls out the definitions that the environment wants, if they differ. Records that were read
  // ahead are applied under the new ones, which check them again.
  Status TakeWantedDefinitions(input::BatchDecoder* decoder);
  // Steps through all leads, with a commit for each part of them. A run that was killed repeats this.
  Status StepThroughLeads(Result<bool> (PartitionSet::*step)());
  // Reads the inputs to their end, or until stopped. Everything read is committed afterwards.
  Status ReadInputs();
  // Reads the inputs that are in the list now.
  Status ReadListed();
  Status SyncInputs() const;
  // Applies a batch. If its leads are large, applies it in parts with a commit between them.
  Status ApplyBatch(input::Batch* batch);
  // Applies the records [begin, end), or fewer if the epoch is full, and notes the positions up to there. Returns the
  // first index that is left.
  Result<size_t> ApplyPart(const input::Batch& batch, size_t begin, size_t end);
  // Delivers messages that wait, with a commit before each part of them. `batch`: that of their record; null if an
  // earlier run has read it.
  Status DeliverWaiting(const input::Batch* batch);
  Status DeliverSomeWaiting(const input::Batch* batch);
  // Delivers what the last commit of an earlier run left.
  Status ResumeMessages();
  // Returns false if the run was stopped while it waited for the clock.
  Result<bool> SetClocks(input::Batch* batch);
  Status WriteDeadLetters(const input::Batch& batch, size_t begin, size_t end, const std::vector<LateRejection>& late);
  // Writes the dead letter of a record whose messages waited. `batch`: as in DeliverWaiting.
  Status WriteLateDeadLetter(const input::Batch* batch, const LateRejection& late);
  // Sets the clock to the wall clock, unless that went back. Waits while that is doubtful; what was applied before is
  // committed first. Returns false if the run was stopped meanwhile.
  Result<bool> AdvanceToNow();
  Status StartClock();
  bool EpochIsDue() const;
  bool NothingHappened() const;
  // Fires due timers and commits, in as many epochs as needed. In follow mode, in one epoch; timers_wait_ then says
  // whether timers are left.
  Status EndEpoch();
  Status WriteLeads();
  Status RunStages();

  Status MakePartitions();
  Status Commit(const engine::StoredDefinitions* definitions);
  // Counts a commit that began then.
  void CountCommit(std::chrono::steady_clock::time_point began);
  void AnswerRequests();
  bool stopping() const { return *environment_.stop; }
  void ShowProgress(const char* activity);
  void NotePosition(uint32_t input, const input::InputProgress& progress);
  std::string WhereStopped() const;
  RunSummary Summarize() const;

  const RunOptions& options_;
  const RunEnvironment& environment_;
  const std::chrono::steady_clock::time_point started_;
  WorkerPool pool_;
  std::unique_ptr<input::InputList> inputs_;
  std::unique_ptr<EpochCommitter> committer_;
  BackgroundCommit store_;                    // destroyed before the committer, which a commit in progress uses
  std::optional<pipeline::Rollout> rollout_;  // empty before SettleDefinitions
  std::unique_ptr<PartitionSet> partitions_;
  RunSummary summary_;

  // The current epoch.
  std::chrono::steady_clock::time_point epoch_began_;
  EpochTime epoch_time_;
  uint64_t epoch_records_ = 0;
  uint64_t epoch_batches_ = 0;
  uint64_t epoch_bytes_ = 0;
  bool timers_wait_ = false;
  telemetry::BegunDurations records_begun_;  // when they were read
  telemetry::ClockLog clock_log_;
  std::map<std::string, input::InputProgress> positions_;  // the inputs read in this epoch

  std::optional<WaitingOrigin> resumed_origin_;  // the record of the messages that ResumeMessages found

  input::UnusableInputs unusable_;

  // Progress of reading, for display.
  std::optional<uint32_t> current_input_;
  input::InputProgress current_progress_;
  uint64_t stored_bytes_read_ = 0;
};

}  // namespace leadpulse::files
