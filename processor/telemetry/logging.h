// The program's log on standard error: text for people, or one JSON object a line for machines.
//
// Do not log a lead's id, address or attribute at level info or above: logs are stored in more places than profiles.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"

namespace leadpulse::telemetry {

// Returns `trace`, `debug`, `info`, `warning`, `error`, `off`, in this order.
const std::vector<std::string>& LogLevels();

// Sets up the log. Call it once at the program's start, before other threads. `json`: one JSON object a line instead of
// text. Rejected if the level is not one of LogLevels().
Status SetUpLogging(const std::string& level, bool json = false);

// A member of a JSON line beside its message, by which a log store selects lines. The text log leaves it out, so the
// message says it as well. The names are these functions', the same in all lines.
struct LogField {
  std::string_view name;
  std::variant<int64_t, std::string_view> value;  // a view into the caller's memory
};
inline LogField PartitionField(PartitionId partition) { return {"partition", int64_t{partition.value}}; }
inline LogField OffsetField(int64_t offset) { return {"offset", offset}; }
inline LogField TopicField(std::string_view topic) { return {"topic", topic}; }
inline LogField TenantField(std::string_view tenant) { return {"tenant", tenant}; }
// Returns the field of the error that the line is about. An empty one is left out, as is an empty text of the others.
inline LogField ErrorField(std::string_view message) { return {"error", message}; }
using LogFields = std::initializer_list<LogField>;  // of different names

// Whether LogDebug writes. Check it before you build a line for each of many records. Thread-safe, as the functions
// below.
bool IsDebugLogged();
void LogDebug(std::string_view message, LogFields fields = {});
void LogInfo(std::string_view message, LogFields fields = {});
void LogWarning(std::string_view message, LogFields fields = {});
void LogError(std::string_view message, LogFields fields = {});

// Returns the line that the JSON format writes for a message; the texts are escaped.
std::string JsonLogLine(std::string_view time, std::string_view level, std::string_view message, LogFields fields = {});

}  // namespace leadpulse::telemetry
