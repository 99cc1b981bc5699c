// What JSON writes for a character beyond U+FFFF: two escapes of UTF-16, `"\ud83d\ude00"`. yaml-cpp refuses them, so it
// is given other escapes to read, and the scalars get their characters afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"

namespace leadpulse::config {

inline constexpr size_t kSurrogatePairBytes = 12;

// Whether a high and a low surrogate stand at `at`, both as `\u` and four digits.
bool IsSurrogatePair(std::string_view text, size_t at);

class SurrogatePairs {
 public:
  // The text must outlive this.
  explicit SurrogatePairs(std::string_view text);

  // For the parser: as long as the text, and the same but for the pairs.
  std::string_view readable() const { return pairs_.empty() ? text_ : std::string_view(readable_); }
  // Puts into a scalar read from readable() what the text has: in double quotes the character, elsewhere the twelve
  // bytes as they stand, for there they are no escapes. False: its places in the text are not to be found.
  bool Restore(YamlNode* scalar) const;

 private:
  std::string_view text_;
  std::string readable_;
  std::vector<uint32_t> pairs_;  // where they stand, ascending
};

}  // namespace leadpulse::config
