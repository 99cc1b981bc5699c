// Converts offsets in a definitions file to lines and columns, and places in a decoded YAML scalar to places in the
// file. Reads surrogate pairs, which yaml-cpp refuses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::config {

class SourceText {
 public:
  // Keeps the text, which must outlive this.
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  // Returns line and column from 1; columns in code points, without a byte order mark. O(log lines) even for long
  // lines, because programs write JSON on one line.
  rules::LineColumn Locate(uint32_t offset) const;

  // Returns the place in the file of byte `index` of the scalar's decoded text. Exact for plain and quoted scalars,
  // also over several lines, and for blocks except white space. If there is no match: the scalar's start. O(scalar).
  uint32_t OffsetInScalar(const YamlNode& scalar, size_t index) const;

 private:
  size_t CodePointsBefore(size_t offset) const;

  std::string_view text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> points_before_block_;  // code points before every kBlockBytes of the text
};

// JSON writes a character beyond U+FFFF as two escapes of UTF-16, `"\ud83d\ude00"`. yaml-cpp refuses them. So it reads
// other escapes in their place, and the scalars get their characters afterwards.
class SurrogatePairs {
 public:
  // Keeps the text, which must outlive this.
  explicit SurrogatePairs(std::string_view text);

  // Returns the text for the parser: of the same length, and equal except for the pairs.
  std::string_view readable() const { return pairs_.empty() ? text_ : std::string_view(readable_); }
  // Restores the original in a scalar read from readable(): the character in double quotes, elsewhere the twelve bytes,
  // because they are not escapes there. Returns false if its places in the text cannot be found.
  bool Restore(YamlNode* scalar) const;

 private:
  std::string_view text_;
  std::string readable_;
  std::vector<uint32_t> pairs_;  // their offsets, ascending
};

}  // namespace leadpulse::config
