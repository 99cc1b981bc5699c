// Whether a directory that is to be filled holds what is somebody else's. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "processor/base/status.h"

namespace leadpulse {

// The name of something in the directory that is not `ours`; nothing: there is no such thing, or no directory. A file
// system's own `lost+found` is nobody's. Rejected: it cannot be read.
Result<std::optional<std::string>> FindOtherFile(const std::string& directory, bool (*ours)(const std::string& name));

}  // namespace leadpulse
