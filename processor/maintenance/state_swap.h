// A rebuilt state put in the place of the live one, by renaming, so that a kill or a power cut at any moment leaves
// both whole and the rest to be done by the same call.
//
// The record of the rebuild says first what is to be done (kSwapping). Then the two directories change places in one
// step, and the old one gets the name under which it is kept. Where the file system cannot exchange two names, the live
// one is moved away and the rebuilt one into its place: between these two renames there is no state at the live path,
// and a run there would begin with an empty one; that is refused where its outputs hold something.
#pragma once

#include <functional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/maintenance/rebuild_record.h"

namespace leadpulse::maintenance {

struct SwapOptions {
  std::string live;    // the directory of the live state
  std::string folder;  // of the rebuild
  Instant now;         // part of the name under which the live state is kept
  // Whether the rebuilt state may take the other's place; asked while no process can write to either. Not asked
  // where an earlier call was killed after it had moved something.
  std::function<Status(const RebuildRecord& record)> check;
  bool exchange = true;  // false: as where the file system cannot, for tests
};

// Returns the record, now kSwapped. Rejected: the folder holds no finished rebuild of that state, or the two lie on
// different file systems. Retriable: a process has one of them open. Errors of `check`.
Result<RebuildRecord> SwapStates(const SwapOptions& options);

// The path as the record has it: absolute, without links.
Result<std::string> WholePath(const std::string& path);

}  // namespace leadpulse::maintenance
