// Converts offsets in a definitions file to lines and columns, and places in a decoded YAML scalar to places in the
// file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::config {

class SourceText {
 public:
  // The text must outlive this.
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  // Lines and columns from 1; columns in code points, without a byte order mark. O(log lines) even for long lines,
  // because programs write JSON on one line.
  rules::LineColumn Locate(uint32_t offset) const;

  // The place in the file of byte `index` of the scalar's decoded text. Exact for plain and quoted scalars, also over
  // several lines, and for blocks except white space. If there is no match: the scalar's start. O(scalar).
  uint32_t OffsetInScalar(const YamlNode& scalar, size_t index) const;

 private:
  size_t CodePointsBefore(size_t offset) const;

  std::string_view text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> points_before_block_;  // code points before every kBlockBytes of the text
};

// The place in the text of each byte of the scalar's decoded text, as in OffsetInScalar. Shorter than the decoded text
// if the two do not match.
std::vector<uint32_t> PlacesInScalar(std::string_view text, const YamlNode& scalar);

}  // namespace leadpulse::config
