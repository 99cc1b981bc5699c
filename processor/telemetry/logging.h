// The program's log on standard error: text for people, or one JSON object a line for machines.
//
// Do not log a lead's id, address or attribute at level info or above: logs are stored in more places than profiles.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::telemetry {

// Returns `trace`, `debug`, `info`, `warning`, `error`, `off`, in this order.
const std::vector<std::string>& LogLevels();

// Sets up the log. Call it once at the program's start, before other threads. `json`: one JSON object a line instead of
// text. Rejected if the level is not one of LogLevels().
Status SetUpLogging(const std::string& level, bool json = false);

// Whether LogDebug writes. Check it before you build a line for each of many records. Thread-safe, as the functions
// below.
bool IsDebugLogged();
void LogDebug(std::string_view message);
void LogInfo(std::string_view message);
void LogWarning(std::string_view message);
void LogError(std::string_view message);

// Returns the line that the JSON format writes for a message; the text is escaped.
std::string JsonLogLine(std::string_view time, std::string_view level, std::string_view message);

}  // namespace leadpulse::telemetry
