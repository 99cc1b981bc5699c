// From offsets in a definitions file to what people count in, and from a decoded YAML scalar back to the file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"
#include "processor/rules/rule_error.h"

namespace leadpulse::config {

class SourceText {
 public:
  // The text must outlive this.
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  // Lines and columns from 1; columns in code points. A byte order mark is no column. O(log lines + line length).
  rules::LineColumn Locate(uint32_t offset) const;

  // Where byte `index` of the scalar's decoded text stands in the file. Plain and quoted scalars exactly, also over
  // several lines; blocks too but for white space. Where the two cannot be matched: the scalar's start. O(scalar).
  uint32_t OffsetInScalar(const YamlNode& scalar, size_t index) const;

 private:
  std::string_view text_;
  std::vector<uint32_t> line_starts_;
};

}  // namespace leadpulse::config
