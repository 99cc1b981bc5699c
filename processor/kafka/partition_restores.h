// The restores of the partitions of a worker, or of the standby, side by side.
//
// One request asks the brokers for all partitions, and one reader of each topic reads them all, so many partitions take
// about as long as one. Partitions that are restored from the beginning of lead.state gather leads in memory, so they
// take turns. If a request for several partitions fails, each is asked for alone; a partition that fails is tried again
// after a while, and the others go on. Owned and called by one worker, or by the standby.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/partition_restore.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/writer_fence.h"

namespace leadpulse::kafka {

// The time to try again after a failure: after half a second first, then twice as long each time, up to ten seconds.
// One thread.
class RetryBackoff {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kLongest{10'000};

  // Notes that the last attempt failed. Returns how long to wait for the next one.
  std::chrono::milliseconds Fail(Time now) {
    delay_ = failed() ? std::min(2 * delay_, kLongest) : kFirst;
    next_ = now + delay_;
    return delay_;
  }
  void Succeed() { delay_ = {}; }

  bool failed() const { return delay_.count() > 0; }
  // Returns when to try again after a failure.
  Time next() const { return next_; }
  bool due(Time now) const { return !failed() || now >= next_; }

 private:
  std::chrono::milliseconds delay_{0};  // 0: the last attempt did not fail
  Time next_{};
};

// The progress of a partition's restore for the log: how much is done and left, and how long that may take. Its time
// never goes back. One thread.
class RestoreProgress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{10};

  // Notes progress in changelog offsets. Returns a text once every interval, else nullopt. If less is done than before,
  // the restore has begun again, and the pace is measured from there.
  std::optional<std::string> Note(uint64_t done, uint64_t left, Time now);

 private:
  struct Mark {
    uint64_t done;
    Time at;
  };
  std::optional<Mark> first_;  // the pace is measured from here
  Mark last_{};                // the last text
};

class PartitionRestores {
 public:
  using Time = std::chrono::steady_clock::time_point;

  using Restored = std::pair<PartitionId, RestoredPartition>;

  // Keeps the arguments, which must outlive this.
  PartitionRestores(const WorkerOptions& options, const WorkerEnvironment& environment, InputConsumer* consumer,
                    const StateReaders& readers)
      : options_(options), environment_(environment), consumer_(consumer), readers_(readers) {}

  // Begins the restore of a partition, also if it is under way. It ends when Step returns it.
  void Begin(PartitionId partition, const PartitionWriter& writer);
  // Drops the restore of a partition, if there is one. The others go on.
  void Drop(PartitionId partition);
  // Whether the restore of a partition is under way, and the partition has no other owner.
  bool is_under_way(PartitionId partition) const;
  // Drops the standby's partitions that cannot be copied, as the log says, and returns them. Errors of a worker's end
  // its process instead.
  std::vector<PartitionId> TakeGivenUp();
  // Drops the restores of these partitions. The others begin again.
  void Forget(const std::vector<PartitionId>& partitions);

  // Runs a round: asks the brokers, reads each topic once, waiting up to `wait`, and returns the partitions that are
  // done. Retriable failures are logged. An error must end the process.
  Result<std::vector<Restored>> Step(std::chrono::milliseconds wait);

  // Whether there is something to do now. If not, next_attempt says when, if ever.
  bool busy() const;
  std::optional<Time> next_attempt() const;
  // Returns the number of partitions whose last attempt failed.
  uint32_t failing() const {
    return static_cast<uint32_t>(
        std::ranges::count_if(entries_, [](const auto& entry) { return entry.second.backoff.failed(); }));
  }
  // Returns the number of offsets still to read, as far as known.
  uint64_t remaining() const;

 private:
  using NextStep = PartitionRestore::NextStep;
  struct Entry {
    PartitionWriter writer;
    std::unique_ptr<PartitionRestore> restore;
    RestoreProgress progress;
    RetryBackoff backoff;
    bool alone = false;  // a request for several partitions failed, so this one is asked for alone
    bool given_up = false;
  };

  bool IsDue(const Entry& entry, NextStep step) const {
    return entry.restore->step() == step && !entry.given_up && entry.backoff.due(environment_.clock->Monotonic());
  }
  Status AskDue();
  Status Ask(const std::vector<PartitionId>& partitions);
  Status AskFailed(const std::vector<PartitionId>& partitions, const Status& problem);
  Status TakeTurn();
  Status Read(std::chrono::milliseconds wait);
  // Reads lead.journal or lead.state once.
  Status ReadTopic(bool deltas, std::chrono::milliseconds wait);
  Status Take(Entry* entry, std::span<const ChangelogRecord> records, int64_t reached);
  // Whether the store takes no more now from a restore from the beginning, which gathers leads faster than the store
  // writes them.
  bool MustWaitForStore() const;
  Status EndDue(std::vector<Restored>* restored);
  // Notes the result of a step for the backoff. An error must end the process.
  Status Note(Entry* entry, const Status& status);
  void ReportProgress();

  const WorkerOptions& options_;
  const WorkerEnvironment& environment_;
  InputConsumer* const consumer_;
  const StateReaders readers_;
  std::map<PartitionId, Entry> entries_;
};

}  // namespace leadpulse::kafka
