// leadpulse run --config: runs on Kafka until it is stopped.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::tools {

// Reads the settings and runs. Returns an ExitCode. Prints wrong settings with line and column before it changes
// anything. `accept_clock`: this machine's clock is believed even if it is far from the state's.
Result<int> RunLive(const std::string& config_path, bool accept_clock);

}  // namespace leadpulse::tools
