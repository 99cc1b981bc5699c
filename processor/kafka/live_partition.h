// One partition of a worker: its runner, its position in the topics, and the output of the current epoch.
//
// Decodes records, sets their clock, passes them to the runner, and encodes its output. A record of another partition's
// lead goes there over lead.exchange (`input_partitioning: any`), and applies as if it had been read there. It knows
// nothing about transactions: the worker takes the output, commits it, and calls Committed. To drop an uncommitted
// epoch, the worker destroys this object and restores the partition. Owned and called by one worker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/engine_output.h"
#include "processor/kafka/command_outcomes.h"
#include "processor/kafka/lead_topics.h"
#include "processor/kafka/partition_restore.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/record_encoding.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/pipeline/apply_metrics.h"
#include "processor/pipeline/change_feed.h"
#include "processor/pipeline/exchange_record.h"
#include "processor/pipeline/partition_runner.h"
#include "processor/pipeline/published_collector.h"
#include "processor/pipeline/rollout.h"
#include "processor/telemetry/histogram.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// The receiver of output while an engine works, because one call of the engine may make any number of changes.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // Takes the records out of `records`. The sink stores an error until the epoch is committed.
  virtual void Publish(std::vector<OutputRecord>* records) = 0;
};

// Loads the definitions of a restored partition; a new one begins with those `wanted`. Stored definitions are compared
// with these before their text is loaded. Fatal if this program rejects the stored definitions.
Result<pipeline::Rollout> LoadRollout(const RestoredPartition& restored, WantedDefinitions wanted);

class LivePartition : private pipeline::PartitionSink, private pipeline::Exchange {
 public:
  // Takes `rollout` from LoadRollout. `options`, the objects named by `environment`, `encoding` and `sink` must outlive
  // this.
  LivePartition(PartitionId partition, RestoredPartition restored, pipeline::Rollout rollout, uint32_t partition_count,
                size_t cache_bytes, const WorkerOptions& options, const WorkerEnvironment& environment,
                RecordEncoding* encoding, OutputSink* sink);

  PartitionId partition() const { return partition_; }
  // Returns the next offsets after the applied records.
  const InputOffsets& next() const { return position_.next; }
  // Returns the clock at which records apply. It is ahead of the machine's if that went back or the partition came from
  // another machine.
  Instant clock() const { return position_.clock; }
  // Returns when the newest usable record happened, at most this partition's clock; DistantPast() if there was none.
  Instant newest() const { return newest_; }

  // Prepares the partition to be read from `next`; call it before that. Returns the topics whose record before `next`
  // must come first: Apply compares it with the record that was applied, and skips it.
  LookBack BeginReading();

  // Moves the clock to `now`, if that is later.
  void Advance(Instant now) { position_.clock = std::max(position_.clock, now); }

  // Applies records of this partition in order, delivers messages from other leads, hands on records of other
  // partitions, and writes unusable records as dead letters: those that fit into `bounds` (`leads` does not count here;
  // messages that are sent and records that are handed on count as changes), at least one. Returns their number. Fatal
  // if the state cannot be read, a message is damaged, a record comes a second time, or the topic was created again.
  Result<size_t> Apply(std::span<const InputRecord> records, Instant latest_time, const engine::StepBounds& bounds);
  // Fires due timers, within `bounds`. Returns whether more may be due.
  Result<bool> FireDueTimers(const engine::StepBounds& bounds) {
    return runner_->FireDueTimers(position_.clock, bounds);
  }

  // Begins to roll out these definitions if they are new and no rollout is under way. Ignores older ones from the same
  // topic. Call it only if `touched()` is false.
  Status WantDefinitions(const WantedDefinitions& wanted);
  // Whether some leads may still have results of previous definitions.
  bool rolling_out() const { return rollout_.under_way(); }
  // Evaluates leads again under the new definitions, within `bounds`.
  Status RollOut(const engine::StepBounds& bounds);

