// Files that only their owner may read.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::access {

// Rejected, with what to do: it is missing, no regular file, or others have rights to it.
Status CheckPrivateFile(const std::string& path);
// The whole file, which is small. Rejected as by CheckPrivateFile.
Result<std::string> ReadPrivateFile(const std::string& path);

}  // namespace leadpulse::access
