// JSON writes a character beyond U+FFFF as two escapes of UTF-16, `"\ud83d\ude00"`. yaml-cpp refuses them. So it reads
// other escapes in their place, and the scalars get their characters afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"

namespace leadpulse::config {

inline constexpr size_t kSurrogatePairBytes = 12;

// The UTF-16 unit that the escape `\uXXXX` at `at` stands for; nullopt if there is no such escape.
std::optional<uint32_t> EscapedUnit(std::string_view text, size_t at);

// Whether there are a high and a low surrogate at `at`, both as `\u` and four digits.
bool IsSurrogatePair(std::string_view text, size_t at);

class SurrogatePairs {
 public:
  // The text must outlive this.
  explicit SurrogatePairs(std::string_view text);

  // The text for the parser: of the same length, and equal except for the pairs.
  std::string_view readable() const { return pairs_.empty() ? text_ : std::string_view(readable_); }
  // Restores the original in a scalar read from readable(): the character in double quotes, elsewhere the twelve bytes,
  // because they are no escapes there. False if its places in the text cannot be found.
  bool Restore(YamlNode* scalar) const;

 private:
  std::string_view text_;
  std::string readable_;
  std::vector<uint32_t> pairs_;  // their offsets, ascending
};

}  // namespace leadpulse::config
