// Builds a state from the whole history, beside the live state, and swaps it in once it has read everything that the
// live state has read.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/run.h"
#include "processor/files/summary.h"
#include "processor/query/state_access.h"
#include "state/store/lead_store.h"

namespace leadpulse::maintenance {

// ---- the inputs that a state has read ----

using InputPositions = std::map<std::string, input::InputProgress>;  // by path as given

// Returns the committed positions of a run on files. Rejected: there is no state.
Result<InputPositions> ReadInputPositions(const std::string& state_directory);

struct InputCoverage {
  // Inputs that were read from another path, or with another compression. Their bytes are the same, so their positions
  // also hold for the wanted path.
  InputPositions elsewhere;
  // Paths that were read less far than wanted or not at all, ascending.
  std::vector<std::string> missing;
};

// Compares `wanted` with `reached`. If an input was read further than wanted, reads the file up to the wanted position
// to check that its beginning has not changed. Rejected: it has changed. Empty if `stop` became true.
Result<InputCoverage> CoverInputs(const InputPositions& wanted, const InputPositions& reached,
                                  const std::atomic<bool>& stop);

// Stores the positions as if the state had read these paths, so that the next run does not read them again.
Status RecordPositions(const InputPositions& positions, state::LeadStore* store);

// ---- the rebuild ----

struct RebuildOptions {
  std::string live;               // the directory of the state in use; only read
  std::vector<std::string> from;  // files, and folders of files
  std::string to;                 // the folder of the rebuild
  // How the history is read. The rebuild sets inputs, output directory and end. If the definitions are null, it uses
  // those of the live state.
  files::RunOptions run;
  // Runs with these options on the state in `state`; creates it with `partitions` if it is missing.
  std::function<Result<files::RunSummary>(const files::RunOptions& run, const std::string& state, uint32_t partitions)>
      run_to_end;
};

struct RebuildResult {
  files::RunSummary summary;
  // Inputs of the live state that this history lacks. If there are any, the rebuilt state cannot replace it.
  std::vector<std::string> missing;
};

// Reads the history into a new state, as a run does, up to the clock of the live one. After a stop or a kill, the same
// call continues after the last commit; after it finished, the same call reads only what is new. Rejected: the live
// state is one of the live mode, `to` is not empty, or an input changed since the live state read it. Other errors are
// those of a run.
Result<RebuildResult> Rebuild(const RebuildOptions& options, const query::Warn& warn, const std::atomic<bool>& stop);

struct SwappedState {
  std::string moved_to;  // where the former state is now
  std::string output;    // the rebuilt state's output directory, for the next run
};

// Replaces the live state by the rebuilt one; after a kill, the same call continues. Rejected: the live state has read
// inputs that the rebuilt one has not, or has a later clock. Other errors are those of SwapStates.
Result<SwappedState> SwapIn(const std::string& live, const std::string& folder, bool exchange, const query::Warn& warn,
                            const std::atomic<bool>& stop);

}  // namespace leadpulse::maintenance
