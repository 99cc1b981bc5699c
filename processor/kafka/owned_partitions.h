// The partitions that the group has given to a worker: restored, then live.
//
// It knows nothing about transactions: the worker takes an epoch's output, commits it, and calls Committed. If the
// commit fails, everything is restored again. Owned and called by one worker.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/left_out_properties.h"
#include "processor/kafka/live_partition.h"
#include "processor/kafka/partition_restores.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/record_encoding.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"

namespace leadpulse::kafka {

class OwnedPartitions {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Keeps the arguments, which must outlive this.
  OwnedPartitions(const WorkerOptions& options, const WorkerEnvironment& environment, InputConsumer* consumer,
                  const StateReaders& readers, OutputSink* sink);

  // ---- Assignment ----

  // Begins to restore these partitions.
  void Take(const std::vector<PartitionId>& partitions);
  void Forget(const std::vector<PartitionId>& partitions);
  // Drops everything uncommitted of all partitions and restores them before any is read again.
  Status RestoreAllAgain();
  bool empty() const { return slots_.empty(); }
  std::vector<PartitionId> all() const;
  // Whether all of them are live.
  bool all_live() const {
    return std::ranges::all_of(slots_, [](const auto& slot) { return slot.second.live != nullptr; });
  }

  // ---- A round; errors end the process ----

  // Continues the restores a little. The worker must have a producer: Init ended its predecessor's transaction, so that
  // the committed offsets are final.
  Status Restore();
  // Begins to read live partitions. A partition without committed offsets is read only after its first commit, which
  // holds the offsets it began with. If reading cannot begin, it is tried again after a while.
  Status FetchRestored();
  // Stops reading all partitions. FetchRestored then begins again and compares the last records.
  Status ReadAgain();
  // Begins a rollout of new definitions, if there are any, in partitions with nothing to commit.
  Status ConsiderDefinitions();
  // Applies records until the epoch is full of changes or bytes, and removes the applied ones. The rest is for the next
  // epoch.
  Status Apply(std::vector<InputRecord>* records);
  // Fires a limited number of due timers, and re-evaluates some leads under new definitions.
  Status RunTimedWork();
  // Whether there is more to do now. If not, the next two say when, unless records come earlier.
  bool busy() const { return timers_wait_ || restores_.busy(); }
  std::optional<Time> next_rollout() const { return rolling_out_ ? std::optional(next_rollout_) : std::nullopt; }
  std::optional<Time> next_attempt() const;

  // ---- The epoch ----

  struct Epoch {
    bool touched = false;             // there is something to commit
    bool keeps_from_reading = false;  // a partition is read only after this commit
    uint64_t records = 0;
    uint64_t timers = 0;
    uint64_t reevaluated = 0;  // leads
    uint64_t changes = 0;
    size_t bytes = 0;  // leads in memory
  };
  Epoch epoch() const;
  // Appends the changes and dead letters since the last OutputSink::Publish.
  void TakeOutput(std::vector<OutputRecord>* output);
  // Shrinks the dead letters of all partitions, from their next restore on, as RecordEncoding::ShrinkDeadLetters.
  std::optional<size_t> ShrinkDeadLetters() { return encoding_.ShrinkDeadLetters(); }
  // Makes all that waits for lead.state and lead.profiles due, so that the last commit of the process writes it, up to
  // a bound.
  void PrepareToStop();
  // Appends the rest of the epoch's output. Returns the offsets of each touched partition.
  Result<std::map<PartitionId, InputOffsets>> EndEpoch(std::vector<OutputRecord>* output);
  // Whether the group still has its previous offsets of each partition. Called before these offsets are committed. The
  // coordinator drops them when an input topic is deleted. A reader does not notice if the topic is created again soon.
  Result<bool> GroupHasOffsetsOf(const std::map<PartitionId, InputOffsets>& epoch);
  // Writes the committed epoch to the store, a cache of the changelog. Called after the commit. If the process is
  // killed before this write, the next start reads the epoch from the changelog. `delta_positions` has the offset
  // after the last changelog record for each partition of `committed`.
  Status Committed(const std::map<PartitionId, InputOffsets>& committed,
                   const std::map<PartitionId, int64_t>& delta_positions);

  // Returns the offsets before which records of lead.journal may be deleted. Call it only when the last epoch was
  // committed.
  std::map<PartitionId, int64_t> TakeDeletable();

  // Sets the gauges, and warns of clocks that are ahead.
  void ShowGauges();

 private:
  struct Slot {
    std::unique_ptr<LivePartition> live;  // null while it is restored
    PartitionWriter writer;               // writes under the generation that assigned the partition
    bool fetching = false;
    std::optional<InputOffsets> committed;  // the group's offsets; nullopt: it has none
    RetryBackoff backoff;                   // after failures to begin reading
  };

  // The amount that a step may add to the epoch.
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
  // Returns what the topics of leads should get: what waits for its interval or longer, or all if too many wait.
  LeadTopics::Due TopicsDue() const;
  Status GoLive(PartitionId partition, RestoredPartition restored);
  Status RollOut(LivePartition* live);
  // Logs the committed offsets (`next`) and counts.
  void LogCommit(const LivePartition& live, const InputOffsets& next) const;
  void Count(const LivePartition& live);
  int64_t LagOf(PartitionId partition, const LivePartition& live) const;

  const WorkerOptions& options_;
  const WorkerEnvironment& environment_;
  WorkerMetrics* const metrics_;
  engine::LeftOutProperties left_out_;  // those that were logged
  const Clock* const clock_;
  InputConsumer* const consumer_;
  OutputSink* const sink_;
  RecordEncoding encoding_;
  PartitionRestores restores_;
  std::map<PartitionId, Slot> slots_;
  std::vector<InputRecord> spare_records_;  // memory of Apply
  Time next_rollout_{};
  ClockWarning clock_warning_;
  HandedOnWarning handed_on_warning_;
  bool timers_wait_ = false;
  PartitionId fired_last_{0};  // its timers used up the last full round
  bool rolling_out_ = false;
  bool stopping_ = false;
};

}  // namespace leadpulse::kafka
