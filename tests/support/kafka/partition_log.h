// The log of one partition of one topic, at its leader.
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

// Recordings have these numbers: never renumber.
enum class Topic : uint8_t {
  kEvents,
  kCommands,
  kStatusChanges,
  kSegmentChanges,
  kLeadState,
  kDeadLetters,
  kExchange,  // in and out
  kLeadJournal,
  kLeadProfiles
};
inline constexpr size_t kTopicCount = 9;

constexpr Topic TopicOf(kafka::InputTopic topic) {
  return topic == kafka::InputTopic::kExchange ? Topic::kExchange : static_cast<Topic>(topic);
}
// Returns the simulated topic's input topic. The program must read `topic`.
constexpr kafka::InputTopic InputTopicOf(Topic topic) {
  return topic == Topic::kExchange ? kafka::InputTopic::kExchange : static_cast<kafka::InputTopic>(topic);
}
constexpr Topic TopicOf(kafka::OutputTopic topic) {
  return static_cast<Topic>(static_cast<size_t>(topic) + static_cast<size_t>(Topic::kStatusChanges));
}
// Returns the simulated topic's output topic. The program must write `topic`.
constexpr kafka::OutputTopic OutputTopicOf(Topic topic) {
  return static_cast<kafka::OutputTopic>(static_cast<size_t>(topic) - static_cast<size_t>(Topic::kStatusChanges));
}
static_assert(TopicOf(kafka::OutputTopic::kLeadProfiles) == Topic::kLeadProfiles);

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
  std::optional<std::string> value;  // nullopt: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;
};

struct LogEntry {
  enum class Fate : uint8_t { kOpen, kCommitted, kAborted, kControl };
  int64_t offset = 0;
  Fate fate = Fate::kCommitted;
  int64_t producer = 0;  // 0: none
  Message message;
  // Deleted by compaction or retention. Readers no longer find it, but a check of the run does.
  bool is_gone = false;
  std::optional<std::chrono::steady_clock::time_point> first_cleaned;  // when a compaction first saw the tombstone
};

class PartitionLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  int64_t begin() const { return begin_; }
  int64_t end() const { return static_cast<int64_t>(entries_.size()); }
  // Returns the first offset of an open transaction, which readers of committed records may not pass, or else the end.
  int64_t last_stable_offset() const;

  // Appends without a transaction. Returns the offset.
  int64_t Append(Message message);
  // Appends a batch of a transaction and returns the offset of its last message. A repeated one is not appended again.
  // A batch that does not follow the previous one, or has an older epoch, is refused and returns nothing.
  std::optional<int64_t> AppendBatch(const ProducerEpoch& producer, int32_t first_sequence,
                                     const std::vector<Message>& messages);
  // Whether batches of the producer are refused because the log has seen a later epoch of it.
  bool Fences(const ProducerEpoch& producer) const;
  // Writes the marker that ends the producer's transaction here. From then on batches of earlier epochs are
  // refused.
  void EndTransaction(const ProducerEpoch& producer, bool commits);
  // Returns the producers with an open transaction here.
  std::vector<int64_t> open_producers() const;

  // Visits at most `limit` committed messages from `from` up to the last stable offset. Returns the next offset.
  int64_t ReadCommitted(int64_t from, size_t limit, const std::function<void(const LogEntry&)>& visit) const;

  // Keeps only the last value of each key before `until` and the last stable offset. Deletes tombstones that an earlier
  // compaction saw at least `tombstones_kept` ago. Offsets do not change.
  void Compact(int64_t until, Time now, std::chrono::milliseconds tombstones_kept);
  // Deletes everything before `offset`, as retention does, but nothing from the last stable offset on.
  void DeleteBefore(int64_t offset);

  // Returns every entry ever appended, by offset.
  const std::deque<LogEntry>& everything() const { return entries_; }
  // Lets tests of the checker spoil the log.
  std::deque<LogEntry>& everything() { return entries_; }

 private:
  // The leader's state of a producer, so that a batch sent twice is appended once.
  struct ProducerState {
    int32_t epoch = 0;
    int32_t next_sequence = 0;
    std::map<int32_t, int64_t> last_offsets;  // each batch's, by its first sequence

    // Starts a greater epoch, which numbers its batches from 0.
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
