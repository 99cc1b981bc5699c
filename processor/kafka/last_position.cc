#include "processor/kafka/last_position.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "processor/kafka/changelog.h"
#include "processor/kafka/delta_log.h"

namespace leadpulse::kafka {
namespace {

// How far before the log's end the search for the last position begins.
constexpr int64_t kFirstLook = 1000;

Status NoteRecord(const ChangelogRecord& record, PositionTopic topic, LogEnd* end) {
  end->has_records = true;
  if (!record.value) return Status::Ok();
  if (topic == PositionTopic::kLeadJournal) {
    LP_ASSIGN_OR_RETURN(Deltas deltas, DecodeDeltas(*record.value));
    if (deltas.position) end->position = std::move(deltas.position);
  } else if (KindOfChangelogKey(record.key) == ChangelogKind::kPosition) {
    LP_ASSIGN_OR_RETURN(end->position, DecodePosition(*record.value));
  }
  return Status::Ok();
}

}  // namespace

Result<LogEnd> ReadLogEnd(PartitionId partition, PositionTopic topic, ChangelogReader* reader,
                          const TryAgain& try_again) {
  const std::string name = topic == PositionTopic::kLeadJournal ? "lead.journal" : "lead.state";
  for (int64_t look = kFirstLook;; look *= 10) {
    LP_ASSIGN_OR_RETURN(const LogBounds bounds, BoundsOf(partition, reader, try_again));
    const int64_t from = std::max(bounds.begin, bounds.end - look);
    LogEnd end;
    LP_RETURN_IF_ERROR(ReadRange(partition, name, {from, bounds.end}, reader, try_again,
                                 [&](const ChangelogRecord& record) { return NoteRecord(record, topic, &end); }));
    if (end.position || from == bounds.begin) return end;
  }
}

Result<std::optional<engine::PartitionPosition>> ReadLastPosition(PartitionId partition, Connection* connection,
                                                                  const TryAgain& try_again) {
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<DeltaReader> deltas, connection->MakeDeltaReader());
  LP_ASSIGN_OR_RETURN(LogEnd end, ReadLogEnd(partition, PositionTopic::kLeadJournal, deltas.get(), try_again));
  if (end.position) return std::move(end.position);
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<ChangelogReader> state, connection->MakeChangelogReader());
  LP_ASSIGN_OR_RETURN(end, ReadLogEnd(partition, PositionTopic::kLeadState, state.get(), try_again));
  return std::move(end.position);
}

}  // namespace leadpulse::kafka
