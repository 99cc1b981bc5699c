#include "processor/replay/topic_archive.h"

#include <algorithm>
#include <map>
#include <utility>

#include "processor/archive/archive_check.h"
#include "processor/archive/archiver.h"
#include "processor/base/clock.h"
#include "processor/base/crash_point.h"
#include "processor/base/text.h"
#include "processor/files/input/input_list.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/replay/topic_history.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::replay {
namespace {

// Returns the offsets of every partition, as text: after a kill, `end` or a time must mean the same range.
Result<std::string> FixRange(const TopicSource& source) {
  LP_ASSIGN_OR_RETURN(const auto range, ParseTopicRange(source.from, source.until, source.worker.record_topics()));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<kafka::TopicLog> log, kafka::OpenTopicLog(source.connection));
  LP_ASSIGN_OR_RETURN(const auto reader, kafka::TopicRangeReader::Make(std::move(log), range));
  if (!reader->deleted().empty()) return NotInTheTopics(*reader, reader->deleted().front());
  if (reader->done()) {
    return Status::Rejected("nothing lies in the topics from " + source.from + " until " + source.until +
                            "; give another --topic-from or --topic-until");
  }
  return TextOfTopics(reader->positions(), reader->ranges());
}

// Whether it came to the end.
Result<bool> Archive(const TopicSource& source, const kafka::TopicRange& range, const std::string& folder,
                     const std::atomic<bool>& stop) {
  archive::ArchiveRouter router(source.worker);
  LP_ASSIGN_OR_RETURN(std::unique_ptr<archive::ArchiveFolder> opened, archive::ArchiveFolder::Open(folder, &router));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<kafka::TopicLog> log, kafka::OpenTopicLog(source.connection));
  archive::ArchiveOptions options;
  options.from = range.from;
  options.until = range.until;
  const std::unique_ptr<files::ProgressListener> progress = source.progress();
  options.progress = progress.get();
  const SystemClock clock;
  LP_ASSIGN_OR_RETURN(
      const archive::ArchiveSummary done,
      archive::ArchiveTopics(options, source.worker.record_topics(), std::move(log), opened.get(), clock, stop));
  return !done.stopped;
}

// Checks that the whole range was fetched. Returns how many records a run can read, and warns of the others.
Result<uint64_t> CheckFetched(const std::string& folder) {
  LP_ASSIGN_OR_RETURN(const archive::ArchiveReport report, archive::CheckArchive(folder));
  if (!report.problems.empty()) {
    return Status::Rejected("what was read of the topics, " + folder + ", is not whole: " + report.problems.front() +
                            ". Begin behind what is missing, with another --state and --output");
  }
  uint64_t records = 0, aside = 0;
  for (const auto& [key, place] : report.places) {
    records += place.records;
    aside += place.aside;
  }
  if (aside > 0) {
    telemetry::LogWarning("records of the topics that no run can read: " + GroupDigits(aside) + ", in " + folder +
                          "/aside");
  }
  return records;
}

// Returns the part of `range` in each partition; `range` has only offsets.
std::map<PartitionId, kafka::TopicRange> ByPartition(const kafka::TopicRange& range) {
  std::map<PartitionId, kafka::TopicRange> parts;
  for (const auto& [place, from] : range.from.offsets) {
    const int64_t until = range.until->offsets.at(place);
    if (from >= until) continue;
    kafka::TopicRange& part = parts.try_emplace(place.partition, NoTopics()).first->second;
    part.from.offsets[place] = from;
    part.until->offsets[place] = until;
  }
  return parts;
}

}  // namespace

Result<std::vector<std::string>> FetchTopics(const TopicSource& source, const std::string& folder,
                                             CheckpointFile* checkpoint, const std::atomic<bool>& stop) {
  Checkpoint reached = checkpoint == nullptr ? Checkpoint() : checkpoint->checkpoint();
  if (reached.position.empty()) {
    LP_ASSIGN_OR_RETURN(reached.position, FixRange(source));
    if (checkpoint != nullptr) LP_RETURN_IF_ERROR(checkpoint->Save(reached));
    CrashPoint("replay_range_fixed");
  }
  if (!reached.done) {
    LP_ASSIGN_OR_RETURN(const kafka::TopicRange range, TopicsOfText(reached.position));
    LP_ASSIGN_OR_RETURN(const bool whole, Archive(source, range, folder, stop));
    if (!whole) return std::vector<std::string>();
    LP_RETURN_IF_ERROR(CheckFetched(folder).status());
    reached.done = true;
    if (checkpoint != nullptr) LP_RETURN_IF_ERROR(checkpoint->Save(reached));
    CrashPoint("replay_range_fetched");
  }
  return input::FilesOf({folder});
}

Result<std::vector<PlacedFile>> FetchEachPartition(const TopicSource& source, const std::string& folder,
                                                   uint32_t partition_count, const std::vector<uint32_t>& absent,
                                                   const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const std::string fixed, FixRange(source));
  LP_ASSIGN_OR_RETURN(const kafka::TopicRange range, TopicsOfText(fixed));
  std::vector<PlacedFile> placed;
  for (const auto& [partition, part] : ByPartition(range)) {
    if (std::ranges::binary_search(absent, partition.value)) continue;
    if (partition.value >= partition_count) {
      return Status::Rejected("the topics have a partition " + std::to_string(partition.value) + ", and --state has " +
                              std::to_string(partition_count) + " in all: give the state of a run on these topics");
    }
    const std::string own = folder + "/" + std::to_string(partition.value);
    LP_ASSIGN_OR_RETURN(const bool whole, Archive(source, part, own, stop));
    if (!whole) return std::vector<PlacedFile>();
    LP_ASSIGN_OR_RETURN(const uint64_t records, CheckFetched(own));
    if (records == 0) continue;  // markers, or what is no record
    LP_ASSIGN_OR_RETURN(const std::vector<std::string> files, input::FilesOf({own}));
    for (const std::string& path : files) placed.push_back({path, partition});
  }
  if (!placed.empty()) return placed;
  return Status::Rejected("no record lies in the topics from " + source.from + " until " + source.until +
                          " in the partitions that --state holds; give another --topic-from or --topic-until");
}

}  // namespace leadpulse::replay
