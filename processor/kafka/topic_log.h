// What reading a range of the input topics needs of Kafka: partitions, offsets, committed records. No group is joined
// and nothing is committed. The real cluster stands behind it (rdkafka_topic_log.h), in tests a log made by hand.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"

namespace leadpulse::kafka {

// One partition of one input topic.
struct TopicPlace {
  engine::InputTopic topic = engine::InputTopic::kEvents;
  PartitionId partition;
  friend auto operator<=>(const TopicPlace&, const TopicPlace&) = default;
};

struct LogHeader {
  std::string_view name;
  std::optional<std::string_view> value;
};

// As the topic has it, with nothing read into it. Views live until the next call of the log that gave it.
struct LogRecord {
  TopicPlace place;
  int64_t offset = 0;
  std::optional<Instant> time;  // the topic's: of the producer or of the broker, as the topic is set up
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<LogHeader> headers;
};

struct LogBounds {
  int64_t low = 0;   // the first offset there is
  int64_t high = 0;  // behind the last, with what open and aborted transactions wrote
};

// What one read gave.
struct LogPiece {
  std::vector<LogRecord> records;  // of a place by ascending offset
  // Where the reading now stands, of places that went on: also past what delivers no record (aborted ones, markers).
  std::map<TopicPlace, int64_t> reached;
  // Nothing is there where the reading stood: retention went past it, or the topic is another one.
  std::set<TopicPlace> out_of_range;
};

// Owned and called by one thread. Errors: retriable, nobody answers just now; fatal, a person has to do something.
class TopicLog {
 public:
  virtual ~TopicLog() = default;

  // All partitions of both topics, ascending.
  virtual Result<std::vector<TopicPlace>> Places() = 0;
  virtual Result<LogBounds> Bounds(TopicPlace place) = 0;
  // Of the first record at or after `time`; nothing: there is none.
  virtual Result<std::optional<int64_t>> OffsetAt(TopicPlace place, Instant time) = 0;
  // `engagement.events [3]`
  virtual std::string NameOf(TopicPlace place) const = 0;

  // Reads these places from there on, and no others any more.
  virtual Status Start(const std::map<TopicPlace, int64_t>& from) = 0;
  // Waits up to `timeout` for the first record and replaces `piece` by what there is.
  virtual Status Read(std::chrono::milliseconds timeout, LogPiece* piece) = 0;
};

}  // namespace leadpulse::kafka
