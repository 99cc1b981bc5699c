// From offsets in a definitions file to what people count in, and from a decoded YAML scalar back to the file.
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
  // Lines and columns from 1; columns in code points. A byte order mark is no column. O(log lines), however long a line
  // is: a program's JSON is one line.
  rules::LineColumn Locate(uint32_t offset) const;

  // Where byte `index` of the scalar's decoded text stands in the file. Plain and quoted scalars exactly, also over
  // several lines; blocks too but for white space. Where the two cannot be matched: the scalar's start. O(scalar).
  uint32_t OffsetInScalar(const YamlNode& scalar, size_t index) const;

 private:
  size_t CodePointsBefore(size_t offset) const;

  std::string_view text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> points_before_block_;  // code points before every kBlockBytes of the text
};

// Where each byte of the scalar's decoded text stands in the text it was read from, as OffsetInScalar has it. Shorter
// than the decoded text where the two cannot be matched.
std::vector<uint32_t> PlacesInScalar(std::string_view text, const YamlNode& scalar);

}  // namespace leadpulse::config
