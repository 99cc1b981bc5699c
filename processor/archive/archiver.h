// Reads the input topics and appends each of their records to an archive, once.
//
// If the archive has records of a partition, the last of them is read from the topic again first. If it differs, the
// topic was created again, and nothing is written.
#pragma once

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
  bool follow = false;     // false: up to the ends that the topics have at the start
  kafka::RangePoint from;  // where a new archive begins
  // Without `follow`: read up to here instead of the ends.
  std::optional<kafka::RangePoint> until;
  uint64_t segment_bytes = 256 << 20;           // a segment ends when its uncompressed journal has this size
  Millis segment_time = std::chrono::hours(1);  // with `follow`, also when it is this old
  // Called at every step; outlives the archiver. Null: progress is logged now and then.
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
  // `topics`: their names by InputTopic. The pointers outlive this. Rejected: it is an archive of other topics.
  static Result<std::unique_ptr<Archiver>> Make(const ArchiveOptions& options, const TopicNames& topics,
                                                std::unique_ptr<kafka::TopicLog> log, ArchiveFolder* folder,
                                                const Clock* clock, const std::atomic<bool>* stop);
  // Runs until the ends are reached, or `stop` is true. After an error, too, the appended records are whole.
  Result<ArchiveSummary> Run();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  Archiver(const ArchiveOptions& options, const TopicNames& topics, ArchiveFolder* folder, const Clock* clock,
           const std::atomic<bool>* stop);

  PlaceKey KeyOfPlace(kafka::TopicPlace place) const;
  Status Begin(std::unique_ptr<kafka::TopicLog> log);
  Status CheckAllAreThere();
  // Begins the places that are read and that the archive does not have yet.
  void BeginNewPlaces();
  // With `follow`: looks for new partitions now and then.
  Status TakeUpNewPlaces();

  Status Round();
  // Ok if the step may be tried again.
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
  // The current activity, for progress.
  std::string Activity() const;
  void ReportProgress();

  const ArchiveOptions options_;
  const TopicNames topics_;
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
  // Nothing is archived yet: the first entry also says where each partition begins.
  bool begins_ = false;
};

}  // namespace leadpulse::archive
