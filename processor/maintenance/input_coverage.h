// Checks that a rebuilt state has read everything that the live state has read, before it takes its place.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/input_progress.h"
#include "state/store/lead_store.h"

namespace leadpulse::maintenance {

using InputPositions = std::map<std::string, input::InputProgress>;  // by path as given

// The committed positions of a run on files. Rejected: there is no state.
Result<InputPositions> ReadInputPositions(const std::string& state_directory);

struct InputCoverage {
  // Inputs that were read from another path, or with another compression. Their bytes are the same, so their positions
  // hold for the wanted path, too.
  InputPositions elsewhere;
  // Paths that were read less far than wanted, or not at all, ascending.
  std::vector<std::string> missing;
};

// Compares `wanted` with `reached`. If an input was read further than wanted, reads the file up to the wanted position
// to check that its beginning has not changed. Rejected: it has changed. Empty if `stop` became true.
Result<InputCoverage> CoverInputs(const InputPositions& wanted, const InputPositions& reached,
                                  const std::atomic<bool>& stop);

// Stores the positions as if the state had read these paths, so that the next run does not read them again.
Status RecordPositions(const InputPositions& positions, state::LeadStore* store);

}  // namespace leadpulse::maintenance
