#include "processor/replay/topic_history.h"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/base/varint.h"
#include "processor/replay/record_line.h"

namespace leadpulse::replay {
namespace {

using kafka::RangePoint;
using kafka::TopicPlace;

// Between two looks at whether to stop.
constexpr std::chrono::milliseconds kWait{200};

// Parses `engagement.events/3=1200`.
bool ParseOffset(std::string_view text, const archive::TopicNames& topics, RangePoint* point) {
  const size_t slash = text.rfind('/');
  const size_t equals = text.rfind('=');
  if (slash == std::string_view::npos || equals == std::string_view::npos || equals < slash) return false;
  const auto topic = std::ranges::find(topics, text.substr(0, slash));
  const auto partition = ParseInteger<int32_t>(text.substr(slash + 1, equals - slash - 1));
  const auto offset = ParseInteger<int64_t>(text.substr(equals + 1));
  if (topic == topics.end() || partition.value_or(-1) < 0 || offset.value_or(-1) < 0) return false;
  const TopicPlace place{static_cast<kafka::InputTopic>(topic - topics.begin()),
                         PartitionId{static_cast<uint32_t>(*partition)}};
  point->offsets[place] = *offset;
  return true;
}

Result<RangePoint> ParseTopicPoint(const std::string& text, const archive::TopicNames& topics) {
  if (std::optional<RangePoint> named = ParseRangePoint(text)) return *std::move(named);
  RangePoint point{RangePoint::Kind::kEnd, {}, {}};
  std::istringstream parts(text);
  bool good = !text.empty();
  for (std::string part; good && std::getline(parts, part, ',');) good = ParseOffset(part, topics, &point);
  if (good) return point;
  return Status::Rejected("`" + text + "` is no point of the topics; write beginning, end, 2026-03-10, " +
                          "2026-03-10T09:30:00Z, or offsets as " + topics[0] + "/0=1200," + topics[1] + "/0=7");
}

class TopicHistory : public HistorySource {
 public:
  TopicHistory(const kafka::ConnectionOptions& connection, const kafka::WorkerOptions& worker)
      : connection_(connection), worker_(worker), encoding_(worker), router_(worker) {}

  Status Begin(const kafka::TopicRange& range) {
    LP_ASSIGN_OR_RETURN(std::unique_ptr<kafka::TopicLog> log, kafka::OpenTopicLog(connection_));
    LP_ASSIGN_OR_RETURN(reader_, kafka::TopicRangeReader::Make(std::move(log), range));
    next_ = reader_->positions();
    return Status::Ok();
  }

  Status Resume(const std::string& position) override {
    const Result<kafka::TopicRange> range = TopicsOfText(position);
    return range.ok() ? Begin(*range) : range.status();
  }

  Status Next(size_t most, HistoryBatch* batch) override {
    batch->records.clear();
    json_.clear();
    if (given_ == piece_.records.size()) LP_RETURN_IF_ERROR(Fill());
    const size_t end = std::min(piece_.records.size(), given_ + most);
    json_.reserve(end - given_);
    for (; given_ < end; ++given_) Give(piece_.records[given_], batch);
    if (given_ < piece_.records.size()) {
      batch->ended = false;
      return Status::Ok();
    }
    for (const auto& [place, reached] : piece_.reached) next_[place] = reached;
    batch->ended = reader_->done();
    return Status::Ok();
  }

  std::string Position() const override { return TextOfTopics(next_, reader_->ranges()); }

  std::optional<double> Fraction() const override { return kafka::FractionOf(reader_->ranges(), next_); }

  std::string Reading() const override { return reading_; }

 private:
  Status Fill() {
    given_ = 0;
    Status status = reader_->Read(kWait, &piece_);
    if (!status.ok() && status.kind() == ErrorKind::kRetriable) {
      piece_ = {};
      return Status::Ok();  // librdkafka asks again
    }
    if (!status.ok()) return status;
    return piece_.deleted.empty() ? Status::Ok() : NotInTheTopics(*reader_, piece_.deleted.front());
  }

  void Give(const kafka::LogRecord& record, HistoryBatch* batch) {
    next_[record.place] = record.offset + 1;
    reading_ = reader_->NameOf(record.place);
    HistoryRecord& given = batch->records.emplace_back();
    given.decoded = encoding_.decoder(record.place.topic)->Decode(record.value.value_or(std::string_view()), {});
    given.position.topic = worker_.input_topics[record.place.topic];
    given.position.partition = static_cast<int32_t>(record.place.partition.value);
    given.position.offset = record.offset;
    given.json = json_.emplace_back(JsonOf(record));
  }

