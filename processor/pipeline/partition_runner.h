// One partition at work, on files and on Kafka alike: what happens between a decoded record and the commit.
//
//   adapter: read, decode, check, set the clock
//     └─▶ Load      the leads of the next records, within a bound of bytes
//         Apply     each record at its clock; what it changes and what is rejected goes to the sink
//         Deliver   messages from other leads; what leads send goes to the exchange
//         FireDueTimers   timers that are due
//         RollOut   leads still under the previous definitions
//     ┌── CollectWrites of the engine
//   adapter: make the output durable, then the writes with the input position ─▶ Committed of the engine
//
// Every call is bounded. One lead can have any number of changes, so these leave through the sink in batches while the
// call runs; the rest when the adapter calls PassOnChanges. Nothing is durable until the adapter has committed it.
// After a failed commit the adapter destroys the runner and starts again from what is committed; a replay is safe
// because a runner depends only on the store, the records and their clocks.
//
// Owned by one thread at a time. `store` and `sink` outlive it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/partition_engine.h"
#include "processor/pipeline/record.h"
#include "schemas/codec/records.h"
#include "state/store/lead_store.h"

namespace leadpulse::pipeline {

// The receiver of one partition's results: the port that the adapters implement. Called on the thread that runs the
// partition, in the order in which things happen, except that a record's changes may come after OnApplied of the
// record.
class PartitionSink {
 public:
  virtual ~PartitionSink() = default;
  // Receives some changes, never none, each lead's in sequence.
  virtual void OnChanges(const engine::ChangeList& changes) = 0;
  // Receives some updates and touches, never none, after the changes that their records made. Only while WantsUpdates
  // or WantsTouches returns true.
  virtual void OnUpdates(std::span<const engine::LeadUpdate> updates) = 0;
  virtual bool WantsUpdates() = 0;
  virtual bool WantsTouches() = 0;
  // Passes on encoded changes, so that memory stays bounded. Called after OnChanges in the middle of a call that makes
  // many changes. The sink remembers an error and reports it before the commit.
  virtual void OnManyChanges() = 0;
  // Notes that an event or command has ended. Not `applied`: the lead had it already, or it is too old, or the mailbox
  // has sent the command on. A command that was sent on ends again at each lead that it is delivered to.
  virtual void OnApplied(const Record& record, bool applied) = 0;
  // Receives a record that goes to the dead letters.
  virtual void OnRejected(const Record& record, const codec::Rejection& rejection) = 0;
};

// The port by which messages between leads leave a partition (spec §9, rule 8).
//
// A lead and the mailbox of its address may belong to different partitions. Messages between them leave the runner
// through an Exchange, and the adapter gives each to the runner of the receiver's partition (PartitionRunner::Deliver).
// Files do this in memory before the next record that could see it (files/message_waves.h).
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Receives some messages, never none, in the order in which they were sent. May move from them. Called on the thread
  // that runs the partition, at the end of the step that sent them: a record, a message, or a call for many leads.
  // `origin`: the record that caused them, as it was given to the runner; null if no record did.
  virtual void OnMessages(const Record* origin, std::span<engine::LeadMessage> messages) = 0;
  // Returns how it delivers them.
  virtual engine::Messages delivery() const { return engine::Messages::kDelivered; }
};

class PartitionRunner {
 public:
  // Creates a runner. `cache_bytes`: of decoded leads that stay in memory between commits. `exchange` outlives the
  // runner; null: messages to other leads are dropped.
  PartitionRunner(PartitionId partition, state::LeadStore* store, size_t cache_bytes,
                  const engine::DefinitionsInForce& definitions, PartitionSink* sink, Exchange* exchange = nullptr);

  // Uses other definitions; everything before must have been committed, and the cache starts empty.
  void Use(const engine::DefinitionsInForce& definitions);

  // Loads the leads of `records`, which Apply is given next, until their rows take `max_bytes`. Returns how many of the
  // first records have their leads: at least one, rejections included.
  Result<size_t> Load(std::span<const Record> records, size_t max_bytes);
  // Loads these leads in the same way, for messages that Deliver is given next.
  Result<size_t> Load(std::span<const LeadKey* const> keys, size_t max_bytes) {
    return engine_->Prefetch(keys, max_bytes);
  }
  // Applies the first of `records` until the bounds are reached; `leads` has no meaning here. Returns how many: at
  // least one of those given. The records were given to Load before.
  Result<size_t> Apply(std::span<const Record> records, const engine::StepBounds& bounds);
  // Applies one record. Its lead need not be loaded.
  Status ApplyOne(const Record& record);
  // Delivers a message from another lead at its clock. `origin`: the record that caused it; null if no record did. If
  // it brings a command by address that is rejected, `origin` goes to the sink.
  Status Deliver(const engine::LeadMessage& message, const Record* origin);
  // Returns which other leads a record may concern. Its own lead was loaded before.
  engine::RecordReach ReachOf(const Record& record);

  // Fires timers that are due at `clock`. Returns whether more may be due.
  Result<bool> FireDueTimers(Instant clock, const engine::StepBounds& bounds) {
    return AfterStep(engine_->FireDueTimers(clock, bounds));
  }
  // Lets leads that begin to share addresses under the definitions in force register with their mailboxes, so that each
  // is evaluated once. Before RollOut, in all partitions. As PartitionEngine::RegisterLeads.
  Status Register(const state::EncodedLeadKey& last) { return AfterStep(engine_->RegisterLeads(last)); }
  // Brings leads from the previous definitions to those in force. True: some may be left.
  Result<bool> RollOut(const engine::StepBounds& bounds) { return AfterStep(engine_->RollOutDefinitions(bounds)); }

  // Gives the sink the changes that it does not have yet. Call it before the output of an epoch is complete.
  void PassOnChanges();

  // Returns the counts since this was made, or since they were last reset.
  const engine::EngineCounters& counters() const { return output_.counters; }
  void ResetCounters() { output_.counters = {}; }

  // Returns the engine, for what sends nothing: to load leads, to see what the epoch has changed, to collect its writes
  // and to say that they are committed. Another one after Use.
  engine::PartitionEngine& engine() { return *engine_; }
  const engine::PartitionEngine& engine() const { return *engine_; }

 private:
  // Reports to the sink how a record has ended. `applied_before`: the number of events and commands that were applied
  // before it.
  void ReportEnd(const Record& record, const std::optional<codec::Rejection>& rejection, uint64_t applied_before);
  void PassOnMessages(const Record* origin);
  // Passes on what a step over many leads has sent, and returns its outcome.
  template <typename Outcome>
  Outcome AfterStep(Outcome outcome) {
    PassOnMessages(nullptr);
    return outcome;
  }

  const PartitionId partition_;
  state::LeadStore* const store_;
  const size_t cache_bytes_;
  PartitionSink* const sink_;
  Exchange* const exchange_;
  engine::EngineOutput output_;
  std::unique_ptr<engine::PartitionEngine> engine_;
  codec::SourcePosition source_;      // the record being applied
  std::vector<const LeadKey*> keys_;  // used by Load; a member to keep its memory
};

}  // namespace leadpulse::pipeline
