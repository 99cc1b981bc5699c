// Recognises text that was UTF-8, was read as windows-1252 and was written as UTF-8 again: `SÃ¶ren`. Used by one
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/importing/problem.h"

namespace leadpulse::importing {

// Returns a text in UTF-8 as it was before it was encoded twice; nullopt if it has no letters beyond ASCII, or some
// that were encoded once.
std::optional<std::string> EncodedOnce(std::string_view text);

class TwiceEncoded {
 public:
  // Adds a cell in UTF-8.
  void Add(std::string_view cell);
  // Returns a question if several cells were encoded twice, and most of those that can show it.
  std::optional<Problem> Ask() const;

 private:
  uint64_t twice_ = 0, once_ = 0;  // cells
  std::string first_;
};

}  // namespace leadpulse::importing
