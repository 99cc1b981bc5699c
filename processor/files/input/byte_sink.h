// Writes a file, compressed or not. Used by one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// A new file. After an error, whose message names the file and the cause, it must not be used.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(std::string_view bytes) = 0;
  // Makes the written bytes survive a power cut. The sinks of new files promise nothing.
  virtual Status Sync() { return Status::Ok(); }
  // Closes the sink. Call once, at the end: without it the last bytes may be missing.
  virtual Status Close() = 0;
};

// Creates the file. Rejected if it exists, because it may hold data that somebody needs.
Result<std::unique_ptr<ByteSink>> MakeFileSink(const std::string& path);

// Makes a sink that compresses bytes and writes them to `sink`.
std::unique_ptr<ByteSink> Compress(Compression compression, std::unique_ptr<ByteSink> sink);

}  // namespace leadpulse::input
