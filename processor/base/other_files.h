// Whether a directory that is going to be filled contains foreign files. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "processor/base/status.h"

namespace leadpulse {

// The name of an entry of the directory that is not `ours`; nullopt if there is none, or no directory. Ignores a file
// system's own `lost+found`. Rejected if it is a file or cannot be read.
Result<std::optional<std::string>> FindOtherFile(const std::string& directory, bool (*ours)(const std::string& name));

}  // namespace leadpulse
