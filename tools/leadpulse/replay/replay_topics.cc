#include "tools/leadpulse/replay/replay_topics.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/crash_point.h"
#include "processor/embedded/progress.h"
#include "processor/input/input_list.h"
#include "processor/kafka/rdkafka_topic_log.h"
#include "processor/telemetry/logging.h"
#include "tools/archive/archive_check.h"
#include "tools/archive/archiver.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/replay/topic_history.h"
#include "tools/leadpulse/terminal_progress.h"

namespace leadpulse::tools {
namespace {

Result<std::unique_ptr<kafka::TopicLog>> OpenLogOf(const config::Settings& settings) {
  return kafka::OpenTopicLog(MakeClientOptions(settings.kafka));
}

// The offsets of every partition, as text: what stands for `end` or a time must not be another range after a kill.
Result<std::string> FixRange(const ReplayLine& line, const config::Settings& settings) {
  const Result<kafka::TopicRange> range =
      ParseTopicRange(line.topic_from, line.topic_until, MakeLiveRunOptions(settings).worker.input_topics);
  if (!range.ok()) return range.status();
  Result<std::unique_ptr<kafka::TopicLog>> log = OpenLogOf(settings);
  if (!log.ok()) return log.status();
  const auto reader = kafka::TopicRangeReader::Make(std::move(*log), *range);
  if (!reader.ok()) return reader.status();
  if (!(*reader)->deleted().empty()) return NotInTheTopics(**reader, (*reader)->deleted().front());
  if ((*reader)->done()) {
    return Status::Rejected("nothing lies in the topics from " + line.topic_from + " until " + line.topic_until +
                            "; give another --topic-from or --topic-until");
  }
  return TextOfTopics((*reader)->positions(), (*reader)->ranges());
}

// Whether it came to the end.
Result<bool> Archive(const ReplayLine& line, const kafka::TopicRange& range, const config::Settings& settings,
                     const std::string& folder, const std::atomic<bool>& stop) {
  const kafka::WorkerOptions worker = MakeLiveRunOptions(settings).worker;
  archive::RecordFiler filer(worker);
  Result<std::unique_ptr<archive::ArchiveFolder>> opened = archive::ArchiveFolder::Open(folder, &filer);
  if (!opened.ok()) return opened.status();
  Result<std::unique_ptr<kafka::TopicLog>> log = OpenLogOf(settings);
  if (!log.ok()) return log.status();
  archive::ArchiveOptions options;
  options.from = range.from;
  options.until = range.until;
  const std::unique_ptr<embedded::ProgressListener> progress = ProgressOnTerminal(line.quiet);
  options.progress = progress.get();
  const SystemClock clock;
  auto archiver = archive::Archiver::Make(options, worker.input_topics, std::move(*log), opened->get(), &clock, &stop);
  if (!archiver.ok()) return archiver.status();
  const Result<archive::ArchiveSummary> done = (*archiver)->Run();
  if (!done.ok()) return done.status();
  return !done->stopped;
}

// That all of the range is there. How many of it are records; a warning says that others are none.
Result<uint64_t> CheckFetched(const std::string& folder) {
  const Result<archive::ArchiveReport> report = archive::CheckArchive(folder);
  if (!report.ok()) return report.status();
  if (!report->problems.empty()) {
    return Status::Rejected("what was read of the topics, " + folder + ", is not whole: " + report->problems.front() +
                            ". Begin behind what is missing, with another --state and --output");
  }
  uint64_t records = 0, aside = 0;
  for (const auto& [key, place] : report->places) {
    records += place.records;
    aside += place.aside;
  }
  if (aside > 0) {
    telemetry::LogWarning("records of the topics that no run can read: " + embedded::GroupDigits(aside) + ", in " +
                          folder + "/aside");
  }
  return records;
}

// By partition, what there is of it in `range`, which has offsets alone.
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

std::string TopicsIdentity(const ReplayLine& line, const config::Settings& settings) {
  return IdentityOfTopics(line.topic_from, line.topic_until, MakeLiveRunOptions(settings).worker.input_topics);
}

Result<std::vector<std::string>> FetchTopics(const ReplayLine& line, const config::Settings& settings,
                                             const std::string& folder, replay::CheckpointFile* checkpoint,
                                             const std::atomic<bool>& stop) {
  replay::Checkpoint reached = checkpoint == nullptr ? replay::Checkpoint() : checkpoint->checkpoint();
  if (reached.position.empty()) {
    Result<std::string> fixed = FixRange(line, settings);
    if (!fixed.ok()) return fixed.status();
    reached.position = std::move(*fixed);
    if (checkpoint != nullptr) LP_RETURN_IF_ERROR(checkpoint->Save(reached));
    CrashPoint("replay_range_fixed");
  }
  if (!reached.done) {
    const Result<kafka::TopicRange> range = TopicsOfText(reached.position);
    if (!range.ok()) return range.status();
    const Result<bool> whole = Archive(line, *range, settings, folder, stop);
    if (!whole.ok()) return whole.status();
    if (!*whole) return std::vector<std::string>();
    LP_RETURN_IF_ERROR(CheckFetched(folder).status());
    reached.done = true;
    if (checkpoint != nullptr) LP_RETURN_IF_ERROR(checkpoint->Save(reached));
    CrashPoint("replay_range_fetched");
  }
  return input::FilesOf({folder});
}

Result<std::vector<PlacedFile>> FetchEachPartition(const ReplayLine& line, const config::Settings& settings,
                                                   const std::string& folder, uint32_t partition_count,
                                                   const std::vector<uint32_t>& absent, const std::atomic<bool>& stop) {
  const Result<std::string> fixed = FixRange(line, settings);
  if (!fixed.ok()) return fixed.status();
  const Result<kafka::TopicRange> range = TopicsOfText(*fixed);
  if (!range.ok()) return range.status();
  std::vector<PlacedFile> placed;
  for (const auto& [partition, part] : ByPartition(*range)) {
    if (std::ranges::binary_search(absent, partition.value)) continue;
    if (partition.value >= partition_count) {
      return Status::Rejected("the topics have a partition " + std::to_string(partition.value) + ", and --state has " +
                              std::to_string(partition_count) + " in all: give the state of a run on these topics");
    }
    const std::string own = folder + "/" + std::to_string(partition.value);
    const Result<bool> whole = Archive(line, part, settings, own, stop);
    if (!whole.ok()) return whole.status();
    if (!*whole) return std::vector<PlacedFile>();
    const Result<uint64_t> records = CheckFetched(own);
    if (!records.ok()) return records.status();
    if (*records == 0) continue;  // markers, or what is no record
    const Result<std::vector<std::string>> files = input::FilesOf({own});
    if (!files.ok()) return files.status();
    for (const std::string& path : *files) placed.push_back({path, partition});
  }
  if (!placed.empty()) return placed;
  return Status::Rejected("no record lies in the topics from " + line.topic_from + " until " + line.topic_until +
                          " in the partitions that --state holds; give another --topic-from or --topic-until");
}

}  // namespace leadpulse::tools
