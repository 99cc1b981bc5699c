// Where batches go that the receiver refuses: JSON lines, added to and never overwritten.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/delivery/http_port.h"

namespace leadpulse::delivery {

// Owned and called by one thread.
class RefusedFile {
 public:
  // Made where it is missing, readable by its owner alone: changes tell of persons.
  static Result<std::unique_ptr<RefusedFile>> Open(const std::string& path);
  ~RefusedFile();
  RefusedFile(const RefusedFile&) = delete;
  RefusedFile& operator=(const RefusedFile&) = delete;

  // {"at","status","answer","changes":[…]}, durable after it. `body`: what was posted, a JSON array.
  Status Append(Instant now, const HttpAnswer& answer, std::string_view body);

 private:
  RefusedFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  const std::string path_;
  const int descriptor_;
  bool begins_line_ = true;
};

}  // namespace leadpulse::delivery
