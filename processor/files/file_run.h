// The stages of a run on files, one after the other. See run.h.
#pragma once

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
#include "processor/files/input/input_list.h"
#include "processor/files/partition_set.h"
#include "processor/files/run.h"
#include "processor/pipeline/rollout.h"

namespace leadpulse::files {

// Used once, by one thread, which is the main thread of the README's picture.
class FileRun {
 public:
  FileRun(const RunOptions& options, const RunEnvironment& environment);

  Result<RunSummary> Run();

 private:
  // Checks inputs and outputs and takes over what the state knows. Changes nothing but the outputs' uncommitted ends.
  Status Open();
  // Brings the definitions in force to those of the options, every lead with them.
  Status SettleDefinitions();
  Status BeginRollout(std::shared_ptr<const config::Definitions> definitions);
  Status FinishRollout();
  // Reads the inputs to their end, or until stopped: then all that happened is committed.
  Status ReadInputs();
  // Those that are known by now.
  Status ReadListed();
  Status SyncInputs() const;
  // In parts, with a commit between them, where its leads are large.
  Status ApplyBatch(input::Batch* batch);
  // The records [begin, end), and positions up to there.
  Status ApplyPart(const input::Batch& batch, size_t begin, size_t end);
  void SetClocks(input::Batch* batch);
  Status WriteDeadLetters(const input::Batch& batch, size_t begin, size_t end, const std::vector<LateRejection>& late);
  void AdvanceToNow();
  bool EpochIsDue() const;
  bool NothingHappened() const;
  // Fires what is due and commits, in as many epochs as it takes; where inputs are followed, in one, and what is left
  // is flips_wait_.
  Status EndEpoch();
  Status WriteLeads();
  Status RunStages();

  Status MakePartitions();
  Status Commit(const engine::StoredDefinitions* definitions);
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
  BackgroundCommit store_;                    // destroyed before the committer, which what is under way uses
  std::optional<pipeline::Rollout> rollout_;  // nothing before SettleDefinitions
  std::unique_ptr<PartitionSet> partitions_;
  RunSummary summary_;

  // The epoch at hand.
  std::chrono::steady_clock::time_point epoch_began_;
  std::chrono::milliseconds epoch_time_;  // how long it may last: grows while the run is busy
  uint64_t epoch_records_ = 0;
  uint64_t epoch_bytes_ = 0;
  bool timers_wait_ = false;
  std::map<std::string, input::InputProgress> positions_;  // of inputs read in this epoch

  // Where the reading stands, for people.
  std::optional<uint32_t> current_input_;
  input::InputProgress current_progress_;
  uint64_t stored_bytes_read_ = 0;
};

}  // namespace leadpulse::files
