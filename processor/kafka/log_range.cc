#include "processor/kafka/log_range.h"

#include <chrono>
#include <vector>

namespace leadpulse::kafka {
namespace {

constexpr std::chrono::milliseconds kRangeWait{100};

}  // namespace

Result<LogBounds> BoundsOf(PartitionId partition, ChangelogReader* reader, const TryAgain& try_again) {
  while (true) {
    Result<LogBounds> bounds = reader->Bounds(partition);
    if (bounds.ok() || bounds.status().kind() != ErrorKind::kRetriable || !try_again()) return bounds;
  }
}

Status ReadRange(PartitionId partition, const std::string& topic, const LogBounds& range, ChangelogReader* reader,
                 const TryAgain& try_again, const std::function<Status(const ChangelogRecord& record)>& take) {
  LP_RETURN_IF_ERROR(reader->Start(partition, range.begin));
  std::vector<ChangelogRecord> records;
  for (int64_t reached = range.begin; reached < range.end;) {
    const Result<int64_t> read = reader->Read(kRangeWait, &records);
    if (!read.ok() && read.status().kind() != ErrorKind::kRetriable) return read.status();
    const bool has_advanced = read.ok() && *read > reached;
    if (!has_advanced && !try_again()) {
      if (!read.ok()) return read.status();
      return Status::Retriable("could not read " + topic + " [" + std::to_string(partition.value) +
                               "] to its end: it is at offset " + std::to_string(reached) + " of " +
                               std::to_string(range.end) + ", where a transaction may be open; run the command again");
    }
    if (!has_advanced) continue;
    reached = *read;
    for (const ChangelogRecord& record : records) LP_RETURN_IF_ERROR(take(record));
  }
  reader->Stop(partition);
  return Status::Ok();
}

}  // namespace leadpulse::kafka
