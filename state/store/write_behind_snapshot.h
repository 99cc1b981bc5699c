// A snapshot of a store that writes behind: all commits up to a moment. For write_behind_store.cc only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "state/store/lead_reader.h"
#include "state/store/pending_writes.h"

namespace leadpulse::state {

// Merged commits that do not change while somebody has them.
using SharedWrites = std::shared_ptr<const PendingWrites>;

// Makes a snapshot from one of the underlying store and, by partition, what was not written then, newest first. The
// oldest of these may be in the store already. Thread-safe.
std::unique_ptr<const LeadReader> MakeWriteBehindSnapshot(std::unique_ptr<const LeadReader> store,
                                                          std::vector<std::vector<SharedWrites>> unwritten,
                                                          uint64_t last_write);

}  // namespace leadpulse::state
