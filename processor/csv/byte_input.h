// Where a file's bytes come from. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::csv {

class ByteInput {
 public:
  virtual ~ByteInput() = default;
  // How many bytes there were, at most `size`; 0: the end.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
};

// `-` is standard input. Rejected, with a sentence that names it: it cannot be opened, or is a folder.
Result<std::unique_ptr<ByteInput>> OpenFile(const std::string& path);

// Bytes held by the caller, who outlives it.
std::unique_ptr<ByteInput> MakeTextInput(std::string_view bytes);

}  // namespace leadpulse::csv
