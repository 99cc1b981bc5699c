// A state made anew from the whole history, beside the one that is in use, and put in its place.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/embedded/summary.h"
#include "processor/upkeep/input_coverage.h"

namespace leadpulse::tools {

struct RebuildOptions {
  std::string live;                                        // the directory of the state in use; only read
  std::vector<std::string> from;                           // files, and folders of files
  std::string to;                                          // the folder of the rebuild
  std::shared_ptr<const config::Definitions> definitions;  // null: those of the live state
  uint32_t workers = 0;                                    // as of `run`
  uint32_t memory_mib = 0;
  bool quiet = false;
  uint64_t epoch_records = 0;
};

struct RebuildResult {
  embedded::RunSummary summary;
  // Inputs of the live state that this history does not hold: it cannot take its place yet.
  std::vector<std::string> missing;
};

// Reads the history into a new state, as a run does, up to the clock of the live one. Stopped or killed, it goes on
// where it last committed; called again after its end it reads what is new. Rejected: the live state is one of the live
// mode, `to` is taken, or an input changed since the live state read it. Errors of a run.
Result<RebuildResult> Rebuild(const RebuildOptions& options, const std::atomic<bool>& stop);

struct SwappedState {
  std::string kept;    // where the state of before is now
  std::string output;  // of the rebuilt state, for the next run
};

// Puts the rebuilt state in the place of the live one; the same call goes on where one was killed. Rejected: the live
// state has read what the rebuilt one has not, or its clock stands later; and as of upkeep::SwapStates.
Result<SwappedState> SwapIn(const std::string& live, const std::string& folder, bool exchange,
                            const std::atomic<bool>& stop);

}  // namespace leadpulse::tools
