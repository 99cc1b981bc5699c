// A CSV file's bytes in pieces, as slow sources give them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "processor/csv/byte_input.h"

namespace leadpulse::csv::testing {

// Gives at most `piece` bytes at once.
class PieceInput : public ByteInput {
 public:
  PieceInput(std::string_view bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t count = rest_.copy(buffer, std::min(size, piece_));
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  size_t piece_;
};

}  // namespace leadpulse::csv::testing
