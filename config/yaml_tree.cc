#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <streambuf>

#include "config/source_text.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// Anchors and aliases (`&id001`, `*id001`), which programs write for repeated values: each alias becomes a copy of the
// value behind its anchor, and keeps the places of the original.

// A node by its number in the order of the file, from 0, and the number of its anchor, from 1.
struct YamlReference {
  uint32_t node = 0;
  uint32_t anchor = 0;
};
struct YamlReferences {
  std::vector<YamlReference> anchors;  // ascending by node, as the file is read
  std::vector<YamlReference> aliases;  // the nodes to be filled
};

// The limit for all copies together, beside those of values and depth in yaml_tree.h: a text of megabytes that is used
// a thousand times must not fill the memory.
constexpr size_t kMaxAliasedTextBytes = 64 << 20;

// A walk over the tree in the order of the file, which replaces aliases. A copy comes from an earlier node, so it
// contains no unresolved alias, and no list grows, so pointers stay valid. Depth is bounded by kMaxYamlDepth.
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
    int depth = 0;  // nesting of lists and maps
  };
  struct Anchored {
    const YamlNode* node = nullptr;  // null: still being read
    Size size;
  };

  // Resolves the aliases of the node and returns its size. `depth`: lists and maps around the node.
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

  // Returns the anchor of the node with this number; 0 if it has none.
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

// Fills in the aliases. Returns what is wrong: an alias inside its own value, or a limit that is exceeded.
std::optional<YamlFault> ResolveAliases(const YamlReferences& references, YamlNode* root) {
  if (references.aliases.empty()) return std::nullopt;
  return Aliases(references).Run(root);
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// A buffer over memory that somebody else owns, without the copy that a string stream makes.
class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // the interface is not const; nothing is written
    setg(begin, begin, begin + text.size());
  }
};

// Returns where the quoted scalar that starts at `begin` ends: the offset of its closing quote; nullopt if there is
// none.
std::optional<size_t> ClosingQuote(std::string_view text, size_t begin) {
  const char quote = text[begin];
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return i;
      ++i;
    }
  }
  return std::nullopt;
}

// Returns the position after the `&name` and `!tag` in front of a value, white space and comments.
size_t SkipProperties(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    const bool verbatim = text.substr(at).starts_with("!<");  // `!<tag:yaml.org,2002:str>`
    at = std::min(text.find_first_of(verbatim ? ">" : " \t\r\n,]}", at), text.size());
    if (verbatim && at < text.size()) ++at;
    while (at < text.size() && (IsAsciiSpace(text[at]) || text[at] == '#')) {
      at = text[at] == '#' ? std::min(text.find('\n', at), text.size()) : at + 1;
    }
  }
  return at;
}

constexpr std::string_view kStandardTag = "tag:yaml.org,2002:";

// Whether the tag fits the scalar. A tag only decides whether the scalar is a string.
bool TagFits(std::string_view tag, std::string_view text) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
  };
  if (tag == "str") return true;
  if (tag == "null") return is_one_of({"", "~", "null", "Null", "NULL"});
  if (tag == "bool") return is_one_of({"true", "false"});
  if (tag == "int") return ParseNumber(text) && text.find('.') == std::string_view::npos;
  return tag == "float" && ParseNumber(text);
}

