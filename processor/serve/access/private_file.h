// Files that only their owner may read.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::access {

// Rejected, with what to do: it is missing, no regular file, or others have rights to it.
Status CheckPrivateFile(const std::string& path);
// The whole file, which is small. Rejected as by CheckPrivateFile.
Result<std::string> ReadPrivateFile(const std::string& path);
// The secret in a file of the user's, without the white space around it. Rejected as by CheckPrivateFile, or shorter
// than 16 bytes: whoever reaches the port may try as many as it likes. `option` named the file, for the error.
Result<std::string> ReadSecretFile(const std::string& option, const std::string& path);

}  // namespace leadpulse::access
