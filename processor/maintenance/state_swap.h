// Puts a rebuilt state in the place of the live one by renames. After a kill or a power cut at any moment, both are
// whole, and the same call does the rest.
//
// First the record of the rebuild says what will happen (kSwapping). Then one step exchanges the two directories, and
// the old state gets its new name. If the file system cannot exchange two names, the live state is moved away, then the
// rebuilt one is moved to its place. Between these two renames, the live path has no state, and a run would start with
// an empty one; it refuses to if its outputs are not empty.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"

namespace leadpulse::maintenance {

// ---- the record in the folder of a rebuild: which state is rebuilt, and how far the rebuild has come ----

// The folder holds the record's file, the new state in `state` and the new outputs in `output`.
enum class RebuildStage : uint8_t {
  kUnfinished,  // the history is being read, or was when the process was killed
  kFinished,    // the history is read: the new state may replace the live one
  kSwapping,    // it is replacing the live state; see above
  kSwapped,     // it has replaced the live state
};

struct RebuildRecord {
  RebuildStage stage = RebuildStage::kUnfinished;
  std::string live;  // the directory of the live state: absolute, without links
  // From kSwapping on: where the live state is moved, and the inodes that identify the two directories under any name.
  std::string moved_to = {};
  uint64_t live_id = 0;
  uint64_t rebuilt_id = 0;
  friend bool operator==(const RebuildRecord&, const RebuildRecord&) = default;
};

std::string RebuiltState(const std::string& folder);
std::string RebuiltOutput(const std::string& folder);

// Reads the record; nullopt if the file is missing. Fatal: it cannot be read, is damaged, or was written by a later
// program.
Result<std::optional<RebuildRecord>> ReadRebuildRecord(const std::string& folder);
// Removes the remains of a first record that a kill cut off. A folder without a record counts as free.
Status RemoveTornRebuildRecord(const std::string& folder);
// Writes the record; durable on return. At any moment the file has the old or the new record.
Status WriteRebuildRecord(const std::string& folder, const RebuildRecord& record);

// ---- the swap ----

struct SwapOptions {
  std::string live;    // the directory of the live state
  std::string folder;  // folder of the rebuild
  Instant now;         // part of the live state's new name
  // Checks whether the rebuilt state may replace the live one. Called while no process can write to either; not called
  // again if an earlier call was killed after it had moved one.
  std::function<Status(const RebuildRecord& record)> check;
  bool exchange = true;  // false: act as if the file system could not, for tests
};

// Swaps the states. Returns the record, now kSwapped. Rejected: the folder has no finished rebuild of that state, or
// the two are on different file systems. Retriable: a process has one of them open. Other errors are those of `check`.
Result<RebuildRecord> SwapStates(const SwapOptions& options);

// Returns the path as in the record: absolute, without links.
Result<std::string> WholePath(const std::string& path);

}  // namespace leadpulse::maintenance
