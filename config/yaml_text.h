// Handles YAML as text: writes scalars, and finds the lines of an entry.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"

namespace leadpulse::config {

// Returns the text as a YAML scalar on one line that every reader reads as the same string: bare if it is a plain word,
// otherwise in quotes.
std::string YamlString(std::string_view text);

// Returns the text as a key with its colon. A key too long for `key: value` takes the form `? key`, with the colon on a
// line of its own, indented like the key.
std::string YamlKey(std::string_view text, int indentation);

// The whole lines that belong to an entry of a map or list, to replace them and leave all others as they are.
struct YamlBlock {
  size_t begin = 0;  // where its first line begins, or the first comment directly above it
  size_t end = 0;    // after its last newline
};

struct YamlBlocks {
  size_t indentation = 0;         // columns before each key or dash
  std::vector<YamlBlock> blocks;  // one for each entry, in the order of the text; never empty
};

// Returns the lines of each entry. yaml-cpp says where a value begins but not where it ends, so the end is found by
// indentation. Some valid YAML is indented otherwise: a caller that replaces lines must load the result and compare it
// with what it wanted.
//
// Comments above an entry are its own, unless they are indented deeper. nullopt: the map or list is empty, or its
// entries do not all begin on lines of their own, such as in `{…}` and `[…]`. `end`: where the lines of the node's
// parent end.
std::optional<YamlBlocks> BlocksOf(std::string_view text, const YamlNode& node, size_t end);

// Returns the lines, moved to the right or to the left.
std::string Indented(std::string_view lines, size_t from, size_t to);

}  // namespace leadpulse::config
