// The ports of a worker to Kafka. client/ implements them on a real cluster, tests/support/kafka on a simulated one.
//
// A partition here is one number in all input topics, lead.state and lead.journal: a worker owns all of them together.
// Every object is owned and called by one worker thread. Every call returns within its timeout or its own limit, so
// that the worker stays in the group.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"

namespace leadpulse::kafka {

using engine::InputOffsets;
using engine::InputTopic;
using engine::kInputTopicCount;
using engine::kInputTopics;

// An input record. The views are valid until the next Poll.
struct InputRecord {
  InputTopic topic = InputTopic::kEvents;
  PartitionId partition;
  int64_t offset = 0;
  std::string_view key;    // empty if it has none
  std::string_view value;  // empty if it has none
  int64_t time_ms = 0;     // the record's timestamp in the topic
};

// Whether the record before an offset is requested, too.
using LookBack = engine::ByInputTopic<bool>;

// A listener that is called only inside Poll and Close, when the group assigns partitions to the worker or revokes
// them. The lists are never empty.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  // Gives partitions to the worker. They are not fetched before FetchFrom.
  virtual void OnAssigned(const std::vector<PartitionId>& partitions) = 0;
  // Takes partitions away when this call returns. Until then the worker may commit.
  virtual void OnRevoked(const std::vector<PartitionId>& partitions) = 0;
  // Reports that partitions were taken away some time ago and may have another owner. Nothing of them may be committed.
  virtual void OnLost(const std::vector<PartitionId>& partitions) = 0;
  // Reports that an input topic was missing for a while. It may have been created again.
  virtual void OnTopicAbsent() {}
};

// What to do where topics of a deployment have different numbers of partitions. Kafka takes no partition back, and a
// topic that is created again has lost its records.
inline constexpr char kAfterPartitionsWereAdded[] =
    "If somebody has added partitions, delete and create nothing: `leadpulse repartition` moves the deployment to "
    "them, as RUNBOOK.md says under \"More partitions\"";

// The consumer's membership of its group at one moment. It fences a commit of a worker that is no longer a member.
class GroupMetadata {
 public:
  virtual ~GroupMetadata() = default;
  // Returns the generation, which each rebalance increases; -1 if the consumer is not a member.
  virtual int32_t generation() const = 0;
};

// A member of the consumer group. Reads committed records only, and commits nothing itself.
//
// Errors: retriable if the call may be made again; fatal if the process must stop. The message then says why (fenced by
// another process with the same instance id, not authorised, topics that do not fit).
class InputConsumer {
 public:
  virtual ~InputConsumer() = default;

  // Returns the number of partitions of each input topic and of the changelog. It is the same, or the consumer is not
  // made.
  virtual uint32_t partition_count() const = 0;

  // Waits up to `timeout` for records of the fetched partitions and replaces `records` by them, at most `most` (> 0).
  // They are ordered by offset within a partition of a topic. A call in which `listener` was called returns no records.
  virtual Status Poll(std::chrono::milliseconds timeout, uint64_t most, RebalanceListener* listener,
                      std::vector<InputRecord>* records) = 0;
  // Whether the last Poll returned as many records as it may. Then more are probably there already.
  virtual bool has_more() const = 0;

  // Starts fetching a partition from these offsets, or goes there. For the topics in `look_back`, the record before the
  // offset comes first, so that it can be compared. It is missing only if retention has deleted it. If another record
  // comes first, Poll fails because the topic was created again.
  virtual Status FetchFrom(PartitionId partition, const InputOffsets& offsets, const LookBack& look_back) = 0;
  // Stops fetching a partition until FetchFrom.
  virtual Status Pause(PartitionId partition) = 0;

