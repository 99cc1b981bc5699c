// A range of the input topics as the history to send again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/archive/archive_router.h"
#include "processor/kafka/topic_range_reader.h"
#include "processor/kafka/worker.h"
#include "processor/replay/history_source.h"

namespace leadpulse::replay {

// Reads `beginning`, `end`, a day or a time. nullopt for any other text.
std::optional<kafka::RangePoint> ParseRangePoint(const std::string& text);

// Reads the same, or offsets such as `engagement.events/3=1200,lead.commands/0=7`; then nothing is read from partitions
// that are not named. `topics`: their names by InputTopic. Rejected: any other text.
Result<kafka::RangePoint> ParseTopicPoint(const std::string& text, const archive::TopicNames& topics);

// Reads `from` and `until` of a command line with ParseTopicPoint.
Result<kafka::TopicRange> ParseTopicRange(const std::string& from, const std::string& until,
                                          const archive::TopicNames& topics);
// Identifies the range of a command line: another range gives another text.
std::string IdentityOfTopics(const std::string& from, const std::string& until, const archive::TopicNames& topics);

// The first writes, as the text in a checkpoint, how far a range has been read (`next` of each place) and where it
// ends; the last reads the rest of the range from it. Rejected: it is no such text.
std::string TextOfTopics(const std::map<kafka::TopicPlace, int64_t>& next,
                         const std::map<kafka::TopicPlace, kafka::PlaceRange>& ranges);
// An empty range, to which offsets are added.
kafka::TopicRange NoTopics();
Result<kafka::TopicRange> TopicsOfText(const std::string& text);

// Rejected, with advice: the topics no longer have the start of the range.
Status NotInTheTopics(const kafka::TopicRangeReader& reader, const kafka::DeletedRange& range);

using OpenLog = std::function<Result<std::unique_ptr<kafka::TopicLog>>()>;

// Owned and called by one thread. The end of the range is fixed at the first start: records that a replay adds to the
// topics it reads are not sent again, also after a kill.
class TopicHistory : public replay::HistorySource {
 public:
  // `from` and `until`: as ParseTopicPoint takes them. `worker` has the names of the topics and how records are
  // encoded.
  static Result<std::unique_ptr<TopicHistory>> Open(const OpenLog& open, const std::string& from,
                                                    const std::string& until, const kafka::WorkerOptions& worker);

  std::string Identity() const override { return identity_; }
  Status Resume(const std::string& position) override;
  Status Next(size_t most, replay::HistoryBatch* batch) override;
  std::string Position() const override;
  std::optional<double> Fraction() const override;
  std::string Reading() const override { return reading_; }

 private:
  TopicHistory(OpenLog open, std::string identity, const kafka::WorkerOptions& worker)
      : open_(std::move(open)), identity_(std::move(identity)), worker_(worker), encoding_(worker), router_(worker) {}

  Status Begin(const kafka::TopicRange& range);
  Status Fill();
  void Give(const kafka::LogRecord& record, replay::HistoryBatch* batch);
  std::string JsonOf(const kafka::LogRecord& record);

  const OpenLog open_;
  const std::string identity_;
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

}  // namespace leadpulse::replay
