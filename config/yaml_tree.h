// A definitions or settings file as a tree that still knows where everything stands.
//
// The only user of yaml-cpp. What it throws is caught here; what it lets pass but such a file must not hold
// (tags of a program's own, a second document, a quote that never closes, depth without end) is refused here.
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
  bool plain = false;              // of a scalar: may be a number or a flag; false in quotes, as a block, after !!str
  uint32_t offset = 0;             // where it starts, in bytes of the text; of an alias what it stands for
  std::string text;                // of a scalar
  std::vector<YamlNode> children;  // of a list its elements; of a map key, value, key, value, …
};

struct YamlFault {
  std::optional<uint32_t> offset;  // nothing: the file as a whole
  std::string message;
};

struct YamlTree {
  std::optional<YamlNode> root;  // nothing: the file is empty or there are faults
  std::vector<YamlFault> faults;
};

// Sixteen MiB hold more than a hundred thousand segments; a file beyond that is a mistake.
inline constexpr size_t kMaxYamlBytes = 16 << 20;
// Definitions nest seven deep. Bounds the stack of everything that walks the tree.
inline constexpr int kMaxYamlDepth = 32;
// A node takes about 100 bytes, so this bounds the memory that `[,,,,]` can ask for.
inline constexpr size_t kMaxYamlNodes = 4'000'000;

// Any bytes; never throws. The tree owns what it holds, the text may go.
YamlTree ParseYaml(std::string_view text);

}  // namespace leadpulse::config
