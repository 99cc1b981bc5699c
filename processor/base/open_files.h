// The number of files this process may have open at once. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace leadpulse {

// Raises the soft limit to the hard one, which needs no privilege. Called once, at the start of the process.
void RaiseOpenFileLimit();

// Returns the soft limit.
uint64_t OpenFileLimit();

// Returns an addition to the message about a failed system call: for EMFILE and ENFILE the limit and how to raise it,
// beginning with a space; otherwise empty.
std::string OpenFileAdvice(int error);

}  // namespace leadpulse
