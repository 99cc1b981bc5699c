// Rewrites a state so that its files hold what the state holds and nothing of before.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::state {

struct CompactedState {
  uint64_t bytes_before = 0;  // of all files
  uint64_t bytes_after = 0;
};

// Rows that were removed or replaced stay in table files until RocksDB compacts these, and the keys at both ends of a
// table in the manifest. This rewrites all tables, replaces log and manifest and removes RocksDB's own LOG. It takes as
// much room again as the tables do. Killed in the middle, the state is what it was, and the same call does the rest.
// Retriable: another process has the state open. Rejected, fatal: as OpenRocksDbLeadStore; and where there is no room.
Result<CompactedState> CompactState(const std::string& directory);

}  // namespace leadpulse::state
