// Reads the input topics and appends what they hold to an archive, each record once.
//
// Where the archive has a record of a partition already, that record is read again first: if it is another one now, the
// topic was made anew, and nothing is written.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/archive/archive_folder.h"
#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/files/progress.h"
#include "processor/kafka/topic_range_reader.h"

namespace leadpulse::archive {

struct ArchiveOptions {
  bool follow = false;     // else up to the ends that the topics have at the start
  kafka::RangePoint from;  // where an archive begins that has nothing yet
  // Not following: up to there, in place of the ends.
  std::optional<kafka::RangePoint> until;
  uint64_t segment_bytes = 256 << 20;           // of the journal, not compressed: a segment that has so many ends
  Millis segment_time = std::chrono::hours(1);  // and, following, one that is open for so long
  // Called at every step, and outlives the archiver. Null: the log gets a line now and then.
  files::ProgressListener* progress = nullptr;
};

struct ArchiveSummary {
  uint64_t records = 0;
  // Ranges that retention had deleted before they were archived, as text for people.
  std::vector<std::string> deleted;
  bool stopped = false;  // before the ends were reached
};

// Owned and called by one thread.
class Archiver {
 public:
  // `topics`: their names by InputTopic. All else outlives this. Rejected: the archive is not one of these topics.
  static Result<std::unique_ptr<Archiver>> Make(const ArchiveOptions& options,
                                                const std::array<std::string, engine::kInputTopicCount>& topics,
                                                std::unique_ptr<kafka::TopicLog> log, ArchiveFolder* folder,
                                                const Clock* clock, const std::atomic<bool>* stop);
  // Until the ends are reached, or `stop` is true. After an error, too, what has been appended is whole.
  Result<ArchiveSummary> Run();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  Archiver(const ArchiveOptions& options, const std::array<std::string, engine::kInputTopicCount>& topics,
           ArchiveFolder* folder, const Clock* clock, const std::atomic<bool>* stop);

  PlaceKey KeyOfPlace(kafka::TopicPlace place) const;
  Status Begin(std::unique_ptr<kafka::TopicLog> log);
  Status CheckAllAreThere();
  // Of those that are read and that the archive does not have yet.
  void BeginNewPlaces();
  // Following: looks now and then for partitions that the topics have got.
  Status TakeUpNewPlaces();

  Status Round();
  // Whether it may be tried again.
  Status Bear(const Status& problem);
  Status Take(const kafka::RangePiece& piece);
  Status TakeRecord(const kafka::LogRecord& record);
  void TakeDeleted(const kafka::DeletedRange& range);
  Status CheckLast(kafka::TopicPlace place, const v1::ArchivedRecord& record);
  Status CheckLastWasThere(const kafka::RangePiece& piece);
  Status MadeAnew(kafka::TopicPlace place, int64_t offset) const;
  Status Flush();
  Status AppendEntry();
  Status EndSegmentIfDue();
  // What it is at; else than usual where it waits.
  std::string Activity() const;
  void ReportProgress();

  const ArchiveOptions options_;
  const std::array<std::string, engine::kInputTopicCount> topics_;
  ArchiveFolder* const folder_;
  const Clock* const clock_;
  const std::atomic<bool>* const stop_;
  std::unique_ptr<kafka::TopicRangeReader> reader_;

  std::map<kafka::TopicPlace, ArchivedTo> to_be_seen_;  // places whose last archived record has not been seen again
  v1::ArchiveEntry entry_;                              // read, and not yet appended
  size_t entry_bytes_ = 0;
  ArchiveSummary summary_;
  TimePoint begun_, appended_, told_, segment_begun_, last_answer_, looked_;
  bool silence_told_ = false;
  // Nothing is archived yet: with the first records it is said of every partition where it begins.
  bool begins_ = false;
};

}  // namespace leadpulse::archive
