// Where the bytes of a made-up file go: a new file, as they are or compressed. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// After an error, whose message names the file and the cause, what was written is not to be used.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(std::string_view bytes) = 0;
  // Once, at the end: without it the rest may be missing.
  virtual Status Close() = 0;
};

// Makes the file. Rejected where there is one already: it may hold work.
Result<std::unique_ptr<ByteSink>> MakeFileSink(const std::string& path);

// Compresses what it is given for `sink`.
std::unique_ptr<ByteSink> Compress(Compression compression, std::unique_ptr<ByteSink> sink);

}  // namespace leadpulse::input
