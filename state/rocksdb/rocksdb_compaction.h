// Rewrites a state so that its files contain no removed or replaced rows.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::state {

struct CompactedState {
  uint64_t bytes_before = 0;  // the size of all files
  uint64_t bytes_after = 0;
};

// Rewrites all tables, replaces log and manifest and removes RocksDB's own LOG: removed or replaced rows stay in table
// files until RocksDB compacts these, and the smallest and largest key of a table stay in the manifest. Needs free room
// for a second copy of the tables. After a kill the state is unchanged, and the same call completes the work. Retriable
// if another process has the state open. Rejected or fatal as OpenRocksDbLeadStore; fatal also if there is not enough
// room.
Result<CompactedState> CompactState(const std::string& directory);

}  // namespace leadpulse::state
