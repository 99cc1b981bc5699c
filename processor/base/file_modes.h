// Who may read what the process makes, and what it is given.
#pragma once

#include <sys/types.h>

#include <string>

namespace leadpulse {

// States and backups belong to their owner alone: they hold everything that is known about a lead.
inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPrivateDirectory = 0700;

// Limits all other files that the process makes to 0640 and directories to 0750, or to less where the umask is
// stricter. Call it once, at the start of the process, before it makes a file.
void KeepOthersOut();

// Whether the file or directory is there and gives any of these rights, as S_IRGRP | S_IROTH.
bool GivesRights(const std::string& path, mode_t rights);

}  // namespace leadpulse
