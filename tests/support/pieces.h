// Returns a file's bytes in pieces, as slow sources do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::testing {

// Returns a function that reads at most `piece` bytes at once. `bytes` must outlive it.
inline auto InPieces(std::string_view bytes, size_t piece) {
  return [rest = bytes, piece](char* buffer, size_t size) mutable {
    const size_t count = rest.copy(buffer, std::min(size, piece));
    rest.remove_prefix(count);
    return Result<size_t>(count);
  };
}

}  // namespace leadpulse::testing
