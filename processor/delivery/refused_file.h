// The file of batches that the receiver refused: JSON lines, only appended.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/http/client.h"

namespace leadpulse::delivery {

// Owned and called by one thread.
class RefusedFile {
 public:
  // Creates the file if it is missing, readable only by its owner, because changes are personal data.
  static Result<std::unique_ptr<RefusedFile>> Open(const std::string& path);

  // Appends {"at","status","answer","changes":[…]}, durable when it returns. `body`: the posted JSON array.
  Status Append(Instant now, const http::ClientResponse& response, std::string_view body);

 private:
  RefusedFile(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  const FileDescriptor file_;
  bool begins_line_ = true;
};

}  // namespace leadpulse::delivery
