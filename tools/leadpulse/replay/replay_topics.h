// A range of the input topics as files, for a replay into a state: an archive of that range and of nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.h"
#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/replay/checkpoint.h"
#include "tools/leadpulse/replay/replay_options.h"

namespace leadpulse::tools {

// In --output: the archive of a replay into a state.
inline constexpr char kTopicsFolder[] = "topics";

// What the range of the line is known again by.
std::string TopicsIdentity(const ReplayLine& line, const config::Settings& settings);

// The archive's files, in their order, made in `folder`; none: it was stopped. The same call goes on where one was
// stopped or killed, up to the end that the topics had at first: `checkpoint` keeps that, and once all of it is there
// it is `done` and no broker is asked any more. Null: for one that nobody goes on with. Rejected: nothing lies in the
// range, or not all of it is there any more. Else as of archive::Archiver.
Result<std::vector<std::string>> FetchTopics(const ReplayLine& line, const config::Settings& settings,
                                             const std::string& folder, replay::CheckpointFile* checkpoint,
                                             const std::atomic<bool>& stop);

struct PlacedFile {
  std::string path;
  PartitionId partition;  // that all its records stand in
};

// As FetchTopics for what nobody goes on with, each of the partitions below `partition_count` for itself, but for those
// that are `absent` (ascending). Rejected also: the topics have more partitions.
Result<std::vector<PlacedFile>> FetchEachPartition(const ReplayLine& line, const config::Settings& settings,
                                                   const std::string& folder, uint32_t partition_count,
                                                   const std::vector<uint32_t>& absent, const std::atomic<bool>& stop);

}  // namespace leadpulse::tools
