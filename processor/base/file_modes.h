// Permissions of the files that the process makes, and checks of those it is given.
#pragma once

#include <sys/types.h>

#include <string>

namespace leadpulse {

// States and backups are readable by their owner only: they hold all data about a lead.
inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPrivateDirectory = 0700;

// Limits all other files that the process makes to 0640 and directories to 0750, or less if the umask is stricter.
// Called once, at the start of the process, before it makes a file.
void KeepOthersOut();

// Whether the file or directory exists and has any of these permission bits, for example S_IRGRP | S_IROTH.
bool GivesRights(const std::string& path, mode_t rights);

}  // namespace leadpulse
