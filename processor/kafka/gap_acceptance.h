// Accepts that records of an input topic were deleted before they were read: the partition goes on behind them, with
// its leads, timers, numbers and definitions as they are.
//
// A partition's position stands in two places, the group's offsets and the last position in lead.state, and both change
// in one transaction. A state directory is a cache of lead.state: it is behind by that position, and catches up at the
// next start. Whoever is killed before the commit has changed nothing; after it, the same call says that it is done.
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

// Offsets `first` to `last` of a partition, both lost.
struct NamedGap {
  InputTopic topic = InputTopic::kEvents;
  PartitionId partition;
  int64_t first = 0;
  int64_t last = 0;
};

enum class GapOutcome : uint8_t { kAccepted, kAcceptedBefore };

// Joins the group, for the time of the call, so that the transaction is fenced like a worker's. Waits up to `patience`
// for the group and for transactions under way. Of `options` the names count.
//
// Rejected, and nothing has changed: the gap is another one than that named, or none; the group has other members;
// lead.state and the group's offsets do not fit together. Retriable: nobody answered, or whether it was committed is
// not known; the same call finds out.
Result<GapOutcome> AcceptGap(const NamedGap& gap, const WorkerOptions& options, Connection* connection,
                             const Clock& clock, std::chrono::milliseconds patience);

}  // namespace leadpulse::kafka
