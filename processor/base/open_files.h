// How many files this process may have open at once. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace leadpulse {

// Raises the soft limit to the hard one, which needs no right. Called once, at the start of the process.
void RaiseOpenFileLimit();

// The soft limit.
uint64_t OpenFileLimit();

// What to add to the message about a failed system call: where `error` is EMFILE or ENFILE, the limit that was met and
// how to raise it; else nothing. Begins with a space.
std::string OpenFileAdvice(int error);

}  // namespace leadpulse