  // Returns the group's committed offsets of each partition, after every pending transaction that commits offsets there
  // has ended (KIP-447). One request asks for all. nullopt if the group has committed none, or the broker has dropped
  // them (`offsets.retention.minutes`). Fatal if only one of the topics has an offset; but that of kExchange is 0 if
  // the group has none, because an earlier version committed none, or the topic was deleted.
  virtual Result<std::map<PartitionId, std::optional<InputOffsets>>> Committed(
      const std::vector<PartitionId>& partitions) = 0;
  Result<std::optional<InputOffsets>> Committed(PartitionId partition);
  // Returns the first offsets. End returns the ends (of committed records).
  virtual Result<InputOffsets> Beginning(PartitionId partition) = 0;
  virtual Result<InputOffsets> End(PartitionId partition) = 0;
  // Returns the ends that the last fetches returned, without a request; for the lag. 0 before the first response. Once
  // all records are read, the end is behind the last of them, without the markers of transactions that follow.
  virtual InputOffsets LastHeardEnd(PartitionId partition) const = 0;

  virtual std::unique_ptr<GroupMetadata> CurrentGroupMetadata() = 0;

  // Whether another member of the group has taken this one's instance id. Poll then returns a fatal error that says so,
  // now and after each later timeout; only Close may be called besides. The partitions are lost, and the listener may
  // not have been called.
  virtual bool is_fenced() const = 0;

  // Leaves the group and reports the revoked partitions to `listener`. Only the destructor may be called afterwards.
  virtual void Close(RebalanceListener* listener) = 0;
};

enum class OutputTopic : uint8_t {
  kStatusChanges,
  kSegmentChanges,
  kLeadState,
  kDeadLetters,
  kExchange,
  kLeadJournal,
  kLeadProfiles
};
inline constexpr size_t kOutputTopicCount = 7;

struct OutputRecord {
  OutputTopic topic = OutputTopic::kStatusChanges;
  std::optional<PartitionId> partition;  // nullopt: Kafka's default partitioner chooses by the key
  std::string key;
  std::optional<std::string> value;                          // nullopt: a tombstone
  std::vector<std::pair<const char*, std::string>> headers;  // names are literals
};

enum class TransactionErrorKind : uint8_t {
  kRetriable,  // the same call may be made again
  kAbortable,  // the transaction must be aborted; the producer can go on
  kTooLarge,  // a topic refuses a record of that size. Make a new producer: librdkafka 2.0.2 skips the sequence numbers
              // of refused records, and brokers then refuse the next ones
  kProducerLost,  // this producer is unusable, and whether it committed is unknown: make a new one
  kFatal,         // the process must stop: not authorised, another producer has the same transactional id, …
};

struct TransactionError {
  TransactionErrorKind kind;
  std::string message;
  OutputTopic topic = OutputTopic::kStatusChanges;  // the topic that refused the record, if kTooLarge
};
// nullopt means success.
using TransactionOutcome = std::optional<TransactionError>;

// One producer with the worker's transactional id. After kProducerLost, kTooLarge or kFatal only the destructor may be
// called.
class TransactionalProducer {
 public:
  virtual ~TransactionalProducer() = default;

  // Makes the cluster fence every earlier producer with this id and end its open transaction. Call it once, first.
  virtual TransactionOutcome Init() = 0;
  virtual TransactionOutcome Begin() = 0;
  // Queues one record. Waits if the queue is full.
  virtual TransactionOutcome Produce(OutputRecord record) = 0;
  // Adds offsets to the transaction. `group` is read just before, so that a worker that has left the group cannot
  // commit.
  virtual TransactionOutcome SendOffsets(const std::map<PartitionId, InputOffsets>& offsets,
                                         const GroupMetadata& group) = 0;
  // Sends the queued records, waits until all are acknowledged, and commits.
  virtual TransactionOutcome Commit() = 0;
  virtual TransactionOutcome Abort() = 0;

  // Returns, for each partition, the offset after the last record of lead.journal of the last committed transaction.
  virtual const std::map<PartitionId, int64_t>& delta_positions() const = 0;

  // Whether a request of this producer may still be in flight although its call has returned: a broker was lost, or a
  // commit took long. Such a request could end the next transaction, so make a new producer first.
  virtual bool may_have_stray_requests() const = 0;
};

// The first offset of a partition and the one after its last. If the client also reads uncommitted records, `end`
// includes open and aborted transactions, whose records may become visible later or never.
struct LogBounds {
  int64_t begin = 0;
  int64_t end = 0;
};

