// A reader of a range of the input topics, from one point to another or without an end.
//
// It reads committed records, in order within each partition. A range ends at an offset, not after a number of records,
// because markers and aborted records have offsets, too. If the end is the current one, it includes open transactions,
// and the reader waits for them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {

// A point in every partition of both topics.
struct RangePoint {
  enum class Kind : uint8_t { kBeginning, kEnd, kTime };
  Kind kind = Kind::kBeginning;
  Instant time;  // kTime means the point before the first record at or after it
  // Offsets for some places, used instead of the kind.
  std::map<TopicPlace, int64_t> offsets;
};

struct TopicRange {
  RangePoint from;
  std::optional<RangePoint> until;  // nullopt: no end
};

inline constexpr int64_t kNoEnd = INT64_MAX;

// Offsets [from, until).
struct PlaceRange {
  int64_t from = 0;
  int64_t until = kNoEnd;
  friend bool operator==(const PlaceRange&, const PlaceRange&) = default;
};

// Returns the fraction of the offsets in `ranges` that are before `next`, which has an entry for each. nullopt if a
// range has no end.
std::optional<double> FractionOf(const std::map<TopicPlace, PlaceRange>& ranges,
                                 const std::map<TopicPlace, int64_t>& next);

// Returns the number of offsets in `unread` that are left to read. If only markers and aborted records are left of a
// place, they do not count, unless they are more than 1,000, or the log does not say so within `timeout`.
Result<uint64_t> CountUnread(std::map<TopicPlace, PlaceRange> unread, std::chrono::milliseconds timeout, TopicLog* log);

// Requested offsets that have been deleted.
struct DeletedRange {
  TopicPlace place;
  PlaceRange offsets;
  friend bool operator==(const DeletedRange&, const DeletedRange&) = default;
};

// The result of one read. The views are valid until the next Read.
struct RangePiece {
  std::vector<LogRecord> records;
  std::map<TopicPlace, int64_t> reached;  // as in LogPiece
  // Retention deleted these offsets before they were read. Reading continues after them.
  std::vector<DeletedRange> deleted;
};

// The reader of a range. Owned and called by one thread.
class TopicRangeReader {
 public:
  // Makes a reader. Rejected if a given offset is after a topic's end, so the topic was created again. Otherwise the
  // log's errors.
  static Result<std::unique_ptr<TopicRangeReader>> Make(std::unique_ptr<TopicLog> log, const TopicRange& range);

  // Returns the ranges to read, without offsets that were deleted before.
  const std::map<TopicPlace, PlaceRange>& ranges() const { return ranges_; }
  // Returns the next offsets after those that Read has returned.
  const std::map<TopicPlace, int64_t>& positions() const { return positions_; }
  bool done() const {
    return deleted_.empty() && std::ranges::all_of(ranges_, [&](const auto& range) { return ended(range.first); });
  }
  // Returns the fraction that has been read; nullopt without an end.
  std::optional<double> Fraction() const { return FractionOf(ranges_, positions_); }
  // Returns the offsets deleted unread that Read has not returned yet.
  const std::vector<DeletedRange>& deleted() const { return deleted_; }
  // Returns a partition's name, such as `engagement.events [3]`.
  std::string NameOf(TopicPlace place) const { return log_->NameOf(place); }

  // Adds partitions that were added to the topics, to be read from their beginnings. Only for a range without an end.
  // Errors are those of Make; partitions found before an error stay.
  Status TakeUpNewPlaces();

  // Waits up to `timeout` and replaces `piece`. Retriable without a response now: call again.
  Status Read(std::chrono::milliseconds timeout, RangePiece* piece);

 private:
  explicit TopicRangeReader(std::unique_ptr<TopicLog> log) : log_(std::move(log)) {}
  Status Resolve(TopicPlace place, const TopicRange& range);
  // Returns the point's offset, not yet checked against the bounds.
  Result<int64_t> OffsetOf(TopicPlace place, const RangePoint& point, const LogBounds& bounds);
  // Returns the first existing offset of `wanted`, or its end. The offsets before have been deleted.
  Result<int64_t> FirstAt(TopicPlace place, PlaceRange wanted, const LogBounds& bounds);
  bool ended(TopicPlace place) const { return positions_.at(place) >= ranges_.at(place).until; }
  Status Start();
  Status GoOnBehindDeleted();

  const std::unique_ptr<TopicLog> log_;
  std::map<TopicPlace, PlaceRange> ranges_;
  std::map<TopicPlace, int64_t> positions_;
  std::vector<DeletedRange> deleted_;  // not yet returned
  std::set<TopicPlace> out_of_range_;  // found by the last read
  bool started_ = false;
};

}  // namespace leadpulse::kafka
