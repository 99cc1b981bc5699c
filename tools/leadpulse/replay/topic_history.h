// History in the input topics themselves, as far back as they have it: a range of them, to be sent again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/kafka/topic_range_reader.h"
#include "processor/kafka/worker.h"
#include "processor/replay/history_source.h"
#include "tools/archive/record_filer.h"

namespace leadpulse::tools {

// `beginning`, `end`, a day or a time of the topics, or offsets as `engagement.events/3=1200,lead.commands/0=7`: then
// nothing is read of the partitions that are not named. `topics`: their names by InputTopic. Rejected: it is none.
Result<kafka::RangePoint> ParseTopicPoint(const std::string& text,
                                          const std::array<std::string, kafka::kInputTopicCount>& topics);

// `from` and `until` of a command line. Rejected: one of them is none.
Result<kafka::TopicRange> ParseTopicRange(const std::string& from, const std::string& until,
                                          const std::array<std::string, kafka::kInputTopicCount>& topics);
// What tells the range of one command line from that of another.
std::string IdentityOfTopics(const std::string& from, const std::string& until,
                             const std::array<std::string, kafka::kInputTopicCount>& topics);

// How far a range has been read, `next` of each place, and up to where it goes: as text, which a checkpoint keeps, and
// as what is left of it. Rejected: it is no such text.
std::string TextOfTopics(const std::map<kafka::TopicPlace, int64_t>& next,
                         const std::map<kafka::TopicPlace, kafka::PlaceRange>& ranges);
// Nothing of any partition, but for the offsets that are put in.
kafka::TopicRange NoTopics();
Result<kafka::TopicRange> TopicsOfText(const std::string& text);

// Rejected, with what to do.
Status NotInTheTopics(const kafka::TopicRangeReader& reader, const kafka::DeletedRange& range);

using OpenLog = std::function<Result<std::unique_ptr<kafka::TopicLog>>()>;

// Owned and called by one thread. What it goes on to is fixed when it is first begun: what a replay adds to the topics
// it reads is not sent once more, also after it was killed and goes on.
class TopicHistory : public replay::HistorySource {
 public:
  // `from` and `until`: as ParseTopicPoint takes them. `worker` says how the topics are called and written.
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
      : open_(std::move(open)), identity_(std::move(identity)), worker_(worker), encoding_(worker), filer_(worker) {}

  Status Begin(const kafka::TopicRange& range);
  Status Fill();
  void Give(const kafka::LogRecord& record, replay::HistoryBatch* batch);
  std::string JsonOf(const kafka::LogRecord& record);

  const OpenLog open_;
  const std::string identity_;
  const kafka::WorkerOptions worker_;
  kafka::RecordEncoding encoding_;
  archive::RecordFiler filer_;
  std::unique_ptr<kafka::TopicRangeReader> reader_;
  kafka::RangePiece piece_;
  size_t given_ = 0;  // of the piece's records
  std::map<kafka::TopicPlace, int64_t> next_;
  std::vector<std::string> json_;  // that the records of a batch refer to
  std::string reading_;
};

}  // namespace leadpulse::tools
