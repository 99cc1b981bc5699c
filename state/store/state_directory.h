// The directory of a state, before RocksDB sees it. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::state {

enum class StateDirectory { kHoldsState, kFree };

// Makes the directory where `create` and it is missing. Rejected where there is no state and none is to be made, or
// where one would be made beside somebody else's files; fatal where the remains of one would be overwritten, or the
// directory cannot be made.
Result<StateDirectory> PrepareStateDirectory(const std::string& directory, bool create);

// A warning for the user where the directory is there and all users of the machine may read it.
std::optional<std::string> OthersMayRead(const std::string& directory);

// Whether another process has the state open for writing. Changes nothing, and waits for nobody.
bool StateIsInUse(const std::string& directory);
// Retriable, with what to do.
Status StateInUseError(const std::string& directory);

// Keeps other processes from opening a state for writing, as one that has it open does, while its directory is moved.
// It stays with the directory under whatever name. Given up with this, or as soon as this process opens the state for
// writing or asks StateIsInUse of it.
class StateLock {
 public:
  // Retriable: another process has it open. Rejected: there is no state.
  static Result<std::unique_ptr<StateLock>> Take(const std::string& directory);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  friend Status RemoveState(const std::string& directory);
  static Result<std::unique_ptr<StateLock>> Lock(const std::string& directory);
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

// Removes a state that can be made again, and leaves the directory. Killed in the middle, the next
// PrepareStateDirectory that may create finishes it. Retriable: another process has it open.
Status RemoveState(const std::string& directory);

// Whether there are table files: a state was made here, whatever its other files say.
bool HoldsTableFiles(const std::string& directory);

// What to do of a damaged state, the end of every message that says that it is.
inline constexpr char kDamageAdvice[] =
    "Restore a backup (leadpulse state restore), or build it anew from its input in a new --state directory.";

// "there is no state in …", with what to do.
Status MissingStateError(const std::string& directory);

}  // namespace leadpulse::state
