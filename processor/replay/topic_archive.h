// A range of the input topics as files, for a replay into a state: an archive of that range and of nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/files/progress.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/worker.h"
#include "processor/replay/checkpoint.h"

namespace leadpulse::replay {

// In --output: the archive of a replay into a state.
inline constexpr char kTopicsFolder[] = "topics";

// Makes a progress listener for one archive; null if there is none.
using MakeProgress = std::function<std::unique_ptr<files::ProgressListener>()>;

// A range of the input topics, and where they are.
struct TopicSource {
  std::string from = "beginning", until = "end";  // as ParseTopicRange takes them
  kafka::ConnectionOptions connection;
  kafka::WorkerOptions worker;  // the names of the topics, and how records are encoded
  MakeProgress progress;
};

// Makes the archive in `folder` and gives its files in order; none if it was stopped. After a stop or a kill, the same
// call continues, up to the end that the topics had at the first call. `checkpoint` stores that end; once the archive
// is complete it is `done`, and no broker is needed any more. Null for an archive that is not continued. Rejected: the
// range is empty, or the topics no longer have all of it. Other errors are those of archive::ArchiveTopics.
Result<std::vector<std::string>> FetchTopics(const TopicSource& source, const std::string& folder,
                                             CheckpointFile* checkpoint, const std::atomic<bool>& stop);

struct PlacedFile {
  std::string path;
  PartitionId partition;  // all its records have it
};

// Works as FetchTopics without a checkpoint, with a file for each partition below `partition_count`, except those in
// `absent` (ascending). Rejected also: the topics have more partitions.
Result<std::vector<PlacedFile>> FetchEachPartition(const TopicSource& source, const std::string& folder,
                                                   uint32_t partition_count, const std::vector<uint32_t>& absent,
                                                   const std::atomic<bool>& stop);

}  // namespace leadpulse::replay
