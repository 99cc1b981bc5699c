#include "processor/kafka/topic_range_reader.h"

#include <algorithm>

#include "processor/base/clock.h"

namespace leadpulse::kafka {
namespace {

constexpr std::chrono::milliseconds kOneRead{100};

}  // namespace

std::optional<double> FractionOf(const std::map<TopicPlace, PlaceRange>& ranges,
                                 const std::map<TopicPlace, int64_t>& next) {
  double all = 0, done = 0;
  for (const auto& [place, range] : ranges) {
    if (range.until == kNoEnd) return std::nullopt;
    all += static_cast<double>(range.until - range.from);
    done += static_cast<double>(next.at(place) - range.from);
  }
  return all > 0 ? done / all : 1.0;
}

Result<uint64_t> CountUnread(std::map<TopicPlace, PlaceRange> unread, std::chrono::milliseconds timeout,
                             TopicLog* log) {
  constexpr int64_t kMostRead = 1'000;  // bounds what the brokers send for the answer
  std::map<TopicPlace, int64_t> unknown;
  for (const auto& [place, range] : unread) {
    if (range.until - range.from <= kMostRead) unknown[place] = range.from;
  }
  LP_RETURN_IF_ERROR(log->Start(unknown));
  const auto deadline = MonotonicNow() + timeout;
  LogPiece piece;
  while (!unknown.empty() && MonotonicNow() < deadline && log->Read(kOneRead, &piece).ok()) {
    for (const LogRecord& record : piece.records) unknown.erase(record.place);
    for (const auto& [place, next] : piece.reached) {
      if (unknown.erase(place) > 0) unread[place].from = std::min(next, unread[place].until);
    }
  }
  LP_RETURN_IF_ERROR(log->Start({}));
  uint64_t count = 0;
  for (const auto& [place, range] : unread) count += static_cast<uint64_t>(range.until - range.from);
  return count;
}

Result<std::unique_ptr<TopicRangeReader>> TopicRangeReader::Make(std::unique_ptr<TopicLog> log,
                                                                 const TopicRange& range) {
  std::unique_ptr<TopicRangeReader> reader(new TopicRangeReader(std::move(log)));
  LP_ASSIGN_OR_RETURN(const std::vector<TopicPlace> places, reader->log_->Places());
  for (const TopicPlace place : places) LP_RETURN_IF_ERROR(reader->Resolve(place, range));
  return reader;
}

Status TopicRangeReader::Resolve(TopicPlace place, const TopicRange& range) {
  LP_ASSIGN_OR_RETURN(const LogBounds bounds, log_->Bounds(place));
  LP_ASSIGN_OR_RETURN(const int64_t wanted, OffsetOf(place, range.from, bounds));
  LP_ASSIGN_OR_RETURN(const int64_t until, range.until ? OffsetOf(place, *range.until, bounds) : kNoEnd);
  LP_ASSIGN_OR_RETURN(const int64_t from, FirstAt(place, {wanted, until}, bounds));
  ranges_[place] = {from, std::max(until, from)};
  positions_[place] = from;
  return Status::Ok();
}

Status TopicRangeReader::TakeUpNewPlaces() {
  LP_ASSIGN_OR_RETURN(const std::vector<TopicPlace> places, log_->Places());
  for (const TopicPlace place : places) {
    if (ranges_.contains(place)) continue;
    LP_RETURN_IF_ERROR(Resolve(place, TopicRange{}));
    started_ = false;
  }
  return Status::Ok();
}

Result<int64_t> TopicRangeReader::OffsetOf(TopicPlace place, const RangePoint& point, const LogBounds& bounds) {
  if (const auto given = point.offsets.find(place); given != point.offsets.end()) return given->second;
  if (point.kind == RangePoint::Kind::kBeginning) return bounds.begin;
  if (point.kind == RangePoint::Kind::kEnd) return bounds.end;
  LP_ASSIGN_OR_RETURN(const std::optional<int64_t> at, log_->OffsetAt(place, point.time));
  return at.value_or(bounds.end);
}

Result<int64_t> TopicRangeReader::FirstAt(TopicPlace place, PlaceRange wanted, const LogBounds& bounds) {
  if (wanted.from > bounds.end) {
    return Status::Rejected(log_->NameOf(place) + " ends before offset " + std::to_string(bounds.end) +
                            ", and reading should begin at " + std::to_string(wanted.from) +
                            " on: the topic was deleted and created again, or it is that of another cluster");
  }
  const int64_t first = std::clamp(bounds.begin, wanted.from, std::max(wanted.from, wanted.until));
  if (first > wanted.from) deleted_.push_back({place, {wanted.from, first}});
  return first;
}

Status TopicRangeReader::Start() {
  std::map<TopicPlace, int64_t> open;
  for (const auto& [place, position] : positions_) {
    if (!ended(place)) open[place] = position;
  }
  LP_RETURN_IF_ERROR(log_->Start(open));
  started_ = true;
  return Status::Ok();
}

// Moves positions behind deleted records. Called before the next read, so that an error here loses no records.
Status TopicRangeReader::GoOnBehindDeleted() {
  while (!out_of_range_.empty()) {
    const TopicPlace place = *out_of_range_.begin();
    LP_ASSIGN_OR_RETURN(const LogBounds bounds, log_->Bounds(place));
    LP_ASSIGN_OR_RETURN(positions_[place], FirstAt(place, {positions_[place], ranges_[place].until}, bounds));
    out_of_range_.erase(place);
    started_ = false;
  }
  return Status::Ok();
}

Status TopicRangeReader::Read(std::chrono::milliseconds timeout, RangePiece* piece) {
  *piece = {};
  LP_RETURN_IF_ERROR(GoOnBehindDeleted());
  if (!started_) LP_RETURN_IF_ERROR(Start());
  piece->deleted = std::exchange(deleted_, {});
  for (const DeletedRange& range : piece->deleted) piece->reached[range.place] = range.offsets.until;
  if (!piece->deleted.empty() || done()) return Status::Ok();
  LogPiece read;
  LP_RETURN_IF_ERROR(log_->Read(timeout, &read));
  for (LogRecord& record : read.records) {
    if (record.offset < ranges_[record.place].until) piece->records.push_back(std::move(record));
  }
  for (const auto& [place, next] : read.reached) {
    piece->reached[place] = positions_[place] = std::min(next, ranges_[place].until);
  }
  for (const TopicPlace place : read.out_of_range) {
    if (!ended(place)) out_of_range_.insert(place);
  }
  return Status::Ok();
}

}  // namespace leadpulse::kafka
