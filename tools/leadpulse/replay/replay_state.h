// A replay into a state: a fresh one, or a copy that shows what would change.
#pragma once

#include "tools/leadpulse/replay/replay_options.h"

namespace leadpulse::tools {

// `leadpulse run` on what is selected. A state that was begun by other arguments is refused. Gives an ExitCode.
int ReplayIntoState(const ReplayLine& line);

// What the records would change in --state, of which a copy beside it takes them and is removed again. Gives an
// ExitCode.
int DryRunReplay(const ReplayLine& line);

}  // namespace leadpulse::tools
