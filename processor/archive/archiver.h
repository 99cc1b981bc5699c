// Reads the input topics and appends each of their records to an archive, once.
//
// If the archive has records of a partition, the last of them is read from the topic again first. If it differs, the
// topic was recreated, and nothing is written.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
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
  bool follow = false;     // false: up to the topics' ends at the start
  kafka::RangePoint from;  // where a new archive begins
  // Where reading stops, without `follow`; nullopt: at the ends.
  std::optional<kafka::RangePoint> until;
  uint64_t segment_bytes = 256 << 20;           // a segment ends when its uncompressed journal has this size
  Millis segment_time = std::chrono::hours(1);  // with `follow`, also at this age
  // Called at every step; outlives the call. Null: progress is logged every few seconds.
  files::ProgressListener* progress = nullptr;
};

struct ArchiveSummary {
  uint64_t records = 0;
  // Ranges that retention had deleted before they were archived, as text for people.
  std::vector<std::string> deleted;
  bool stopped = false;  // before it reached the ends
};

// Archives until the ends are reached or `stop` is true. The appended records are whole even after an error. `topics`:
// their names by InputTopic. Rejected: `folder` is an archive of other topics. Uses one thread.
Result<ArchiveSummary> ArchiveTopics(const ArchiveOptions& options, const TopicNames& topics,
                                     std::unique_ptr<kafka::TopicLog> log, ArchiveFolder* folder, const Clock& clock,
                                     const std::atomic<bool>& stop);

}  // namespace leadpulse::archive
