// Applies records and delivers the messages between their leads, in waves over all partitions (spec §9, rule 8).
//
// The effects of a record on other leads happen before the next record that could see them. A wave delivers the
// messages that the previous wave sent. It begins the next record of each component (record_plan.h) that has no message
// on its way. A partition continues with a component's records while they are its own and send nothing. The partitions
// work side by side; the calling thread does a small wave alone. Messages that one record caused and that arrive in one
// wave are delivered in the order of (receiver, sender), those of one sender in the order in which they were sent. So
// results depend only on the order of the records, not on partitions, threads or parts.
//
//   wave 1   ann sets her e-mail       bob opens a mail, opens another
//   wave 2   mailbox of ann: who uses it
//   wave 3   ann: what the mailbox knows
//   wave 4   ann clicks a link
//
// Memory: the messages of two waves, which share what is equal. A message makes a mailbox send at most one to each of
// the leads it knows (state::kMaxKnownLeads). A part has few enough records that the leads they reach fit into an epoch
// (partition_set.h). One record may reach more: then the waves stop between two messages, the epoch is committed with
// the messages that wait, and the waves go on, as if they had not stopped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/engine/lead_message.h"
#include "processor/files/record_plan.h"
#include "processor/pipeline/partition_runner.h"
#include "processor/pipeline/record.h"

namespace leadpulse::files {

// One partition, as the waves use it. Used by one thread at a time. Messages that Apply and Deliver send go to its
// exchange.
class WavePartition {
 public:
  virtual ~WavePartition() = default;
  // Loads leads that are about to be used, cheapest in this order, until they take much memory. Returns how many of the
  // first are loaded, at least one.
  virtual Result<size_t> Prefetch(std::span<const LeadKey* const> keys) = 0;
  // Whether the leads that were loaded and changed since the last commit take the memory of an epoch.
  virtual bool IsFull() const = 0;
  virtual Status Apply(const pipeline::Record& record) = 0;
  // Delivers a message. `origin`: the record that caused it; null if new definitions did.
  virtual Status Deliver(const engine::LeadMessage& message, const pipeline::Record* origin) = 0;
};

// A record of a part, at its number in the plan.
struct PlannedRecord {
  const pipeline::Record* record = nullptr;  // null for a rejected one
  uint32_t partition = 0;
};

// A message that has not been delivered.
struct WaitingMessage {
  engine::LeadMessage message;
  uint64_t record = 0;   // orders the records that messages follow from; equal for messages of one record
  bool is_next = false;  // it was sent in the wave that stopped: for the next one
};

// The waves of a run. Called by one thread. After an error, which is that of a partition, messages may be lost: nothing
// may be committed.
class MessageWaves {
 public:
  // Keeps `pool`, which outlives this.
  explicit MessageWaves(WorkerPool* pool);
  ~MessageWaves();

  // Adds a partition. Call it before all other functions, once for each partition, in their order. `partition` outlives
  // the calls of Run and DeliverSent. Returns the exchange for the partition's messages.
  pipeline::Exchange* Add(WavePartition* partition);

  // Applies a part's records and delivers all messages. Returns false if messages wait, because a partition is full:
  // then call Continue after a commit with Waiting. Only a part of one record stops. `plan` and `records` stay until
  // the end.
  Result<bool> Run(const RecordPlan& plan, std::span<const PlannedRecord> records);
  // Delivers the messages sent outside of Run, and those that they cause: for each record by itself, as above. Messages
  // without a record have the same cause. Returns the same.
  Result<bool> DeliverSent();
  // Continues after a stop. Returns the same.
  Result<bool> Continue();
  // Returns copies of the messages that wait after a stop, in an order in which Resume takes them.
  std::vector<WaitingMessage> Waiting() const;
  // Takes the messages that waited at the last commit of an earlier run, all with this origin. Continue delivers them.
  void Resume(std::vector<WaitingMessage> waiting, const pipeline::Record* origin);

 private:
  struct Sent;
  class Partition;
  // The progress of a component.
  struct Component {
    uint32_t next = 0;        // into its records
    uint32_t on_its_way = 0;  // messages
  };

  Result<bool> RunUntil(uint32_t end);
  Result<bool> RunWaves();
  // Lets the partitions with work run, and finds the work of the next wave. Returns false if some have work left.
  Result<bool> RunWave();
  // Frees memory after all waves.
  void End();
  // Passes messages that were sent to the receivers' partitions.
  void Collect(const std::vector<Sent>& sent);
  void ContinueComponents();
  // Lets a component begin its next record in the next wave.
  void Begin(uint32_t component);
  void AddWork(Partition* partition, size_t pieces);

  WorkerPool* const pool_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::vector<Partition*> with_work_;  // in the next wave
  std::vector<Partition*> working_;    // in this wave
  bool may_stop_ = false;              // between two messages
  bool is_running_ = false;            // waves run: what is sent follows from what they deliver
  bool is_stopped_ = false;            // some of working_ have work left
  std::vector<Sent> resumed_;          // taken by Resume
  std::vector<Sent> resumed_next_;     // the same, sent in the wave that stopped
  bool next_waits_ = false;            // no wave has delivered resumed_next_ yet
  size_t pieces_ = 0;                  // in the next wave: messages, and components that begin a record
  bool ordered_ = true;                // no two messages of the next wave have the same cause

  // Set by Run.
  const RecordPlan* plan_ = nullptr;
  std::span<const PlannedRecord> records_;
  uint32_t first_ = 0;  // the number of the first record that is applied now
  uint32_t end_ = 0;
  std::vector<Component> components_;
  std::vector<uint32_t> running_;  // components that have begun a record that has not ended
};

}  // namespace leadpulse::files
