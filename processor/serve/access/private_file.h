// Files that only their owner may read.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::access {

// Rejected, with what to do: it is missing, no regular file, or others have rights to it. `advice`: where a right file
// comes from, such as "restore it from a copy".
Status CheckPrivateFile(const std::string& path, const std::string& advice);
// The whole file, which is small. Rejected as by CheckPrivateFile, and if it is too large.
Result<std::string> ReadPrivateFile(const std::string& path, const std::string& advice);

}  // namespace leadpulse::access
