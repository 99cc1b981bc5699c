// The directory of a state, before RocksDB sees it. Thread-safe.
#pragma once

#include <string>

#include "processor/base/status.h"

namespace leadpulse::state {

enum class StateDirectory { kHoldsState, kFree };

// Makes the directory where `create` and it is missing. Rejected where there is no state and none is to be made;
// fatal where the remains of one would be overwritten, or the directory cannot be made.
Result<StateDirectory> PrepareStateDirectory(const std::string& directory, bool create);

// Whether another process has the state open for writing. Changes nothing, and waits for nobody.
bool StateIsInUse(const std::string& directory);
// Retriable, with what to do.
Status StateInUseError(const std::string& directory);

// Whether there are table files: a state was made here, whatever its other files say.
bool HoldsTableFiles(const std::string& directory);

// "there is no state in …", with what to do.
Status MissingStateError(const std::string& directory);

}  // namespace leadpulse::state
