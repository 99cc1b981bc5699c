// Time zones by name.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

namespace leadpulse {

// Loads the zone of the IANA database with that name: `Europe/Berlin`. nullopt if the database lacks it. Names may come
// from anywhere: unknown ones cost no memory, and no other file is read. Thread-safe.
std::optional<absl::TimeZone> LoadTimeZone(const std::string& name);

}  // namespace leadpulse
