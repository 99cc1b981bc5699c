// Acceptance of a gap: records of an input topic were deleted before they were read, and the partition continues after
// them, with its leads, timers, numbers and definitions unchanged.
//
// A partition's position is stored twice, as the group's offsets and as the last position in lead.journal. One
// transaction changes both. A state directory is a cache and catches up with that position at the next start. If the
// process is killed before the commit, nothing has changed; after the commit, the same call reports that it is done.
#pragma once

#include <chrono>
#include <cstdint>

#include "processor/base/clock.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"

namespace leadpulse::kafka {

// The lost offsets of a partition, `first` to `last`, inclusive.
struct NamedGap {
  InputTopic topic = InputTopic::kEvents;
  PartitionId partition;
  int64_t first = 0;
  int64_t last = 0;
};

enum class GapOutcome : uint8_t { kAccepted, kAcceptedBefore };

// Accepts the gap. Joins the group during the call, so that the transaction is fenced like a worker's. Waits up to
// `timeout` for the group and for pending transactions. Only the names in `options` are used.
//
// Rejected, with nothing changed, if the gap does not exist or has other offsets, the group has other members, or
// lead.state and the group's offsets do not fit. Retriable without a response, or if it is unknown whether the
// transaction was committed; repeat the call to find out.
Result<GapOutcome> AcceptGap(const NamedGap& gap, const WorkerOptions& options, Connection* connection,
                             const Clock& clock, std::chrono::milliseconds timeout);

}  // namespace leadpulse::kafka
