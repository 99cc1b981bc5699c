// Copies of the partitions that other processes have, so that a takeover reads only what the copy lacks.
//
// Every WorkerOptions::standby_interval the standby brings the rows of each partition that no worker of its process has
// to the group's committed offsets. It does so by the restore of a takeover (PartitionRestore), so a copy is what a
// restore leaves: of one whole epoch, or marked as catching up, and a kill does no harm. A copy is read on where it
// ends; what the topics of leads lack is known from the positions that the partition's owner writes. Kafka's range
// assignor prefers nobody, so a standby copies all partitions, and whichever process gets one has it.
//
// WriterFence hands partitions over. A worker that begins ends the standby's right at once, and restores the partition
// from its copy. The standby gets it when the worker that gave it up has said so.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/partition_restores.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"

namespace leadpulse::kafka {

// The standby of a process. Owned and called by one thread.
class Standby {
 public:
  // A copy of at most this age counts as one.
  static constexpr std::chrono::seconds kFresh{60};
  // The pause before a partition that cannot be copied is tried again.
  static constexpr std::chrono::seconds kPause{60};

  // Copies for the first time an interval from now: partitions are assigned meanwhile. Of `environment` it uses
  // `connection`, `store`, `writer_fence` and `clock`, which must outlive it, as must `metrics`.
  Standby(const WorkerOptions& options, const WorkerEnvironment& environment, StandbyMetrics* metrics);

  // Runs a round. Returns whether there is more to do now. After an error all copies begin again an interval later.
  Result<bool> RunOnce();

 private:
  using Time = std::chrono::steady_clock::time_point;

  // Makes the clients, if there are none.
  Status Connect();
  // Begins to copy the partitions that are due and that no worker has.
  void BeginDue();
  // Continues the copies. Notes which are made, and which cannot be.
  Status Copy();
  void CountCopies();

  const WorkerOptions options_;
  WorkerMetrics restore_metrics_;  // needed by the restores, and not exported
  const WorkerEnvironment environment_;
  std::unique_ptr<InputConsumer> consumer_;
  std::unique_ptr<ChangelogReader> state_reader_;
  std::unique_ptr<DeltaReader> delta_reader_;
  std::optional<PartitionRestores> restores_;  // nullopt before Connect and after an error
  Time first_{};                               // when copying begins, or begins again
  std::map<PartitionId, Time> next_;           // when each partition is due; absent: at `first_`
  std::map<PartitionId, Time> copied_at_;
  StandbyMetrics* const metrics_;
};

}  // namespace leadpulse::kafka
