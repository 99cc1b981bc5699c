// What a worker needs of Kafka, and nothing more: the real cluster stands behind it (rdkafka_*.cc), and in tests a
// simulated one.
//
// A partition here is one number in both input topics and in the changelog: whoever has it has all three. Everything
// is owned and called by one worker thread. Every call returns within the time it is given or its own bound, so that
// the worker keeps its place in the group.
#pragma once

#include <array>
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

// Views live until the next Poll.
struct InputRecord {
  InputTopic topic = InputTopic::kEvents;
  PartitionId partition;
  int64_t offset = 0;
  std::string_view key;    // empty: none
  std::string_view value;  // empty: none
  int64_t time_ms = 0;     // by the topic
};

// By InputTopic: whether the record before an offset is wanted, too.
using LookBack = std::array<bool, kInputTopicCount>;

// Hears, inside of Poll and Close only, what the group gives to the worker and takes from it. Of no partitions it hears
// nothing.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  // The worker's from now on. Nothing of them is fetched before FetchFrom.
  virtual void OnAssigned(const std::vector<PartitionId>& partitions) = 0;
  // Taken away when this call returns: until then the worker may commit what it has.
  virtual void OnRevoked(const std::vector<PartitionId>& partitions) = 0;
  // Taken away a while ago, perhaps somebody else's already: nothing of them may be committed.
  virtual void OnLost(const std::vector<PartitionId>& partitions) = 0;
  // An input topic was not there for a while: it may have been created again.
  virtual void OnTopicAbsent() {}
};

// The consumer's place in its group at one moment: what fences a commit of a worker that has lost it.
class GroupMetadata {
 public:
  virtual ~GroupMetadata() = default;
  // Each rebalance has a greater one; -1: of a consumer without a place.
  virtual int32_t generation() const = 0;
};

// A member of the consumer group. Reads committed records only, and commits nothing itself.
//
// Errors: retriable, the call may be made again; fatal, the process must stop, and the message says why (fenced by
// another process with the same instance id, not authorised, topics that do not fit).
class InputConsumer {
 public:
  virtual ~InputConsumer() = default;

  // The number of partitions of each input topic and of the changelog: the same, or the consumer is not made.
  virtual uint32_t partition_count() const = 0;

  // Waits up to `timeout` for records of partitions that are being fetched and replaces `records` by what there is, at
  // most `most` (> 0); within a partition of a topic by ascending offset. A call in which `listener` was called gives
  // no records.
  virtual Status Poll(std::chrono::milliseconds timeout, uint64_t most, RebalanceListener* listener,
                      std::vector<InputRecord>* records) = 0;
  // Whether the last Poll gave as many as it may: then more has come already, as far as can be told without asking.
  virtual bool has_more() const = 0;

  // Starts fetching a partition, or goes to another place in it: the next records of it have these offsets or greater
  // ones. Of the topics in `look_back` the record before comes first, so that it can be compared. It is left out only
  // where retention has deleted it; where another record is the first, Poll fails, for the topic is another one.
  virtual Status FetchFrom(PartitionId partition, const InputOffsets& offsets, const LookBack& look_back) = 0;
  Status FetchFrom(PartitionId partition, const InputOffsets& offsets) { return FetchFrom(partition, offsets, {}); }
  virtual Status Pause(PartitionId partition) = 0;
  virtual Status Resume(PartitionId partition) = 0;

  // What the group has committed of each, after every transaction that was about to commit there has ended (KIP-447):
  // one request for all of them. Nothing where it has committed none, or the broker has forgotten it
  // (`offsets.retention.minutes`). Fatal where it is committed for one of the topics only.
  virtual Result<std::map<PartitionId, std::optional<InputOffsets>>> Committed(
      const std::vector<PartitionId>& partitions) = 0;
  Result<std::optional<InputOffsets>> Committed(PartitionId partition);
  // The first offsets there are, and the ends (of committed records).
  virtual Result<InputOffsets> Beginning(PartitionId partition) = 0;
  virtual Result<InputOffsets> End(PartitionId partition) = 0;
  // The ends as the answers to fetches told them, without asking: for those who want to know how far it is. 0 where
  // nothing has been heard yet.
  virtual InputOffsets LastHeardEnd(PartitionId partition) const = 0;

  virtual std::unique_ptr<GroupMetadata> CurrentGroupMetadata() = 0;

  // Whether another member of the group has taken this one's instance id. Poll has then given a fatal error that says
  // so, and does again after its timeout; nothing else but Close may be called. The worker's partitions are lost, of
  // which the listener may not have heard.
  virtual bool is_fenced() const = 0;

  // Leaves the group, `listener` hears of what is taken away. Nothing but the destructor may be called afterwards.
  virtual void Close(RebalanceListener* listener) = 0;
};

enum class OutputTopic : uint8_t { kStatusChanges, kSegmentChanges, kLeadState, kDeadLetters };
inline constexpr size_t kOutputTopicCount = 4;

struct OutputRecord {
  OutputTopic topic = OutputTopic::kStatusChanges;
  std::optional<PartitionId> partition;  // nothing: by the key, as Kafka's default partitioner does
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;
};

enum class TransactionErrorKind : uint8_t {
  kRetriable,  // the same call may be made again
  kAbortable,  // the transaction must be aborted; the producer can go on
  kTooLarge,   // a topic takes no record of that size; make a new producer, for librdkafka 2.0.2 skips the numbers of
               // what was refused, and brokers then refuse what follows
  kProducerLost,  // this producer can do nothing any more, and whether it committed is unknown: make a new one
  kFatal,         // the process must stop: not authorised, another producer has the same transactional id, …
};