  // Returns the record as a line of a file has it; empty: it cannot be sent.
  std::string JsonOf(const kafka::LogRecord& record) {
    v1::ArchivedRecord archived;
    archived.set_topic(worker_.input_topics[record.place.topic]);
    if (record.value) archived.set_value(std::string(*record.value));
    std::string bytes;
    const archive::ArchiveTarget target = router_.File(archived, &bytes);
    if (target == archive::ArchiveTarget::kJsonLines) {
      bytes.pop_back();
      return bytes;
    }
    if (target == archive::ArchiveTarget::kQuarantine) return "";
    uint64_t size = 0;
    const char* message = bytes.data();
    const char* const end = message + bytes.size();
    const bool good = ReadVarint(&message, end, &size) == VarintOutcome::kRead;
    return good ? JsonOfMessage(std::string_view(bytes).substr(static_cast<size_t>(message - bytes.data()))) : "";
  }

  const kafka::ConnectionOptions connection_;
  const kafka::WorkerOptions worker_;
  kafka::RecordEncoding encoding_;
  archive::ArchiveRouter router_;
  std::unique_ptr<kafka::TopicRangeReader> reader_;
  kafka::RangePiece piece_;
  size_t given_ = 0;  // records of the piece that Next has returned
  std::map<kafka::TopicPlace, int64_t> next_;
  std::vector<std::string> json_;  // the records of a batch refer to it
  std::string reading_;
};

}  // namespace

std::optional<RangePoint> ParseRangePoint(const std::string& text) {
  if (text == "beginning") return RangePoint{};
  if (text == "end") return RangePoint{RangePoint::Kind::kEnd, {}, {}};
  const std::optional<Instant> time = ParseDateLiteral(text, Calendar());
  return time ? std::optional(RangePoint{RangePoint::Kind::kTime, *time, {}}) : std::nullopt;
}

Result<kafka::TopicRange> ParseTopicRange(const std::string& from, const std::string& until,
                                          const archive::TopicNames& topics) {
  LP_ASSIGN_OR_RETURN(RangePoint first, ParseTopicPoint(from, topics));
  LP_ASSIGN_OR_RETURN(RangePoint last, ParseTopicPoint(until, topics));
  // A partition without an end offset has an empty range: its end is before its beginning.
  if (!last.offsets.empty()) last.kind = RangePoint::Kind::kBeginning;
  return kafka::TopicRange{std::move(first), std::move(last)};
}

std::string TextOfTopics(const std::map<TopicPlace, int64_t>& next,
                         const std::map<TopicPlace, kafka::PlaceRange>& ranges) {
  std::ostringstream lines;
  for (const auto& [place, offset] : next) {
    lines << static_cast<uint32_t>(place.topic) << ' ' << place.partition.value << ' ' << offset << ' '
          << ranges.at(place).until << '\n';
  }
  return lines.str();
}

kafka::TopicRange NoTopics() { return {{RangePoint::Kind::kEnd, {}, {}}, RangePoint{}}; }

Result<kafka::TopicRange> TopicsOfText(const std::string& text) {
  kafka::TopicRange range = NoTopics();
  std::istringstream lines(text);
  uint32_t topic = 0, partition = 0;
  int64_t next = 0, until = 0;
  while (lines >> topic >> partition >> next >> until) {
    if (topic >= engine::kRecordTopicCount) return Status::Rejected("the checkpoint names a topic that there is not");
    const TopicPlace place{static_cast<kafka::InputTopic>(topic), PartitionId{partition}};
    range.from.offsets[place] = next;
    range.until->offsets[place] = until;
  }
  if (!lines.eof()) return Status::Rejected("the checkpoint holds no positions of topics");
  return range;
}

Status NotInTheTopics(const kafka::TopicRangeReader& reader, const kafka::DeletedRange& range) {
  return Status::Rejected("offsets " + std::to_string(range.offsets.from) + " to " +
                          std::to_string(range.offsets.until - 1) + " of " + reader.NameOf(range.place) +
                          " are not in the topic any more. Send them from an archive, or begin behind them");
}

Result<std::unique_ptr<HistorySource>> OpenTopicHistory(const kafka::ConnectionOptions& connection,
                                                        const std::string& from, const std::string& until,
                                                        const kafka::WorkerOptions& worker) {
  LP_ASSIGN_OR_RETURN(const kafka::TopicRange range, ParseTopicRange(from, until, worker.record_topics()));
  auto history = std::make_unique<TopicHistory>(connection, worker);
  LP_RETURN_IF_ERROR(history->Begin(range));
  return std::unique_ptr<HistorySource>(std::move(history));
}

}  // namespace leadpulse::replay
