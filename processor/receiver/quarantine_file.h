// What nobody made a record of, as lines for a person to look at: up to a size, for a stranger may post what he likes.
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
  // A last line that is torn is cut off.
  static Result<std::unique_ptr<QuarantineFile>> Open(const std::string& path, uint64_t most_bytes,
                                                      const OpenAppended& open);

  // Lines with their ends. As many as there is room for, from the first; false: not all of them.
  Result<bool> Append(std::string_view lines);
  // Does nothing where nothing was appended.
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
