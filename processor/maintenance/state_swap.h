// Puts a rebuilt state in the place of the live one by renames. After a kill or a power cut at any moment, both are
// whole, and the same call does the rest.
//
// First the record of the rebuild says what will happen (kSwapping). Then one step exchanges the two directories, and
// the old state gets its new name. If the file system cannot exchange two names, the live state is moved away, and then
// the rebuilt one to its place. Between these two renames, the live path has no state, and a run would begin with an
// empty one; it refuses that if its outputs hold something.
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
  kUnfinished,  // the history is being read, or was until a kill
  kFinished,    // the history is read: the new state may take the place of the live one
  kSwapping,    // it is taking its place; see above
  kSwapped,     // it has taken its place
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

// nullopt if the file is missing. Fatal: it cannot be read, is damaged, or was written by a later program.
Result<std::optional<RebuildRecord>> ReadRebuildRecord(const std::string& folder);
// Removes what a kill left of the very first record. Without a record the folder counts as free.
Status RemoveTornRebuildRecord(const std::string& folder);
// Durable when it returns. At any moment the file has the old or the new record.
Status WriteRebuildRecord(const std::string& folder, const RebuildRecord& record);

// ---- the swap ----

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
