// Returns a file's bytes in pieces, as slow sources do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::testing {

// Returns at most `piece` bytes at once. Port: an interface with `Result<size_t> Read(char*, size_t)`.
template <typename Port>
class Pieces : public Port {
 public:
  Pieces(std::string_view bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t count = rest_.copy(buffer, std::min(size, piece_));
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  size_t piece_;
};

}  // namespace leadpulse::testing
