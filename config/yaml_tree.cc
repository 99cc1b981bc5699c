#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <streambuf>

#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Reads from memory that somebody else owns, without the copy that a string stream makes.
class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // the interface is not const; nothing is written
    setg(begin, begin, begin + text.size());
  }
};

// Where the quoted scalar that starts at `begin` ends: the offset of its closing quote. Nothing: it never does.
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

// Builds the tree from the parser's events. Only what makes going on pointless is thrown, as the parser itself does;
// the rest is noted and the reading goes on.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, uint32_t base) : text_(text), base_(base) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      throw YAML::ParserException(mark,
                                  "a second document, or a line that does not belong to what stands above it; "
                                  "a definitions file is one YAML document");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Add(YamlKind::kNull, mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases (`*name`) are not taken in definitions; write the value out");
    Add(YamlKind::kNull, mark);
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    Refuse(mark, "anchors (`&name`) are not taken in definitions; write the value out where it is needed");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    RefuseTag(mark, tag);
    // yaml-cpp makes a lone byte of each.
    if (!IsUtf8(value)) Refuse(mark, "the escapes \\N and \\_ are not taken; write \\u0085 or \\u00a0");
    YamlNode& node = Add(YamlKind::kScalar, mark);
    node.text = value;
    node.plain = tag == "?";
    const char first = node.offset - base_ < text_.size() ? text_[node.offset - base_] : '\0';
    if (!node.plain && (first == '"' || first == '\'') && !ClosingQuote(text_, node.offset - base_)) {
      throw YAML::ParserException(mark, "this quote is never closed");
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    RefuseTag(mark, tag);
    Open(YamlKind::kList, mark);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    RefuseTag(mark, tag);
    Open(YamlKind::kMap, mark);
  }
  void OnMapEnd() override { open_.pop_back(); }

  void Refuse(const YAML::Mark& mark, std::string message) {
    faults_.push_back({mark.is_null() ? std::nullopt : std::optional(Offset(mark)), std::move(message)});
  }
  YamlTree Take() {
    YamlTree tree;
    tree.faults = std::move(faults_);
    if (tree.faults.empty() && !root_.empty() && root_.front().kind != YamlKind::kNull) {
      tree.root = std::move(root_.front());
    }
    return tree;
  }

 private:
  uint32_t Offset(const YAML::Mark& mark) const { return base_ + static_cast<uint32_t>(std::max(mark.pos, 0)); }

  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;  // what the parser says where no tag is written
    Refuse(mark, "tags (`!name`) are not taken in definitions");
  }

  YamlNode& Add(YamlKind kind, const YAML::Mark& mark) {
    if (++nodes_ > kMaxYamlNodes) throw YAML::ParserException(mark, "the file holds more than 4,000,000 values");
    std::vector<YamlNode>& siblings = open_.empty() ? root_ : open_.back()->children;
    YamlNode& node = siblings.emplace_back();
    node.kind = kind;
    node.offset = Offset(mark);
    return node;
  }

  // A parent's vector does not grow while a child is open, so the pointers hold.
  void Open(YamlKind kind, const YAML::Mark& mark) {
    if (open_.size() >= kMaxYamlDepth) {
      throw YAML::ParserException(mark, "nested more than " + std::to_string(kMaxYamlDepth) + " deep");
    }
    open_.push_back(&Add(kind, mark));
  }

  std::string_view text_;  // without a byte order mark
  uint32_t base_;          // where text_ starts in the file
  int documents_ = 0;
  size_t nodes_ = 0;
  std::vector<YamlNode> root_;
  std::vector<YamlNode*> open_;
  std::vector<YamlFault> faults_;
};

// Bytes of the code point that starts at `i`, 0 where it is not UTF-8.
size_t CodePointBytes(std::string_view text, size_t i) {
  for (size_t bytes = 1; bytes <= 4 && i + bytes <= text.size(); ++bytes) {
    if (IsUtf8(text.substr(i, bytes))) return bytes;
  }
  return 0;
}

// yaml-cpp takes other encodings by guessing and reads the byte 4 as the end of the file, so neither may reach it.
std::optional<YamlFault> FindBadCharacter(std::string_view text) {
  const bool utf8 = IsUtf8(text);
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return YamlFault{static_cast<uint32_t>(i), "a control character; a definitions file is UTF-8 text"};
    }
    const size_t bytes = utf8 || c < 0x80 ? 1 : CodePointBytes(text, i);
    if (bytes == 0) return YamlFault{static_cast<uint32_t>(i), "not UTF-8; save the file in that encoding"};
    i += bytes;
  }
  return std::nullopt;
}

}  // namespace

YamlTree ParseYaml(std::string_view text) {
  if (text.size() > kMaxYamlBytes) return {std::nullopt, {{std::nullopt, "the file is larger than 16 MiB"}}};
  if (std::optional<YamlFault> fault = FindBadCharacter(text)) return {std::nullopt, {*std::move(fault)}};

  const uint32_t base = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  text.remove_prefix(base);
  TreeBuilder builder(text, base);
  try {
    MemoryBuffer buffer(text);
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
