// Writes instants into memory of the caller, for those that write many. FormatRfc3339 (instant.h) returns a string.
#pragma once

#include <cstddef>

#include "processor/base/instant.h"

namespace leadpulse {

inline constexpr size_t kMaxRfc3339Bytes = 24;

// Writes what FormatRfc3339 returns to `out`, which has room for kMaxRfc3339Bytes. Returns the number of bytes.
size_t WriteRfc3339(Instant t, char* out);

}  // namespace leadpulse
