// What stands in the folder of a rebuild about it: of which state it is made, and how far it has come. The folder holds
// this file, the new state in `state` and the new outputs in `output`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::maintenance {

enum class RebuildStage : uint8_t {
  kUnfinished,  // the history is being read, or was until a kill
  kFinished,    // read to its end: may take the place of the live state
  kSwapping,    // it is being put there; see state_swap.h
  kSwapped,     // it is there
};

struct RebuildRecord {
  RebuildStage stage = RebuildStage::kUnfinished;
  std::string live;  // the directory of the state that it is made of: absolute, without links
  // From kSwapping on: where the live state goes, and the numbers (inodes) by which the two directories are known
  // whatever their names are.
  std::string kept = {};
  uint64_t live_id = 0;
  uint64_t rebuilt_id = 0;
  friend bool operator==(const RebuildRecord&, const RebuildRecord&) = default;
};

std::string RebuiltState(const std::string& folder);
std::string RebuiltOutput(const std::string& folder);

// Nothing: there is no such file. Fatal: it cannot be read, is damaged or of a later program.
Result<std::optional<RebuildRecord>> ReadRebuildRecord(const std::string& folder);
// What a kill leaves of the very first record: until it is there the folder counts as free.
Status RemoveTornRebuildRecord(const std::string& folder);
// Durable after it; at any moment there is the old or the new one.
Status WriteRebuildRecord(const std::string& folder, const RebuildRecord& record);

}  // namespace leadpulse::maintenance
