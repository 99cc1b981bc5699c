#include "config/yaml_aliases.h"

#include <algorithm>

namespace leadpulse::config {
namespace {

// Walks the tree in the order of the file. A copy comes from further up, so nothing in it is left to be filled, and no
// list grows, so that pointers hold. Depth is bounded by kMaxYamlDepth.
class Aliases {
 public:
  explicit Aliases(const YamlReferences& references) : references_(references) {
    uint32_t last = 0;
    for (const YamlReference& anchor : references.anchors) last = std::max(last, anchor.anchor);
    anchored_.resize(last + 1);
  }

  std::optional<YamlFault> Run(YamlNode* root) {
    Resolve(root, 0);
    return std::move(fault_);
  }

 private:
  struct Size {
    size_t values = 1;
    size_t text_bytes = 0;
    int depth = 0;  // of lists and maps in each other
  };
  struct Anchored {
    const YamlNode* node = nullptr;  // null: still being read
    Size size;
  };

  // `depth`: lists and maps around the node.
  Size Resolve(YamlNode* node, int depth) {
    const uint32_t number = next_node_++;
    const uint32_t alias = TakeReference(references_.aliases, &next_alias_, number);
    if (alias != 0) return Fill(alias, depth, node);
    const uint32_t anchor = TakeReference(references_.anchors, &next_anchor_, number);
    Size size{1, node->text.size(), 0};
    for (YamlNode& child : node->children) {
      const Size part = Resolve(&child, depth + 1);
      if (fault_) return size;
      size.values += part.values;
      size.text_bytes += part.text_bytes;
      size.depth = std::max(size.depth, part.depth);
    }
    if (node->kind == YamlKind::kList || node->kind == YamlKind::kMap) ++size.depth;
    values_ += 1;
    if (anchor != 0) anchored_[anchor] = {node, size};
    return size;
  }

  Size Fill(uint32_t alias, int depth, YamlNode* node) {
    const Anchored& anchored = anchored_[alias];
    if (anchored.node == nullptr) return Fail(*node, "an alias (`*name`) inside of what it stands for");
    values_ += anchored.size.values;
    copied_bytes_ += anchored.size.text_bytes;
    if (values_ > kMaxYamlNodes) return Fail(*node, "with its aliases the file holds more than 4,000,000 values");
    if (copied_bytes_ > kMaxAliasedTextBytes)
      return Fail(*node, "the aliases of the file make more than 64 MiB of text");
    if (depth + anchored.size.depth > kMaxYamlDepth) {
      return Fail(*node, "with its aliases the file is nested more than " + std::to_string(kMaxYamlDepth) + " deep");
    }
    *node = YamlNode(*anchored.node);
    return anchored.size;
  }

  Size Fail(const YamlNode& node, std::string message) {
    fault_ = YamlFault{node.offset, std::move(message)};
    return {};
  }

  // 0: the node with this number has none.
  static uint32_t TakeReference(const std::vector<YamlReference>& references, size_t* next, uint32_t number) {
    if (*next == references.size() || references[*next].node != number) return 0;
    return references[(*next)++].anchor;
  }

  const YamlReferences& references_;
  std::vector<Anchored> anchored_;  // by number
  uint32_t next_node_ = 0;
  size_t next_alias_ = 0;
  size_t next_anchor_ = 0;
  size_t values_ = 0;
  size_t copied_bytes_ = 0;
  std::optional<YamlFault> fault_;
};

}  // namespace

std::optional<YamlFault> ResolveAliases(const YamlReferences& references, YamlNode* root) {
  if (references.aliases.empty()) return std::nullopt;
  return Aliases(references).Run(root);
}

}  // namespace leadpulse::config