  // Touches the partition if a topic of leads should get something without a record.
  void ConsiderTopics(const LeadTopics::Due& due) { touched_ = touched_ || topics_.AnyDue(due, position_); }
  // Returns the leads whose rows lead.state lacks, or has without their last changes.
  const UnwrittenLeads& unwritten() const { return topics_.unwritten(); }
  // Whether the epoch has anything to commit.
  bool touched() const { return touched_ || runner_->engine().leads().dirty_count() > 0; }
  uint64_t epoch_records() const { return epoch_records_; }
  // Estimates the memory of leads outside the lead cache.
  size_t bytes() const { return runner_->engine().leads().epoch_bytes(); }
  // Returns those of the current epoch.
  const engine::EngineCounters& counters() const { return runner_->counters(); }
  const pipeline::ReasonCounts& dead_letters() const { return dead_letters_; }
  // Returns the number of changes, of messages to other leads, and of records that were handed on.
  uint64_t outputs() const {
    return counters().AllChanges() + messages_sent_ + handed_on_[InputTopic::kEvents] +
           handed_on_[InputTopic::kCommands];
  }
  uint64_t messages_sent() const { return messages_sent_; }
  uint64_t messages_received() const { return messages_received_; }
  // Returns the number of records of each input topic that were handed to their own partitions.
  const engine::ByInputTopic<uint64_t>& handed_on() const { return handed_on_; }
  const EpochTenants& tenants() const { return tenants_; }
  // Returns the commands among the epoch's dead letters and forgets them.
  std::vector<RefusedCommand> TakeRefusedCommands() { return std::exchange(refused_commands_, {}); }

  // Appends the changes and dead letters since the last OutputSink::Publish.
  void TakeOutput(std::vector<OutputRecord>* records);
  // Returns the offset before which records of lead.journal may be deleted; nullopt: none since the last call.
  std::optional<int64_t> TakeDeletable(LeadTopics::Time now) { return topics_.TakeDeletable(now); }

  // Appends the rest of the epoch's output, that of the topics of leads.
  Status EndEpoch(LeadTopics::Time now, const LeadTopics::Due& due, std::vector<OutputRecord>* records);
  // Returns the changes of the epoch for the feed and forgets them.
  pipeline::CollectedChanges TakeCollected() { return collector_.Take(); }
  // Returns the writes of the epoch for the store. Call it after the commit. `next_delta_offset`: the offset of
  // lead.journal after the epoch's last record.
  state::EpochWrite CollectWrite(int64_t next_delta_offset, Instant now);
  // Counts how long the records and events of the epoch took until `now`, when it was committed.
  void EndDurations(Instant now, pipeline::ApplyMetrics* metrics);
  // Starts the next epoch. Call it when the store has written the last one.
  void Committed();

 private:
  // Returns what the epoch counts of this tenant.
  TenantCounts& CountsOf(const std::string& tenant);
  // Whether the record is usable, and its lead belongs to another partition.
  bool BelongsElsewhere(const codec::Decoded& decoded) const;
  // Makes the checks that need the definitions: a record that fails becomes its rejection. Call it at the partition of
  // the lead.
  void Check(codec::Decoded* decoded) const;
  // Checks that no record comes a second time; fatal if one does.
  Status CheckOffsets(std::span<const InputRecord> records) const;
  // Returns the first records that are applied, or delivered, together: all of them are messages, or all are not.
  std::span<const InputRecord> NextBatch(std::span<const InputRecord> records) const;
  Result<size_t> ApplyBatch(std::span<const InputRecord> records, Instant latest_time,
                            const engine::StepBounds& bounds);
  // Decodes records into prepared_ and loads the leads of this partition. Returns how many of the first can be applied:
  // at least one.
  Result<size_t> Prepare(std::span<const InputRecord> records, Instant latest_time);
  // Whether this is the last applied record, read again. Fatal if another record has its offset.
  Result<bool> IsLast(const InputRecord& record);
  // Returns the first records, up to the next one that IsLast must check.
  std::span<const InputRecord> BeforeNextExpected(std::span<const InputRecord> records) const;
  void NoteLast(std::span<const InputRecord> applied);
  Status RollOutTo(const std::shared_ptr<const config::Definitions>& wanted);

