// Replays into a state: a new one, or a copy that shows what would change.
#pragma once

#include "processor/base/status.h"
#include "tools/leadpulse/replay/replay_options.h"

namespace leadpulse::tools {

// Runs `leadpulse run` on the selected records. Rejects a state that other arguments started. Returns an ExitCode.
Result<int> ReplayIntoState(const ReplayLine& line);

// Prints how the records would change --state. A temporary copy beside it reads them. Returns an ExitCode.
Result<int> DryRunReplay(const ReplayLine& line);

}  // namespace leadpulse::tools
