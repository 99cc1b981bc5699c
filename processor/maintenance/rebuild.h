// Builds a state from the whole history, beside the one that is in use, and puts it in the place of that one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/run.h"
#include "processor/files/summary.h"
#include "processor/maintenance/input_coverage.h"
#include "processor/query/state_access.h"

namespace leadpulse::maintenance {

struct RebuildOptions {
  std::string live;               // the directory of the state in use; only read
  std::vector<std::string> from;  // files, and folders of files
  std::string to;                 // the folder of the rebuild
  // How the history is read. Inputs, output directory and end are set by the rebuild; definitions if they are null:
  // those of the live state.
  files::RunOptions run;
  // Runs with these options on the state in `state`; creates it with `partitions` if it is missing.
  std::function<Result<files::RunSummary>(const files::RunOptions& run, const std::string& state, uint32_t partitions)>
      run_to_end;
};

struct RebuildResult {
  files::RunSummary summary;
  // Inputs of the live state that this history lacks. While there are any, the rebuilt state cannot take its place.
  std::vector<std::string> missing;
};

// Reads the history into a new state, as a run does, up to the clock of the live one. After a stop or a kill, the same
// call continues after the last commit; after its end, it reads what is new. Rejected: the live state is one of the
// live mode, `to` is not empty, or an input changed since the live state read it. Other errors are those of a run.
Result<RebuildResult> Rebuild(const RebuildOptions& options, const query::Warn& warn, const std::atomic<bool>& stop);

struct SwappedState {
  std::string kept;    // where the former state is now
  std::string output;  // the rebuilt state's output directory, for the next run
};

// Puts the rebuilt state in the place of the live one; after a kill, the same call continues. Rejected: the live state
// has read inputs that the rebuilt one has not, or has a later clock. Other errors are those of SwapStates.
Result<SwappedState> SwapIn(const std::string& live, const std::string& folder, bool exchange, const query::Warn& warn,
                            const std::atomic<bool>& stop);

}  // namespace leadpulse::maintenance
