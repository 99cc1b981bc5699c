// All partitions of a run, worked on by several threads: each partition by one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/partition_engine.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/input_list.h"
#include "processor/files/message_waves.h"
#include "processor/files/output_file.h"
#include "processor/files/part_reach.h"
#include "processor/files/record_plan.h"
#include "processor/files/waiting_messages.h"
#include "processor/pipeline/change_feed.h"
#include "processor/pipeline/partition_runner.h"
#include "processor/telemetry/histogram.h"
#include "state/store/lead_store.h"

namespace leadpulse::files {

// The rejection of a record that passed all checks except those that need the lead.
struct LateRejection {
  size_t record = 0;  // index into the batch
  codec::Rejection rejection;
};

// What Apply has done.
struct AppliedPart {
  size_t end = 0;  // index into the batch: the records before it are applied
  std::vector<LateRejection> rejections;
};

// The partitions of a run. Owned and called by one thread. An error is fatal: the store could not be read, and the
// epoch must not be committed.
//
// Records that reach other leads are applied in parts (message_waves.h): as many as reach leads that together fit into
// an epoch, at most 512. If one record alone reaches more, its messages wait between commits.
class PartitionSet {
 public:
  // Creates the partitions. `pool`, `store`, `changes`, `feed` (null: the run answers no queries) and `clock` outlive
  // this. `cache_bytes` is for all partitions together. `step` bounds the leads of one partition whose timers fire, or
  // that are re-evaluated, in one epoch. FlushChanges writes changes to `changes`; they are written earlier if there
  // are too many to hold.
  PartitionSet(WorkerPool* pool, state::LeadStore* store, size_t cache_bytes,
               const engine::DefinitionsInForce& definitions, const engine::StepBounds& step, OutputFile* changes,
               pipeline::ChangeFeed* feed, const Clock* clock);
  ~PartitionSet();

  // Loads the leads of the batch's records from `begin` on, within the bounds of a step. Returns the index of the first
  // record whose lead is not loaded: the batch's size, unless the leads are large.
  Result<size_t> Load(const input::Batch& batch, const std::vector<input::Input>& inputs, size_t begin);
  // Applies the accepted records of a decoded batch whose clocks are set, from Load's `begin` to `end`, with all their
  // effects on other leads; fewer, but at least one, if an epoch would become too large. Returns the rejections in the
  // order of the batch.
  Result<AppliedPart> Apply(size_t end);

  // Whether messages wait for a commit, because the last call reached more leads than fit into an epoch. Then commit,
  // and call DeliverWaiting, until none wait; call no other step before.
  bool messages_wait() const { return messages_wait_; }
  // Delivers messages that wait, as far as they fit into an epoch. Returns the rejections: `record` is that of the last
  // Apply, or kResumedRecord after ResumeWaiting.
  Result<std::vector<LateRejection>> DeliverWaiting();
  // Takes the messages that the last commit of an earlier run left. For new partitions.
  Status ResumeWaiting(WaitingMessages waiting);
  static constexpr size_t kResumedRecord = SIZE_MAX;

  // Fires timers due at or before the clock, for a bounded number of leads. Returns whether more are due.
  Result<bool> FireDueTimers(Instant clock);
  // Lets a bounded number of leads register with their mailboxes, before RollOutDefinitions. Returns whether more are
  // left.
  Result<bool> RegisterLeads();
  // Evaluates a bounded number of leads under new definitions. Returns whether more are left.
  Result<bool> RollOutDefinitions();

  // Appends the changes since the last call: by partition, and in each in the order they were made.
  Status FlushChanges();

  // Returns the approximate memory of changed leads that wait for the commit, in bytes.
  size_t dirty_bytes() const;
  // Returns the same plus loaded, unchanged leads beyond the size of the cache.
  size_t epoch_bytes() const;
  // Collects the writes of the epoch, as PartitionEngine::CollectWrites. After an error the epoch must not be
  // committed.
  Status CollectWrites(state::EpochWrite* write);
  // Counts how long ago the epoch's events happened that changed a lead. Only with a feed.
  void EndDurations(Instant now, telemetry::Histogram* event_to_change);
  // Returns the flushed changes since the last call, for the feed.
  pipeline::CollectedChanges TakeCollected();
  void Committed();

  // Returns the counters since this was made.
  engine::EngineCounters Counters() const;

 private:
  class Partition;

  template <typename Step>
  Result<bool> StepAll(const Step& step);
  // Takes one step of RegisterLeads: up to the smallest key at which a partition stops.
  Result<bool> RegisterStep();
  // Cuts a step to the leads whose mailboxes' answers fit into an epoch, at least one.
  Status CutRegistration(state::EncodedLeadKey* last);
  // Calls work(partition) for all of them, on several threads unless there is little to do.
  template <typename Work>
  void WorkOnAll(const Work& work);
  // Does the same with work that may fail. Returns the first error by partition.
  template <typename Work>
  Status ForEach(const Work& work);
  // Applies one part: the records before `end` that are not yet applied.
  Status ApplyRecords(size_t end);
  // Cuts the part before `end` to the records that reach no more leads than fit into an epoch. Loads these leads.
  // Returns the part's end.
  Result<size_t> CutPart(size_t end);
  // Delivers messages that were sent outside of a part, or were not foreseen.
  Status DeliverSent();
  // Notes whether the waves have stopped, and passes on the changes.
  Status AfterWaves(bool ended);
  std::vector<LateRejection> TakeRejections();
  // Whether the epoch has reached its bound.
  bool IsFull() const { return epoch_bytes() >= step_.changed_bytes * partitions_.size(); }
  WaitingMessages Waiting() const;
  // Returns the bytes of leads that are loaded ahead in each partition: a quarter of those that an epoch may change.
  size_t PartBytes() const { return std::max<size_t>(1, step_.changed_bytes / 4); }
  // Makes plan_ and planned_ of the part before `end`.
  void Plan(size_t end);

  WorkerPool* pool_;
  const engine::StepBounds step_;
  OutputFile* changes_;
  std::mutex changes_mutex_;  // protects *changes_ while workers run
  MessageWaves waves_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::vector<PartReach*> reaches_;  // of partitions_

  bool is_little_ = false;       // the present step is about few leads
  bool reaches_others_ = false;  // some record of the last part reached a lead that is not its own
  size_t part_records_;          // the most records of the next part
  // Messages that wait.
  bool messages_wait_ = false;
  bool messages_stored_ = false;  // the last commit left some
  bool registering_ = false;      // the last step was RegisterStep
  std::optional<WaitingOrigin> origin_;
  std::optional<pipeline::Record> resumed_;  // the origin of what ResumeWaiting took
  codec::Decoded resumed_decoded_;

  // Since the last Load.
  const input::Batch* batch_ = nullptr;
  const std::vector<input::Input>* inputs_ = nullptr;
  size_t begin_ = 0;                    // index into the batch
  size_t applied_ = 0;                  // the same: where the current part begins
  std::vector<uint32_t> partition_of_;  // for the records from begin_ on; kRejected for those without a lead
  RecordPlan plan_;
  std::vector<PlannedRecord> planned_;
};

}  // namespace leadpulse::files
