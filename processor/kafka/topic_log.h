// The port for reading a range of the input topics: partitions, offsets, committed records. It joins no group and
// commits nothing. client/rdkafka_topic_log.cc implements it; tests use a fake.
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
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

// One partition of one topic that has the records of users. Messages between leads are never read by range: they follow
// from these records.
struct TopicPlace {
  engine::InputTopic topic = engine::InputTopic::kEvents;
  PartitionId partition;
  friend auto operator<=>(const TopicPlace&, const TopicPlace&) = default;
};

struct LogHeader {
  std::string_view name;
  std::optional<std::string_view> value;
};

// A record as it is in the topic, not decoded. Its views are valid until the next call of the log.
struct LogRecord {
  TopicPlace place;
  int64_t offset = 0;
  std::optional<Instant> time;  // from the producer or the broker, by the topic's setting
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<LogHeader> headers;
};

// The result of one read.
struct LogPiece {
  std::vector<LogRecord> records;  // ordered by offset within a place
  // The next offset of each place that advanced, also past offsets without a record (aborted records, markers).
  std::map<TopicPlace, int64_t> reached;
  // Places whose next offset does not exist: retention has deleted it, or the topic was created again.
  std::set<TopicPlace> out_of_range;
};

// The input topics as a log. Owned and called by one thread. Errors: retriable without a response now, fatal if a
// person must act.
class TopicLog {
 public:
  virtual ~TopicLog() = default;

  // Returns all partitions of the events and the commands, ascending.
  virtual Result<std::vector<TopicPlace>> Places() = 0;
  virtual Result<LogBounds> Bounds(TopicPlace place) = 0;
  // Returns the offset of the first record at or after `time`; nullopt if none.
  virtual Result<std::optional<int64_t>> OffsetAt(TopicPlace place, Instant time) = 0;
  // Returns a partition's name, such as `engagement.events [3]`.
  virtual std::string NameOf(TopicPlace place) const = 0;

  // Reads these places from these offsets, and no others.
  virtual Status Start(const std::map<TopicPlace, int64_t>& from) = 0;
  // Waits up to `timeout` for the first record and replaces `piece`.
  virtual Status Read(std::chrono::milliseconds timeout, LogPiece* piece) = 0;
};

}  // namespace leadpulse::kafka
