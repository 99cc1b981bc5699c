// Functions for files that survive a power cut: names and bytes are on the disk when a call returns.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse {

// Returns the fatal error for `errno`: `path` cannot be `what` (`written`), and what to do.
Status FileFailure(const std::string& path, const std::string& what);

// Returns the directory part of a path; `.` if it has none.
std::string DirectoryOf(const std::string& path);
// Makes the names in the directory durable.
Status SyncDirectory(const std::string& path);
// Creates a directory and its parents if they are missing, and makes their names durable. `mode`, less the umask,
// applies to the last one.
Status CreateDirectory(const std::string& path, mode_t mode = 0777);
// Truncates an open file after its last line end, and moves its position there. Not durable by itself.
Status CutOffTornLine(int descriptor, const std::string& path);
// Writes all bytes.
Status WriteAll(int descriptor, std::string_view bytes, const std::string& path);

}  // namespace leadpulse
