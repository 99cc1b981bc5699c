// The restores of a worker's partitions, side by side.
//
// What each of them asks the brokers is asked in one request, and one reader reads for all, so that many partitions
// take about as long as one. Those that are made from the beginning of the changelog, which gather leads in memory,
// take turns. Where a request for several fails, each is asked by itself; one that fails is tried again after a while,
// and the others go on. Owned and called by one worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/partition_restore.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/restore_progress.h"
#include "processor/kafka/retry_backoff.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/writer_fence.h"

namespace leadpulse::kafka {

class PartitionRestores {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Restored {
    PartitionId partition;
    RestoredPartition state;
  };

  // All outlive this.
  PartitionRestores(const WorkerOptions& options, const WorkerEnvironment& environment, InputConsumer* consumer,
                    ChangelogReader* reader)
      : options_(options), environment_(environment), consumer_(consumer), reader_(reader) {}

  // Begins the restore of a partition, again where it is under way. It is over when Step gives it.
  void Begin(PartitionId partition, const PartitionWriter& writer);
  // Those that are left begin again.
  void Forget(const std::vector<PartitionId>& partitions);

  // A round: asks, reads the changelog once, waiting up to `wait`, and ends what can be ended. What failed in a way
  // that passes is in the log. An error ends the process.
  Result<std::vector<Restored>> Step(std::chrono::milliseconds wait);

  // Whether there is something to do at once; else when, where there is anything to do.
  bool busy() const;
  std::optional<Time> next_attempt() const;
  // Of how many partitions the last attempt failed.
  uint32_t failing() const;
  // Changelog offsets still to be read, as far as it is known.
  uint64_t remaining() const;

 private:
  using NextStep = PartitionRestore::NextStep;
  struct Entry {
    PartitionWriter writer;
    std::unique_ptr<PartitionRestore> restore;
    RestoreProgress progress;
    RetryBackoff backoff;
    bool alone = false;  // a request for several partitions failed: it is asked by itself
  };

  bool IsDue(const Entry& entry, NextStep step) const;
  Status AskDue();
  Status Ask(const std::vector<PartitionId>& partitions);
  Status AskFailed(const std::vector<PartitionId>& partitions, const Status& problem);
  Status TakeTurn();
  Status Read(std::chrono::milliseconds wait);
  Status Take(Entry* entry, std::span<const ChangelogRecord> records, int64_t reached);
  // What is made from the beginning gathers faster than the store writes.
  bool MustWaitForStore() const;
  Status EndDue(std::vector<Restored>* restored);
  // Takes note of how a step of it ended. An error ends the process.
  Status Note(Entry* entry, const Status& status);
  void ReportProgress();

  const WorkerOptions& options_;
  const WorkerEnvironment& environment_;
  InputConsumer* const consumer_;
  ChangelogReader* const reader_;
  std::map<PartitionId, Entry> entries_;
};

}  // namespace leadpulse::kafka
