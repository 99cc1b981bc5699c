// What asks before it does something that cannot be undone.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::tools {

// Rejected where standard input is no terminal, so that nobody can be asked, and --yes was not said. `what` as in
// "say --yes to <what> unasked".
Status CheckCanAsk(bool yes, const std::string& what);

// Asks on standard error and reads one line: y or yes. CheckCanAsk comes first.
bool SaysYes(const std::string& question);

}  // namespace leadpulse::tools
