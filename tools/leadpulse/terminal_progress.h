// Signs of life for who watches a command at a terminal.
#pragma once

#include <memory>

#include "processor/embedded/progress.h"

namespace leadpulse::tools {

// On standard error. Null: it is no terminal, or `quiet` is asked for.
std::unique_ptr<embedded::ProgressListener> ProgressOnTerminal(bool quiet);

}  // namespace leadpulse::tools
