// Files that only their owner may read.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::access {

// Checks a private file. Rejected, with what to do, if it is missing, no regular file, or others have rights to it.
// `advice` says where a right file comes from, such as "restore it from a copy".
Status CheckPrivateFile(const std::string& path, const std::string& advice);
// Reads the whole file, which is small. Rejected as by CheckPrivateFile, and if it is too large.
Result<std::string> ReadPrivateFile(const std::string& path, const std::string& advice);
// Reads a secret that the user made, and removes the white space around it. Rejected as by CheckPrivateFile, and if it
// is shorter than 16 bytes, because nothing limits guesses. Errors say that `option` names `source`.
Result<std::string> ReadSecretFile(const std::string& option, const std::string& path,
                                   const std::string& source = "a file with what `openssl rand -hex 32` prints");

}  // namespace leadpulse::access
