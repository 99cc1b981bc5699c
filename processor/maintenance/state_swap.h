// Puts a rebuilt state in the place of the live one by renames. After a kill or a power cut at any moment, both are
// whole, and the same call does the rest.
//
// First the record of the rebuild says what will happen (kSwapping). Then one step exchanges the two directories, and
// the old state gets its new name. If the file system cannot exchange two names, the live state is moved away, and then
// the rebuilt one to its place. Between these two renames, the live path has no state, and a run would begin with an
// empty one; it refuses that if its outputs hold something.
#pragma once

#include <functional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/maintenance/rebuild_record.h"

namespace leadpulse::maintenance {

struct SwapOptions {
  std::string live;    // the directory of the live state
  std::string folder;  // the rebuild's
  Instant now;         // part of the live state's new name
  // Whether the rebuilt state may take the place of the live one. Called while no process can write to either; not
  // called if an earlier call was killed after it had moved one.
  std::function<Status(const RebuildRecord& record)> check;
  bool exchange = true;  // false: as if the file system could not, for tests
};

// Returns the record, now kSwapped. Rejected: the folder has no finished rebuild of that state, or the two are on
// different file systems. Retriable: a process has one of them open. Other errors are those of `check`.
Result<RebuildRecord> SwapStates(const SwapOptions& options);

// The path as in the record: absolute, without links.
Result<std::string> WholePath(const std::string& path);

}  // namespace leadpulse::maintenance
