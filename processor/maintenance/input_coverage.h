// Whether a state has read all that another one has: for a rebuilt state that is to go on in the place of the live one.
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

// How far a state of a run on files has read, as last committed. Rejected: there is no state.
Result<InputPositions> ReadInputPositions(const std::string& state_directory);

struct InputCoverage {
  // Inputs that were read from another path, or in another compression: byte for byte the same, so what was read of the
  // one is read of the other.
  InputPositions elsewhere;
  // Of which less was read, or nothing: by path, ascending.
  std::vector<std::string> missing;
};

// Holds `wanted` against `reached`. Where more was read of an input than is wanted, reads the file up to there, to see
// that it still begins so. Rejected: it does not. An empty answer where `stop` became true meanwhile.
Result<InputCoverage> CoverInputs(const InputPositions& wanted, const InputPositions& reached,
                                  const std::atomic<bool>& stop);

// Puts positions on record, as if the state had read these paths: the next run does not read them again.
Status RecordPositions(const InputPositions& positions, state::LeadStore* store);

}  // namespace leadpulse::maintenance
