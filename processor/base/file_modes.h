// Who may read what the process makes.
#pragma once

#include <sys/types.h>

namespace leadpulse {

// Of a state and its backups: the owner's alone, for they hold everything that is known of a lead.
inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPrivateDirectory = 0700;

// From now on all else is made for the owner and to be read by the group: 0640 and 0750, or less where the umask was
// stricter. Called once, at the start of the process, before any file is made.
void KeepOthersOut();

}  // namespace leadpulse
