// The directory of a state, before RocksDB opens it. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse::state {

enum class StateDirectory { kHoldsState, kFree };

// Makes the directory if it is missing and `create` is set. Rejected if there is no state and `create` is not set, or
// if the directory has other files; fatal if remains of a state would be overwritten, or the directory cannot be made.
Result<StateDirectory> PrepareStateDirectory(const std::string& directory, bool create);

// Returns a warning for the user if the directory exists and all users of the machine may read it.
std::optional<std::string> OthersMayRead(const std::string& directory);

// Whether another process has the state open for writing. Does not block.
bool StateIsInUse(const std::string& directory);
// Returns the retriable error that the state is in use, with what to do.
Status StateInUseError(const std::string& directory);

// A lock that prevents other processes from opening a state for writing while its directory is moved. The lock stays
// with the directory when it is renamed. Released by the destructor, or when this process opens the state for writing
// or calls StateIsInUse.
class StateLock {
 public:
  // Takes the lock. Retriable if another process has the state open, rejected if there is no state.
  static Result<std::unique_ptr<StateLock>> Take(const std::string& directory);

 private:
  friend Status RemoveState(const std::string& directory);
  static Result<std::unique_ptr<StateLock>> Lock(const std::string& directory);
  explicit StateLock(FileDescriptor file) : file_(std::move(file)) {}
  const FileDescriptor file_;
};

// Removes a state that can be rebuilt, but not its directory. After a kill, the next PrepareStateDirectory with
// `create` completes it. Retriable if another process has the state open.
Status RemoveState(const std::string& directory);

// Whether there are table files. If so, there was a state here, even if other files are missing.
bool HoldsTableFiles(const std::string& directory);

// Returns what is in a directory; nothing if it cannot be read.
std::vector<std::filesystem::path> PathsIn(const std::filesystem::path& directory);
// Returns the bytes of all files in the directory, or of all that are not tables.
uint64_t BytesOfFiles(const std::string& directory, bool with_tables);

// The advice for a damaged state: the end of every message about one.
inline constexpr char kDamageAdvice[] =
    "Restore a backup (leadpulse state restore), or rebuild it from its input in a new --state directory.";

// Returns the error "there is no state in …", with what to do.
Status MissingStateError(const std::string& directory);

}  // namespace leadpulse::state
