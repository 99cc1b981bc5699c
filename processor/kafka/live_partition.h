// One partition of a worker: its runner, its position in the topics, and the output of the current epoch.
//
// Decodes records, sets their clock, hands them to the runner, and encodes what comes of them. Knows no transactions:
// the worker takes the output, commits it, and calls Committed. To forget what was not committed, the worker destroys
// this and restores the partition. Owned and called by one worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/engine_output.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/partition_restore.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/record_encoding.h"
#include "processor/kafka/tenant_metrics.h"
#include "processor/kafka/worker.h"
#include "processor/pipeline/partition_runner.h"
#include "processor/pipeline/rollout.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// Takes what is published while an engine is at work: one call of it may make any number of changes.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // Takes the records out of `records`. An error is the sink's to remember: it is asked before the epoch is committed.
  virtual void Publish(std::vector<OutputRecord>* records) = 0;
};

class LivePartition : private pipeline::PartitionSink {
 public:
  // `options`, `store`, `encoding` and `sink` outlive it. `wanted`: the definitions of a new partition, and those to
  // compare kept ones with before their text is loaded. Fatal: this program does not accept the definitions kept.
  static Result<std::unique_ptr<LivePartition>> Make(PartitionId partition, RestoredPartition restored,
                                                     WantedDefinitions wanted, uint32_t partition_count,
                                                     size_t cache_bytes, const WorkerOptions& options,
                                                     state::LeadStore* store, RecordEncoding* encoding,
                                                     OutputSink* sink);

  PartitionId partition() const { return partition_; }
  // Moved behind what has been applied.
  const InputOffsets& next() const { return position_.next; }
  // At which records apply. Ahead of the machine's, where that went back or the partition came from another machine.
  Instant clock() const { return position_.clock; }
  // When the newest of the records that could be used happened, by this partition's clock at most; DistantPast(): there
  // was none.
  Instant newest() const { return newest_; }

  // To be called before the partition is read from `next` on: of which topics the record before is to be given first.
  // Apply compares it with the one that was applied, and leaves it out.
  LookBack BeginReading();

  // The clock goes on to `now`, if that is later; records apply at it.
  void Advance(Instant now) { position_.clock = std::max(position_.clock, now); }

  // Applies records of this partition in their order, those that cannot be used too: as many of the first ones as fit
  // into `bounds`, of which `leads` counts nothing here, and at least one. Returns their number. Fatal: the state could
  // not be read, a record comes a second time, or the topic is another one than the one that was read.
  Result<size_t> Apply(std::span<const InputRecord> records, Instant latest_time, const engine::StepBounds& bounds);
  // Fires timers that are due, within `bounds`. True: more may be due.
  Result<bool> FireDueTimers(const engine::StepBounds& bounds) {
    return runner_->FireDueTimers(position_.clock, bounds);
  }

  // Where other definitions are wanted than those in force, and nothing of an earlier change is left to be done: begins
  // to roll them out, but not older ones of the same topic. Only while nothing is touched.
  Status WantDefinitions(const WantedDefinitions& wanted);
  // Whether leads under previous definitions may be left.
  bool rolling_out() const { return rollout_.under_way(); }
  // Brings leads up to date, within `bounds`.
  Status RollOut(const engine::StepBounds& bounds);

  // Whether the epoch has anything to commit.
  bool touched() const { return touched_ || runner_->changed_leads() > 0; }
  uint64_t epoch_records() const { return epoch_records_; }
  // Roughly the memory of leads beyond that of their cache.
  size_t bytes() const { return runner_->bytes(); }
  // Of the current epoch.
  const engine::EngineCounters& counters() const { return runner_->counters(); }
  uint64_t dead_letters() const { return dead_letters_; }
  const EpochTenants& tenants() const { return tenants_; }

  // Appends what has gathered of changes and dead letters since the sink was given some.
  void TakeOutput(std::vector<OutputRecord>* records);
  // Appends what else the epoch publishes: leads, erasures, definitions where they changed, and last the position.
  void EndEpoch(std::vector<OutputRecord>* records);
  // The transaction is committed: what the store is to hold.
  state::EpochWrite CollectWrite(int64_t next_changelog_offset, Instant now);
  // The store has it.
  void Committed();

 private:
  LivePartition(RestoredPartition restored, pipeline::Rollout rollout, PartitionId partition, uint32_t partition_count,
                size_t cache_bytes, const WorkerOptions& options, state::LeadStore* store, RecordEncoding* encoding,
                OutputSink* sink);

  codec::Decoded Decode(const InputRecord& record, const codec::DecodeLimits& limits) const;
  // Fatal: a record comes a second time.
  Status CheckOffsets(std::span<const InputRecord> records) const;
  // Decodes records into prepared_ and loads their leads. Returns how many of the first can be applied: at least one.
  Result<size_t> Prepare(std::span<const InputRecord> records, Instant latest_time);
  // Whether the record is the last one that was applied, given again. Fatal where another one is in its place.
  Result<bool> IsLast(const InputRecord& record);
  // Of the first records, those before the next one that IsLast has to be asked about.
  std::span<const InputRecord> BeforeNextExpected(std::span<const InputRecord> records) const;
  void NoteLast(std::span<const InputRecord> applied);
  Status RollOutTo(const std::shared_ptr<const config::Definitions>& wanted);

  // What the runner calls.
  void OnChanges(std::span<const codec::Change> changes) override;
  void OnManyChanges() override;
  void OnApplied(const pipeline::Record& record, bool applied) override;
  void OnRejected(const pipeline::Record& record, const codec::Rejection& rejection) override;

  const PartitionId partition_;
  const uint32_t partition_count_;
  const WorkerOptions& options_;
  RecordEncoding* const encoding_;
  OutputSink* const sink_;

  engine::PartitionPosition position_;
  pipeline::Rollout rollout_;
  std::unique_ptr<pipeline::PartitionRunner> runner_;
  Instant newest_ = Instant::DistantPast();
  // By InputTopic: the hash of the record that comes first, where it is still there.
  std::array<std::optional<uint64_t>, kInputTopicCount> expected_{};

  // Of the current epoch.
  bool touched_ = false;
  bool definitions_changed_ = false;
  uint64_t epoch_records_ = 0;
  uint64_t dead_letters_ = 0;
  EpochTenants tenants_;
  std::vector<OutputRecord> changes_;           // encoded, not taken yet
  std::vector<OutputRecord> new_dead_letters_;  // the same
  state::EpochWrite write_;

  // Of the records being applied.
  struct Prepared {
    std::span<const InputRecord> input;
    std::vector<codec::Decoded> decoded;    // parallel to input
    std::vector<pipeline::Record> records;  // the same
  };
  Prepared prepared_;
};

}  // namespace leadpulse::kafka
