// Questions to the person at the terminal, stop signals, and progress.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/files/progress.h"

namespace leadpulse::tools {

// Checks that a question can be asked. Rejected if standard input is not a terminal and --yes was not given. `what` as
// in "say --yes to <what> unasked".
Status CheckCanAsk(bool yes, const std::string& what);

// Asks on standard error and reads one line: y or yes. Call CheckCanAsk first.
bool SaysYes(const std::string& question);

// Returns a flag that the stop signals set from now on. They also end a wait for standard input.
const std::atomic<bool>& StopOnSignals();

// Sleeps for `wait`, or until `stop` is true.
void Pause(std::chrono::nanoseconds wait, const std::atomic<bool>& stop);

// Returns progress on standard error. Null if it is not a terminal, or for `quiet`.
std::unique_ptr<files::ProgressListener> ProgressOnTerminal(bool quiet);

}  // namespace leadpulse::tools
