// Reads a range of one partition of lead.state, lead.journal or lead.exchange, for commands that look at a stopped
// deployment.
#pragma once

#include <functional>
#include <string>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

// Pauses before a call is made again. Returns false to give up.
using TryAgain = std::function<bool()>;

// Returns the bounds of a partition. Repeats the call after retriable errors.
Result<LogBounds> BoundsOf(PartitionId partition, ChangelogReader* reader, const TryAgain& try_again);

// Calls `take` with the committed records in `range`, and waits for open transactions there. `topic` is its name for
// the error. Retriable if an open transaction or the cluster made it give up.
Status ReadRange(PartitionId partition, const std::string& topic, const LogBounds& range, ChangelogReader* reader,
                 const TryAgain& try_again, const std::function<Status(const ChangelogRecord& record)>& take);

}  // namespace leadpulse::kafka
