// A file that is only appended to and synced. Tests replace it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::receiver {

// Owned and called by one thread. After a failed call, it is unknown which bytes since the last Sync are in the file.
class AppendedFile {
 public:
  virtual ~AppendedFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Sync() = 0;
};

// Records of leads are readable only by this user and group.
inline constexpr mode_t kAppendedMode = 0640;

// Creates the file if it is missing, and makes its name durable. Existing content stays.
using OpenAppended = std::function<Result<std::unique_ptr<AppendedFile>>(const std::string& path)>;
Result<std::unique_ptr<AppendedFile>> OpenAppendedOnDisk(const std::string& path);

// Cuts off a torn last line. Returns the size of the file then; 0 if it does not exist.
Result<uint64_t> CutOffTornEnd(const std::string& path);

}  // namespace leadpulse::receiver
