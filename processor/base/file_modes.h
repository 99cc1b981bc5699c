// Who may read what the process makes.
#pragma once

#include <sys/types.h>

namespace leadpulse {

// States and backups belong to their owner alone: they hold everything that is known about a lead.
inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPrivateDirectory = 0700;

// Limits all other files that the process makes to 0640 and directories to 0750, or to less where the umask is
// stricter. Call it once, at the start of the process, before it makes a file.
void KeepOthersOut();

}  // namespace leadpulse