// A record of lead.state or lead.journal. The views are valid until the next Read.
struct ChangelogRecord {
  PartitionId partition;
  int64_t offset = 0;
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  Instant time{};                         // the record's timestamp in the topic; 1970 if it has none
};

// The result of one read.
struct ChangelogPiece {
  std::vector<ChangelogRecord> records;  // ordered by offset within a partition
  // The next offset of each partition that is being read. The records before it were returned, or never will be
  // (aborted, control records, compacted).
  std::map<PartitionId, int64_t> reached;
};

// A reader of committed records of several partitions of lead.state, or of lead.journal, side by side. Errors are those
// of InputConsumer.
class ChangelogReader {
 public:
  virtual ~ChangelogReader() = default;
  // Returns the bounds of each partition. One request asks for all. It fails if one of them fails.
  virtual Result<std::map<PartitionId, LogBounds>> Bounds(const std::vector<PartitionId>& partitions) = 0;
  Result<LogBounds> Bounds(PartitionId partition);
  // Starts reading this partition beside the others, or goes to another offset in it. `from` is within the bounds.
  virtual Status Start(PartitionId partition, int64_t from) = 0;
  // Waits up to `timeout` for the first record and replaces `piece`.
  virtual Status Read(std::chrono::milliseconds timeout, ChangelogPiece* piece) = 0;
  // Reads one partition, for a reader of only one: replaces `records` and returns the next offset.
  Result<int64_t> Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records);
  // Stops reading the partition, if it was read.
  virtual void Stop(PartitionId partition) = 0;
  // Stops reading all.
  virtual void Stop() = 0;
};

// A reader of lead.journal.
class DeltaReader : public ChangelogReader {
 public:
  // Deletes the records before these offsets from the topic. After an error some of them may be left.
  virtual Status DeleteBefore(const std::map<PartitionId, int64_t>& offsets) = 0;
};

// A member of the consumer group, as its coordinator describes it.
struct GroupMember {
  std::string id;  // a new one for each join
  std::string client_id;
  std::string host;
};

// A maker of one worker's clients, with its instance id and transactional id. Must outlive all that it made.
class Connection {
 public:
  virtual ~Connection() = default;
  // Returns the number of partitions of each input topic and of the changelog. Errors as for MakeConsumer.
  virtual Result<uint32_t> CountPartitions() = 0;
  virtual Result<std::unique_ptr<InputConsumer>> MakeConsumer() = 0;
  virtual Result<std::unique_ptr<TransactionalProducer>> MakeProducer() = 0;
  virtual Result<std::unique_ptr<ChangelogReader>> MakeChangelogReader() = 0;
  virtual Result<std::unique_ptr<DeltaReader>> MakeDeltaReader() = 0;
  // Makes a consumer that joins no group, for Committed, Beginning and End only. The topics may have more partitions
  // than `partition_count`.
  virtual Result<std::unique_ptr<InputConsumer>> MakeOffsetReader(uint32_t partition_count) = 0;
  // Makes a reader of lead.exchange.
  virtual Result<std::unique_ptr<ChangelogReader>> MakeExchangeReader() = 0;
  // Returns the member of the group that has this worker's instance id; nullopt if none has. Errors as for
  // MakeConsumer.
  virtual Result<std::optional<GroupMember>> FindInstanceHolder() = 0;
};

inline Result<std::optional<InputOffsets>> InputConsumer::Committed(PartitionId partition) {
  LP_ASSIGN_OR_RETURN(const auto committed, Committed(std::vector<PartitionId>{partition}));
  return committed.at(partition);
}

inline Result<LogBounds> ChangelogReader::Bounds(PartitionId partition) {
  LP_ASSIGN_OR_RETURN(const auto bounds, Bounds(std::vector<PartitionId>{partition}));
  return bounds.at(partition);
}

inline Result<int64_t> ChangelogReader::Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records) {
  ChangelogPiece piece;
  LP_RETURN_IF_ERROR(Read(timeout, &piece));
  LP_ASSERT(piece.reached.size() == 1);
  *records = std::move(piece.records);
  return piece.reached.begin()->second;
}

}  // namespace leadpulse::kafka