// A builder of the tree from the parser's events. It throws, as the parser itself does, only if continuing is
// pointless; all else is noted and reading continues.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SurrogatePairs* pairs, uint32_t base) : pairs_(pairs), text_(pairs->readable()), base_(base) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      throw YAML::ParserException(mark,
                                  "a second document, or a line that does not belong to what stands above it; "
                                  "a file is one YAML document");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Add(YamlKind::kNull, mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    references_.aliases.push_back({nodes_, static_cast<uint32_t>(anchor)});
    Add(YamlKind::kNull, mark, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::optional<std::string_view> written = WrittenTag(tag);
    if (written && !TagFits(*written, value)) RefuseTag(mark);
    // yaml-cpp turns each into a lone byte.
    if (!IsUtf8(value)) Refuse(mark, "the escapes \\N and \\_ are not taken; write \\u0085 or \\u00a0");
    if (written == "null") {
      Add(YamlKind::kNull, mark, anchor);
      return;
    }
    YamlNode& node = Add(YamlKind::kScalar, mark, anchor);
    node.text = value;
    node.plain = tag == "?" || (written && *written != "str");
    const char first = node.offset < text_.size() ? text_[node.offset] : '\0';
    if (tag != "?" && (first == '"' || first == '\'') && !ClosingQuote(text_, node.offset)) {
      throw YAML::ParserException(mark, "this quote is never closed");
    }
    if (!pairs_->Restore(&node)) Refuse(mark, "two escapes for one character (`\\ud83d\\ude00`) that cannot be placed");
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (WrittenTag(tag).value_or("seq") != "seq") RefuseTag(mark);
    Open(YamlKind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (WrittenTag(tag).value_or("map") != "map") RefuseTag(mark);
    Open(YamlKind::kMap, mark, anchor);
  }
  void OnMapEnd() override { open_.pop_back(); }

  void Refuse(const YAML::Mark& mark, std::string message) {
    faults_.push_back({mark.is_null() ? std::nullopt : std::optional(Offset(mark)), std::move(message)});
  }
  YamlTree Take() {
    if (faults_.empty() && !root_.empty()) {
      if (std::optional<YamlFault> fault = ResolveAliases(references_, &root_.front())) faults_.push_back(*fault);
    }
    YamlTree tree;
    tree.faults = std::move(faults_);
    if (tree.faults.empty() && !root_.empty() && root_.front().kind != YamlKind::kNull) {
      tree.root = std::move(root_.front());
    }
    return tree;
  }

 private:
  uint32_t Offset(const YAML::Mark& mark) const { return base_ + static_cast<uint32_t>(std::max(mark.pos, 0)); }

  // Returns nullopt if no tag is written, which the parser reports in three ways. Otherwise a standard tag without its
  // prefix; empty for any other.
  static std::optional<std::string_view> WrittenTag(std::string_view tag) {
    if (tag.empty() || tag == "?" || tag == "!") return std::nullopt;
    return tag.starts_with(kStandardTag) ? tag.substr(kStandardTag.size()) : std::string_view();
  }
  void RefuseTag(const YAML::Mark& mark) {
    Refuse(mark,
           "a tag that does not fit; what is taken is !!str, !!int, !!bool, !!float, !!null, !!map and !!seq, "
           "where they agree with the value, and no tags (`!name`) of a program's own");
  }

  YamlNode& Add(YamlKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (nodes_ == kMaxYamlNodes) throw YAML::ParserException(mark, "the file holds more than 4,000,000 values");
    if (anchor != 0) references_.anchors.push_back({nodes_, static_cast<uint32_t>(anchor)});
    ++nodes_;
    std::vector<YamlNode>& siblings = open_.empty() ? root_ : open_.back()->children;
    YamlNode& node = siblings.emplace_back();
    node.kind = kind;
    node.offset = Offset(mark);
    if (kind != YamlKind::kNull) node.offset = static_cast<uint32_t>(SkipProperties(text_, node.offset));
    return node;
  }

  // Opens a list or map. A parent's vector does not grow while a child is open, so the pointers stay valid.
  void Open(YamlKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxYamlDepth) {
      throw YAML::ParserException(mark, "nested more than " + std::to_string(kMaxYamlDepth) + " deep");
    }
    open_.push_back(&Add(kind, mark, anchor));
  }

  const SurrogatePairs* pairs_;
  std::string_view text_;  // as the parser reads it, with a byte order mark
  uint32_t base_;          // where the parser began in it
  int documents_ = 0;
  uint32_t nodes_ = 0;
  std::vector<YamlNode> root_;
  std::vector<YamlNode*> open_;
  std::vector<YamlFault> faults_;
  YamlReferences references_;
};

// Finds bytes that must not reach yaml-cpp: it accepts other encodings by guessing, and reads the byte 4 as the end of
// the file.
std::optional<YamlFault> FindBadCharacter(std::string_view text) {
  const size_t valid = ValidUtf8Bytes(text);
  for (size_t i = 0; i < valid; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return YamlFault{static_cast<uint32_t>(i), "a control character; a file is UTF-8 text"};
    }
  }
  if (valid == text.size()) return std::nullopt;
  return YamlFault{static_cast<uint32_t>(valid), "not UTF-8; save the file in that encoding"};
}

}  // namespace

YamlTree ParseYaml(std::string_view text) {
  if (text.size() > kMaxYamlBytes) return {std::nullopt, {{std::nullopt, "the file is larger than 16 MiB"}}};
  if (std::optional<YamlFault> fault = FindBadCharacter(text)) return {std::nullopt, {*std::move(fault)}};

  const uint32_t base = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const SurrogatePairs pairs(text);
  TreeBuilder builder(&pairs, base);
  try {
    MemoryBuffer buffer(pairs.readable().substr(base));
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    builder.Refuse(error.mark, "not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    builder.Refuse(YAML::Mark::null_mark(), std::string("not valid YAML: ") + error.what());
  }
  return builder.Take();
}

}  // namespace leadpulse::config
