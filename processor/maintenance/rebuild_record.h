// The record in the folder of a rebuild: which state is rebuilt, and how far the rebuild has come. The folder holds
// this file, the new state in `state` and the new outputs in `output`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::maintenance {

enum class RebuildStage : uint8_t {
  kUnfinished,  // the history is being read, or was until a kill
  kFinished,    // the history is read: the new state may take the place of the live one
  kSwapping,    // it is taking its place; see state_swap.h
  kSwapped,     // it has taken its place
};

struct RebuildRecord {
  RebuildStage stage = RebuildStage::kUnfinished;
  std::string live;  // the directory of the live state: absolute, without links
  // From kSwapping on: where the live state is moved, and the inodes that identify the two directories under any name.
  std::string kept = {};
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

}  // namespace leadpulse::maintenance
