// The end of a segment whose receiver was killed.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::receiver {

// Cuts off a torn last line of the journal and makes the segment equal to it: what it lacks is appended, what differs
// is written over. Both are durable then, but for their names. A segment without a line is not made. Rejected: the
// segment is longer than its journal.
Status CopyJournal(const std::string& journal, const std::string& segment);

}  // namespace leadpulse::receiver
