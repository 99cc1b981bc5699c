// Named places at which a crash test ends the process.
#pragma once

#include <string_view>

namespace leadpulse {

// Kills the process with SIGKILL if the environment variable LEADPULSE_CRASH_AT is `name` or `name:n` and this is the
// first or n-th call with that name: nothing is flushed, no destructor runs. Otherwise does nothing. Called a few times
// an epoch and once for each wave of messages between leads, never for each record.
void CrashPoint(std::string_view name);

}  // namespace leadpulse
