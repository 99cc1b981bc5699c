// The log of one partition of one topic, as its leader holds it.
//
// Replication takes no time here: the high watermark is the end of the log.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/kafka/ports.h"

namespace leadpulse::testing {

enum class Topic : uint8_t { kEvents, kCommands, kStatusChanges, kSegmentChanges, kLeadState, kDeadLetters };
inline constexpr size_t kTopicCount = 6;

constexpr Topic TopicOf(kafka::InputTopic topic) { return static_cast<Topic>(topic); }
constexpr Topic TopicOf(kafka::OutputTopic topic) {
  return static_cast<Topic>(static_cast<size_t>(topic) + kafka::kInputTopicCount);
}

struct LogId {
  Topic topic = Topic::kEvents;
  PartitionId partition;
  friend auto operator<=>(const LogId&, const LogId&) = default;
};

// A producer at one time: a greater epoch of the same id fences it (KIP-98).
struct ProducerEpoch {
  int64_t id = 0;
  int32_t epoch = 0;
};

struct Message {
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;
};

struct LogEntry {
  enum class Fate : uint8_t { kOpen, kCommitted, kAborted, kControl };
  int64_t offset = 0;
  Fate fate = Fate::kCommitted;
  int64_t producer = 0;  // 0: none
  Message message;
  // By compaction or retention: no reader finds it any more, but what a run did can still be judged.
  bool is_gone = false;
  std::optional<std::chrono::steady_clock::time_point> first_cleaned;  // of a tombstone
};

class PartitionLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  int64_t begin() const { return begin_; }
  int64_t end() const { return static_cast<int64_t>(entries_.size()); }
  // The first offset of an open transaction: what committed readers may not pass.
  int64_t last_stable_offset() const;

  // Without a transaction. Gives the offset.
  int64_t Append(Message message);
  // A batch of a transaction. A batch that is here already is not appended again; one that does not follow the one
  // before is refused (nothing), as is one of an older epoch. Gives the offset of the last message.
  std::optional<int64_t> AppendBatch(const ProducerEpoch& producer, int32_t first_sequence,
                                     const std::vector<Message>& messages);
  // Whether batches of the producer are refused because the log has seen a later epoch of it.
  bool Fences(const ProducerEpoch& producer) const;
  // Writes the marker that ends the producer's transaction here. From then on batches of epochs before its own are
  // refused.
  void EndTransaction(const ProducerEpoch& producer, bool commits);
  // Producers with an open transaction here.
  std::vector<int64_t> open_producers() const;

  // Visits committed messages from `from` on, at most `limit`, not past the last stable offset. Gives how far it came.
  int64_t ReadCommitted(int64_t from, size_t limit, const std::function<void(const LogEntry&)>& visit) const;

  // Keeps, of what is before `until` and the last stable offset, the last value of each key. A tombstone goes once it
  // has been seen by a compaction `tombstones_kept` ago. Offsets stay what they are.
  void Compact(int64_t until, Time now, std::chrono::milliseconds tombstones_kept);
  // Retention: the log begins here from now on.
  void DeleteBefore(int64_t offset);

  // All there ever was, by offset.
  const std::deque<LogEntry>& everything() const { return entries_; }
  // For tests of those who judge a log: it may be spoilt.
  std::deque<LogEntry>& everything() { return entries_; }

 private:
  // What the leader remembers of a producer, so that a batch sent twice is appended once.
  struct ProducerState {
    int32_t epoch = 0;
    int32_t next_sequence = 0;
    std::map<int32_t, int64_t> last_offsets;  // of batches, by their first sequence

    // A greater epoch numbers its batches from 0.
    void Reach(int32_t reached) {
      if (reached > epoch) *this = {reached, 0, {}};
    }
  };

  int64_t Push(LogEntry entry);

  std::deque<LogEntry> entries_;  // index: offset
  int64_t begin_ = 0;
  std::map<int64_t, int64_t> open_;  // by producer: the first offset of its transaction
  std::map<int64_t, ProducerState> producers_;
};

}  // namespace leadpulse::testing
