// Anchors and aliases (`&id001`, `*id001`), as programs write what they use twice: each alias becomes a copy of what
// its anchor stands before, and keeps the places of the original.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/yaml_tree.h"

namespace leadpulse::config {

// A node by its number in the order of the file, from 0, and the number of its anchor, from 1.
struct YamlReference {
  uint32_t node = 0;
  uint32_t anchor = 0;
};
struct YamlReferences {
  std::vector<YamlReference> anchors;  // ascending by node, as the file is read
  std::vector<YamlReference> aliases;  // the nodes to be filled
};

// What aliases may add up to, beside the values and depth of yaml_tree.h: a text of megabytes that is used a thousand
// times must not fill the memory.
inline constexpr size_t kMaxAliasedTextBytes = 64 << 20;

// Fills in the aliases. What is returned is wrong: an alias inside of what it stands for, or too much of everything.
std::optional<YamlFault> ResolveAliases(const YamlReferences& references, YamlNode* root);

}  // namespace leadpulse::config
