// The files of jobs, in a directory that only their owner can enter: exports, and uploads to import.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

// The files of all jobs. Thread-safe, except for two calls about one file. Names are those of jobs, with an ending.
class JobFiles {
 public:
  // Keeps files in `directory`, which is made with the first file.
  explicit JobFiles(std::string directory) : directory_(std::move(directory)) {}

  std::string PathOf(const std::string& name) const { return directory_ + "/" + name; }
  // Makes an empty file, open for writing, whose name is durable.
  Result<FileDescriptor> Create(const std::string& name) const;
  // Checks that the disk has room for the bytes; else Rejected.
  Status CheckRoomFor(size_t bytes) const;
  // Cuts the file at `at` bytes, which an earlier process may have exceeded, and appends. Makes it for `at` 0. Durable
  // when it returns. Rejected if there is no such file, or no room. Fatal if the disk fails.
  Status Write(const std::string& name, int64_t at, std::string_view bytes) const;
  bool Has(const std::string& name) const;
  // Opens a file; null if there is no such file.
  std::shared_ptr<const http::ResponseFile> Open(const std::string& name) const;
  // Removes a file. Returns false, with a line in the log, if it is still there.
  bool Remove(const std::string& name) const;
  // Lists the files.
  std::vector<std::string> Names() const;

 private:
  const std::string directory_;
};

}  // namespace leadpulse::serve
