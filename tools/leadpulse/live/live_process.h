// leadpulse run --config: runs on Kafka until it is stopped.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::tools {

// Reads the settings and runs. Returns an ExitCode. Prints wrong settings with line and column before it changes
// anything.
Result<int> RunLive(const std::string& config_path);

}  // namespace leadpulse::tools
