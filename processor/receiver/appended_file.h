// A file that only grows, and tells when what it was given is durable. Tests stand in for it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::receiver {

// Owned and called by one thread. After a failed call nothing is known of what was appended since the last Sync.
class AppendedFile {
 public:
  virtual ~AppendedFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Sync() = 0;
};

// What leads did is for this user and their group.
inline constexpr mode_t kAppendedMode = 0640;

// The file is made where it is missing, its name is durable; what is in it stays.
using OpenAppended = std::function<Result<std::unique_ptr<AppendedFile>>(const std::string& path)>;
Result<std::unique_ptr<AppendedFile>> OpenAppendedOnDisk(const std::string& path);

}  // namespace leadpulse::receiver
