// Parses a definitions or settings file to a tree with the place of each value.
//
// The only user of yaml-cpp. Catches its exceptions, and refuses what it accepts but such a file must not contain: own
// tags, a second document, an unclosed quote, unbounded depth.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::config {

enum class YamlKind : uint8_t { kNull, kScalar, kList, kMap };

struct YamlNode {
  YamlKind kind = YamlKind::kNull;
  bool plain = false;   // for a scalar that may be a number or flag; false in quotes, as a block, after !!str
  uint32_t offset = 0;  // the byte at which it begins in the text; an alias has that of its anchor
  std::string text;     // for a scalar
  std::vector<YamlNode> children;  // elements of a list; key, value, key, value, … of a map
};

struct YamlFault {
  std::optional<uint32_t> offset;  // nullopt: the whole file
  std::string message;
};

struct YamlTree {
  std::optional<YamlNode> root;  // nullopt: the file is empty or there are faults
  std::vector<YamlFault> faults;
};

// The most bytes of a file. 16 MiB are enough for more than a hundred thousand segments; a larger file is a mistake.
inline constexpr size_t kMaxYamlBytes = 16 << 20;
// The deepest nesting. Definitions nest seven deep. Bounds the stack of everything that walks the tree.
inline constexpr int kMaxYamlDepth = 32;
// The most nodes. A node takes about 100 bytes, so this bounds the memory that `[,,,,]` can use.
inline constexpr size_t kMaxYamlNodes = 4'000'000;

// Parses a file. Accepts any bytes and never throws. The tree owns its data; the text need not outlive it.
YamlTree ParseYaml(std::string_view text);

}  // namespace leadpulse::config