  // ---- lead.exchange (live_messages.cc) ----

  Result<size_t> DeliverBatch(std::span<const InputRecord> records, const engine::StepBounds& bounds);
  Result<pipeline::ExchangeRecord> DecodeExchange(const InputRecord& record) const;
  // Delivers a message whose record is originals_[index].
  Status DeliverMessage(const engine::LeadMessage& message, size_t index);
  // Applies a record that another partition has handed on, as if it had been read here.
  Status ApplyHandedOn(const pipeline::HandedOnRecord& handed_on, size_t index);
  // Sends a record to the partition of its lead.
  void HandOn(const codec::Decoded& decoded, const pipeline::Record& record);
  // Returns the record of a command that a mailbox sends on; empty for other messages.
  pipeline::OriginalRecord OriginalOf(const engine::LeadMessage& message, const pipeline::Record* origin) const;
  // Adds a record of lead.exchange to the output.
  void Send(const LeadKey& to, std::string value);

  // Encodes the changes. Called by the runner.
  void OnChanges(const engine::ChangeList& changes) override;
  void OnUpdates(std::span<const engine::LeadUpdate> updates) override { collector_.Add(updates); }
  bool WantsUpdates() override { return collector_.Collects(); }
  bool WantsTouches() override { return collector_.CollectsTouches(); }
  void OnManyChanges() override;
  void OnApplied(const pipeline::Record& record, bool applied) override;
  void OnRejected(const pipeline::Record& record, const codec::Rejection& rejection) override;
  void OnMessages(const pipeline::Record* origin, std::span<engine::LeadMessage> messages) override;
  engine::Messages delivery() const override { return engine::Messages::kExchanged; }

  const PartitionId partition_;
  const uint32_t partition_count_;
  const WorkerOptions& options_;
  RecordEncoding* const encoding_;
  OutputSink* const sink_;

  pipeline::FeedCollector collector_;
  pipeline::PublishedCollector published_;
  engine::PartitionPosition position_;
  pipeline::Rollout rollout_;
  std::unique_ptr<pipeline::PartitionRunner> runner_;
  Instant newest_ = Instant::DistantPast();
  LeadTopics topics_;
  // The hash of the record that comes first, unless retention has deleted it.
  engine::ByInputTopic<std::optional<uint64_t>> expected_{};

  // The current epoch.
  bool touched_ = false;
  bool definitions_changed_ = false;
  uint64_t epoch_records_ = 0;
  pipeline::ReasonCounts dead_letters_{};
  uint64_t messages_sent_ = 0;
  uint64_t messages_received_ = 0;
  engine::ByInputTopic<uint64_t> handed_on_{};
  EpochTenants tenants_;
  EpochTenants::value_type* latest_tenant_ = nullptr;  // in tenants_: most records are for the tenant of the one before
  telemetry::BegunDurations records_begun_;            // when all records came to their topics
  pipeline::ChangingRecords changing_;
  std::vector<RefusedCommand> refused_commands_;
  // Encoded records that were not taken yet.
  std::vector<OutputRecord> changes_, new_dead_letters_, messages_;
  size_t message_bytes_ = 0;  // encoded bytes in messages_
  state::EpochWrite write_;

  // The records being applied.
  struct Prepared {
    std::vector<codec::Decoded> decoded;
    // Parallel to `decoded`. A record to be handed on has an empty rejection in place of what was decoded.
    std::vector<pipeline::Record> records;
  };
  Prepared prepared_;
  // The same records, or those of the messages being delivered, as their topics have them: by pipeline::Record::index.
  struct Original {
    std::string_view key;
    std::string_view value;
    InputFormat format = InputFormat::kProtobuf;
  };
  std::vector<Original> originals_;
};

}  // namespace leadpulse::kafka
