// A run ends at SIGINT or SIGTERM with everything committed.
#pragma once

#include <atomic>

namespace leadpulse::tools {

// From now on these signals end nothing by themselves, but make the flag true. A wait for standard input ends with
// them.
const std::atomic<bool>& StopOnSignals();

}  // namespace leadpulse::tools
