// Reads a range of the input topics: from one point to another, or on and on.
//
// Records that are committed, each partition of a topic in its order. The end of a range is an offset, and it is
// reached by position and not by a count: markers and what was aborted have offsets but deliver no record. Where the
// end is "as it is now", it is behind everything written, so that a transaction which is open there is waited for.
#pragma once

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
  Instant time;  // of kTime: before the first record that is as late or later
  // Goes before what the kind says, for the places that are in it.
  std::map<TopicPlace, int64_t> offsets;
};

struct TopicRange {
  RangePoint from;
  std::optional<RangePoint> until;  // nothing: on and on
};

inline constexpr int64_t kNoEnd = INT64_MAX;

// Offsets [from, until).
struct PlaceRange {
  int64_t from = 0;
  int64_t until = kNoEnd;
  friend bool operator==(const PlaceRange&, const PlaceRange&) = default;
};

// Of the offsets in `ranges` those before `next`, which has an entry for each. Nothing: a range has no end.
std::optional<double> FractionOf(const std::map<TopicPlace, PlaceRange>& ranges,
                                 const std::map<TopicPlace, int64_t>& next);

// What was asked for by its offset, and is not there any more.
struct DeletedRange {
  TopicPlace place;
  PlaceRange offsets;
  friend bool operator==(const DeletedRange&, const DeletedRange&) = default;
};

// Views live until the next Read.
struct RangePiece {
  std::vector<LogRecord> records;
  std::map<TopicPlace, int64_t> reached;  // as of LogPiece
  // Retention went past these offsets before they were read. The reading goes on behind them.
  std::vector<DeletedRange> deleted;
};

// Owned and called by one thread.
class TopicRangeReader {
 public:
  // Rejected: an offset that is given lies behind a topic's end, so the topic is not the one it was. Else the log's
  // errors.
  static Result<std::unique_ptr<TopicRangeReader>> Make(std::unique_ptr<TopicLog> log, const TopicRange& range);

  // What is read, with what was deleted before left out.
  const std::map<TopicPlace, PlaceRange>& ranges() const { return ranges_; }
  // Behind what Read has given.
  const std::map<TopicPlace, int64_t>& positions() const { return positions_; }
  bool done() const;
  // Of the offsets that are to be read, those that were; nothing where there is no end.
  std::optional<double> Fraction() const { return FractionOf(ranges_, positions_); }
  // What was deleted before it could be read, and has not been given by Read yet.
  const std::vector<DeletedRange>& deleted() const { return deleted_; }
  // `engagement.events [3]`
  std::string NameOf(TopicPlace place) const { return log_->NameOf(place); }

  // Partitions that the topics have got since are read from their beginnings on, without an end. Only of a range that
  // has none. Errors as of Make; those that were found before one stay.
  Status TakeUpNewPlaces();

  // Waits up to `timeout`, and replaces `piece`. Retriable: nobody answers just now, call again.
  Status Read(std::chrono::milliseconds timeout, RangePiece* piece);

 private:
  explicit TopicRangeReader(std::unique_ptr<TopicLog> log) : log_(std::move(log)) {}
  Status Resolve(TopicPlace place, const TopicRange& range);
  // Where it is; not yet compared with what there is.
  Result<int64_t> OffsetOf(TopicPlace place, const RangePoint& point, const LogBounds& bounds);
  // The first offset of `wanted` that is there, or its end; what lies before has been deleted.
  Result<int64_t> FirstAt(TopicPlace place, PlaceRange wanted, const LogBounds& bounds);
  bool ended(TopicPlace place) const { return positions_.at(place) >= ranges_.at(place).until; }
  Status Start();
  Status GoOnBehindDeleted();

  const std::unique_ptr<TopicLog> log_;
  std::map<TopicPlace, PlaceRange> ranges_;
  std::map<TopicPlace, int64_t> positions_;
  std::vector<DeletedRange> deleted_;  // and not yet told
  std::set<TopicPlace> out_of_range_;  // where nothing is any more, by the last read
  bool started_ = false;
};

}  // namespace leadpulse::kafka
