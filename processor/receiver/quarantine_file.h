// Stores posts and events that became no record, as lines for a person, up to a size, because strangers may post, too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/receiver/appended_file.h"

namespace leadpulse::receiver {

// Owned and called by one thread.
class QuarantineFile {
 public:
  // Cuts off a torn last line.
  static Result<std::unique_ptr<QuarantineFile>> Open(const std::string& path, uint64_t most_bytes,
                                                      const OpenAppended& open);

  // Appends the first lines that fit; `lines` includes their line ends. False: not all fit.
  Result<bool> Append(std::string_view lines);
  // Does nothing if nothing was appended.
  Status Sync();
  uint64_t bytes() const { return bytes_; }

 private:
  QuarantineFile(std::unique_ptr<AppendedFile> file, uint64_t bytes, uint64_t most_bytes)
      : file_(std::move(file)), bytes_(bytes), most_bytes_(most_bytes) {}

  const std::unique_ptr<AppendedFile> file_;
  uint64_t bytes_;
  const uint64_t most_bytes_;
  bool dirty_ = false;
};

}  // namespace leadpulse::receiver
