// leadpulse run --config: on Kafka, until it is stopped.
#pragma once

#include <string>

namespace leadpulse::tools {

// Reads the settings and does what they say. Gives an ExitCode; wrong settings are printed, each with line and column,
// before anything is touched.
Result<int> RunLive(const std::string& config_path);

}  // namespace leadpulse::tools