struct TransactionError {
  TransactionErrorKind kind;
  std::string message;
  OutputTopic topic = OutputTopic::kStatusChanges;  // of kTooLarge: that takes no such record
};
// Nothing: it worked.
using TransactionOutcome = std::optional<TransactionError>;

// One producer with the worker's transactional id. After kProducerLost, kTooLarge or kFatal only the destructor may be
// called.
class TransactionalProducer {
 public:
  virtual ~TransactionalProducer() = default;

  // Once, first: fences every earlier producer with this id, and ends its open transaction.
  virtual TransactionOutcome Init() = 0;
  virtual TransactionOutcome Begin() = 0;
  // Queues one record; waits where the queue is full.
  virtual TransactionOutcome Produce(OutputRecord record) = 0;
  // `group` is taken just before, so that a worker which lost its place in the group cannot commit.
  virtual TransactionOutcome SendOffsets(const std::map<PartitionId, InputOffsets>& offsets,
                                         const GroupMetadata& group) = 0;
  // Sends what is queued, waits until all of it is acknowledged, and commits.
  virtual TransactionOutcome Commit() = 0;
  virtual TransactionOutcome Abort() = 0;

  // The offset behind the last changelog record that the last committed transaction wrote to each partition.
  virtual const std::map<PartitionId, int64_t>& changelog_positions() const = 0;

  // Whether a request of this producer may still be under way although its call has returned: a broker was lost, or a
  // commit took long. Such a request could end the next transaction, so a new producer must be made before that.
  virtual bool may_have_stray_requests() const = 0;
};

// Offsets of one changelog partition. `end` counts open transactions too: what is before it may still become visible.
struct ChangelogBounds {
  int64_t begin = 0;
  int64_t end = 0;
};

// Views live until the next Read.
struct ChangelogRecord {
  PartitionId partition;
  int64_t offset = 0;
  std::string_view key;
  std::optional<std::string_view> value;  // nothing: a tombstone
  Instant time{};                         // by the topic; 1970 where it has none
};

// What one read gave.
struct ChangelogPiece {
  std::vector<ChangelogRecord> records;  // of a partition by ascending offset
  // How far each partition that is being read has come: what is before that offset has been given or is none of ours
  // (aborted, a control record, compacted).
  std::map<PartitionId, int64_t> reached;
};

// Reads committed records of changelog partitions, of several side by side. Errors as those of InputConsumer.
class ChangelogReader {
 public:
  virtual ~ChangelogReader() = default;
  // Of each: one request for all of them. An error of one is an error of all.
  virtual Result<std::map<PartitionId, ChangelogBounds>> Bounds(const std::vector<PartitionId>& partitions) = 0;
  Result<ChangelogBounds> Bounds(PartitionId partition);
  // Reads this partition beside the others, or goes to another place in it: its next record has the offset `from`,
  // which is within the bounds, or a greater one.
  virtual Status Start(PartitionId partition, int64_t from) = 0;
  // Waits up to `timeout` for the first record and replaces `piece` by what has come.
  virtual Status Read(std::chrono::milliseconds timeout, ChangelogPiece* piece) = 0;
  // Where one partition alone is read: replaces `records`, and gives how far it has come.
  Result<int64_t> Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records);
  // Reads the partition no more, where it was read.
  virtual void Stop(PartitionId partition) = 0;
  // Reads none.
  virtual void Stop() = 0;
};

// A member of the consumer group, as its coordinator describes it.
struct GroupMember {
  std::string id;  // each that joins is given another one
  std::string client_id;
  std::string host;
};

// Makes what a worker needs: one worker's place in the cluster, with its instance id and transactional id. Outlives
// all it made.
class Connection {
 public:
  virtual ~Connection() = default;
  // The number of partitions of each input topic and of the changelog. Errors as for MakeConsumer.
  virtual Result<uint32_t> CountPartitions() = 0;
  virtual Result<std::unique_ptr<InputConsumer>> MakeConsumer() = 0;
  virtual Result<std::unique_ptr<TransactionalProducer>> MakeProducer() = 0;
  virtual Result<std::unique_ptr<ChangelogReader>> MakeChangelogReader() = 0;
  // The member of the group that has this worker's instance id; nothing: there is none. Errors as for MakeConsumer.
  virtual Result<std::optional<GroupMember>> FindInstanceHolder() = 0;
};

inline Result<std::optional<InputOffsets>> InputConsumer::Committed(PartitionId partition) {
  auto committed = Committed(std::vector<PartitionId>{partition});
  if (!committed.ok()) return committed.status();
  return committed->at(partition);
}

inline Result<ChangelogBounds> ChangelogReader::Bounds(PartitionId partition) {
  auto bounds = Bounds(std::vector<PartitionId>{partition});
  if (!bounds.ok()) return bounds.status();
  return bounds->at(partition);
}

inline Result<int64_t> ChangelogReader::Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records) {
  ChangelogPiece piece;
  LP_RETURN_IF_ERROR(Read(timeout, &piece));
  LP_ASSERT(piece.reached.size() == 1);
  *records = std::move(piece.records);
  return piece.reached.begin()->second;
}

}  // namespace leadpulse::kafka
