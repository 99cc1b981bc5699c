// Turns the copy of a live state into a state that a run on files can continue: for a dry run.
//
// Leads, timers and erasures stay as they are. The position of each partition is replaced by one clock, the latest of
// theirs, at which the run fires the timers that are due.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "state/store/lead_reader.h"

namespace leadpulse::replay {

struct CopyOfFiles {
  bool was_live = false;
  std::vector<uint32_t> absent;  // partitions that other processes hold
};

// Turns the copy in `directory`, which no process has open, into a state of a run on files. `store` is the original; if
// it is not a live state, nothing is done. `places_known`: the partition of each record is known, so a lead may be in
// any partition. Rejected, each with advice: a partition is being restored, definitions are being rolled out, or leads
// are in other partitions than their keys say.
Result<CopyOfFiles> MakeCopyOfFiles(const state::LeadReader& store, const std::string& directory, bool places_known);

}  // namespace leadpulse::replay
