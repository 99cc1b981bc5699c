// The partitions that the group has given to a worker: restored, then live.
//
// Knows nothing of transactions: the worker takes what an epoch publishes, commits it, and tells; where it could not be
// committed, everything is restored again. Owned and called by one worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/live_partition.h"
#include "processor/kafka/partition_restores.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/record_encoding.h"
#include "processor/kafka/retry_backoff.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"

namespace leadpulse::kafka {

class OwnedPartitions {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // All outlive this.
  OwnedPartitions(const WorkerOptions& options, const WorkerEnvironment& environment, InputConsumer* consumer,
                  ChangelogReader* reader, OutputSink* sink);

  // ---- What the group says ----

  // Are to be restored.
  void Take(const std::vector<PartitionId>& partitions);
  void Forget(const std::vector<PartitionId>& partitions);
  // What is not committed of any of them is dropped, and nothing is read until they have been restored again.
  Status RestoreAllAgain();
  bool empty() const { return slots_.empty(); }
  std::vector<PartitionId> all() const;
  // Whether all of them are live.
  bool all_live() const;

  // ---- A round; errors end the process ----

  // A little of the restores. Only under a producer of the worker's own: making it ended what an earlier one had begun,
  // so that the committed offsets are known.
  Status Restore();
  // Begins to read those that are live. One of which nothing is committed is not read before that: its first offsets
  // are those it began with. One that could not be read is tried again after a while.
  Status FetchRestored();
  // Stops reading all of them, so that FetchRestored begins again and has the last records compared.
  Status ReadAgain();
  // Those of which nothing is to be committed begin to roll out other definitions, where there are.
  Status ConsiderDefinitions();
  // Applies records until the epoch is full of changes or bytes, and takes those away that were applied: what is left
  // is for the next epoch.
  Status Apply(std::vector<InputRecord>* records);
  // A bounded part of what time alone changes, and a share of what new definitions change.
  Status RunTimedWork();
  // Whether there is more to do at once; else when, unless records come.
  bool busy() const { return timers_wait_ || restores_.busy(); }
  std::optional<Time> next_rollout() const;
  std::optional<Time> next_attempt() const;

  // ---- The epoch ----

  struct Epoch {
    bool touched = false;             // there is something to commit
    bool keeps_from_reading = false;  // a partition waits for it to be read
    uint64_t records = 0;
    uint64_t timers = 0;
    uint64_t reevaluated = 0;  // leads
    uint64_t changes = 0;
    size_t bytes = 0;  // of leads in memory
  };
  Epoch epoch() const;
  // Appends what has gathered of changes and dead letters since the sink was given some.
  void TakeOutput(std::vector<OutputRecord>* output);
  // As RecordEncoding::ShrinkDeadLetters: of all partitions, from their next restore on.
  std::optional<size_t> ShrinkDeadLetters() { return encoding_.ShrinkDeadLetters(); }
  // Appends all else that the epoch publishes. Gives the offsets of each partition it touched.
  std::map<PartitionId, InputOffsets> EndEpoch(std::vector<OutputRecord>* output);
  // Before these offsets are committed: whether the group still has what was committed of each of them. It drops that
  // when an input topic is deleted, of which a reader hears nothing where the topic is created again at once.
  Result<bool> GroupHasOffsetsOf(const std::map<PartitionId, InputOffsets>& epoch);
  // It is committed: writes the store, a cache of the changelog. Killed before this write, the next start reads the
  // epoch from there. `changelog_positions`: behind what was written to each of `committed`.
  Status Committed(const std::map<PartitionId, InputOffsets>& committed,
                   const std::map<PartitionId, int64_t>& changelog_positions);

  // Also warns of clocks that are ahead.
  void ShowGauges();

 private:
  struct Slot {
    std::unique_ptr<LivePartition> live;  // null: it is restored
    PartitionWriter writer;               // as it was given
    bool fetching = false;
    bool committed = false;  // the group has offsets of it
    RetryBackoff backoff;    // of beginning to read
  };

  // What a step may add to the epoch. The least is a share of what an epoch holds.
  struct Room {
    uint64_t leads = 0;
    uint64_t changes = 0;
    size_t bytes = 0;
    bool empty() const { return leads == 0 || changes == 0 || bytes == 0; }
    engine::StepBounds For(const LivePartition& live) const { return {leads, live.bytes() + bytes, changes}; }
  };

  Room RoomForRecords() const;
  Room RoomForTime() const;
  void BeginRestore(PartitionId partition, Slot* slot);
  Status PauseSuperseded(PartitionId partition);
  Status FireDueTimers();
  Status GoLive(PartitionId partition, RestoredPartition restored);
  Status RollOut(LivePartition* live);
  // Of what was committed, in the log: `next` is behind it.
  void Tell(const LivePartition& live, const InputOffsets& next) const;
  void Count(const LivePartition& live);
  int64_t LagOf(PartitionId partition, const LivePartition& live) const;
  void WarnOfClocks(const std::vector<PartitionLag>& partitions);

  const WorkerOptions& options_;
  const WorkerEnvironment& environment_;
  WorkerMetrics* const metrics_;
  const Clock* const clock_;
  InputConsumer* const consumer_;
  OutputSink* const sink_;
  RecordEncoding encoding_;
  PartitionRestores restores_;
  std::map<PartitionId, Slot> slots_;
  Time next_rollout_{};
  Time next_clock_warning_{};
  bool timers_wait_ = false;
  PartitionId fired_last_{0};  // whose timers used up a round
  bool rolling_out_ = false;
};

}  // namespace leadpulse::kafka
