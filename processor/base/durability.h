// What every file that must survive a power cut needs: names and bytes that are on the disk when a call returns.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse {

// Fatal, from `errno`: `path` cannot be `what` (`written`), and what to do.
Status FileFailure(const std::string& path, const std::string& what);

// The directory that a path lies in; `.` for a mere name.
std::string DirectoryOf(const std::string& path);
// The names in it are durable after this.
Status SyncDirectory(const std::string& path);
// Creates a directory where there is none, also those above it, and makes its name durable. `mode`, less the umask, is
// that of a new one at the end of the path.
Status CreateDirectory(const std::string& path, mode_t mode = 0777);
// Cuts off what stands behind the last line end of an open file, and leaves its position there. Not durable by itself.
Status CutOffTornLine(int descriptor, const std::string& path);
// Writes all bytes.
Status WriteAll(int descriptor, std::string_view bytes, const std::string& path);

}  // namespace leadpulse
