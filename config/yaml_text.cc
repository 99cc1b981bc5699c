#include "config/yaml_text.h"

#include <absl/strings/str_replace.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// The longest key that readers accept: they give up on a `key:` whose colon comes later than this many characters (YAML
// 1.2, 7.4.2).
constexpr size_t kMaxSimpleKeyBytes = 1000;

bool IsWordCharacter(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '/'; }

// Whether some version of YAML reads the word as something else than a string.
bool HasMeaning(std::string_view word) {
  constexpr std::array<std::string_view, 9> kWords = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const std::string lower = AsciiLower(word);
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool IsPlainWord(std::string_view text) {
  return !text.empty() && IsLetter(text.front()) && std::all_of(text.begin(), text.end(), IsWordCharacter) &&
         !HasMeaning(text);
}

// Returns the escape of the first character if readers may fold or drop it: a control character, or one of the line
// breaks and marks of Unicode (U+0080–U+009F, U+2028, U+2029, U+FEFF). Otherwise empty.
std::string EscapeOf(std::string_view text) {
  const auto c = static_cast<unsigned char>(text[0]);
  const unsigned char next = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0xFF;
  const bool is_c1 = c == 0xC2 && next < 0xA0;
  char escape[8] = "";
  if (c < 0x20 || c == 0x7F || is_c1) std::snprintf(escape, sizeof escape, "\\x%02X", is_c1 ? next : c);
  if (text.starts_with("\u2028")) return "\\u2028";
  if (text.starts_with("\u2029")) return "\\u2029";
  if (text.starts_with("\uFEFF")) return "\\uFEFF";
  return escape;
}

bool NeedsEscapes(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (!EscapeOf(text).empty()) return true;
  }
  return false;
}

std::string InDoubleQuotes(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const std::string escape = EscapeOf(text);
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += escape.empty() ? text.substr(0, 1) : escape;
    text.remove_prefix(escape.empty() || c < 0x80 ? 1 : c == 0xC2 ? 2 : 3);
  }
  return quoted + '"';
}

std::string InSingleQuotes(std::string_view text) {
  return "'" + absl::StrReplaceAll(absl::string_view(text.data(), text.size()), {{"'", "''"}}) + "'";
}

size_t LineStart(std::string_view text, size_t offset) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  return before == std::string_view::npos ? 0 : before + 1;
}

// Returns the position behind the line end.
size_t LineEnd(std::string_view text, size_t start) {
  const size_t end = text.find('\n', start);
  return end == std::string_view::npos ? text.size() : end + 1;
}

size_t IndentationOf(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

std::string_view WithoutIndentation(std::string_view line) { return line.substr(IndentationOf(line)); }

bool IsBlankLine(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool IsDash(std::string_view text) { return text.starts_with("- ") || text == "-\n" || text == "-"; }

// Returns the indentation of an entry that begins at `head`; nullopt if anything else precedes it on its line.
std::optional<size_t> IndentationAt(std::string_view text, size_t head, bool is_list) {
  const std::string_view line = text.substr(LineStart(text, head));
  const std::string_view before = line.substr(0, head - LineStart(text, head));
  const size_t indentation = IndentationOf(before);
  const std::string_view rest = before.substr(indentation);
  const bool is_first = is_list ? IsDash(rest) && IndentationOf(rest.substr(1)) == rest.size() - 1 : rest.empty();
  return is_first ? std::optional(indentation) : std::nullopt;
}

// Returns where the comments above a line begin, if they are not indented deeper than the line.
size_t CommentsAbove(std::string_view text, size_t line, size_t indentation) {
  size_t begin = line;
  size_t start = line;
  while (start > 0) {
    start = LineStart(text, start - 1);
    const std::string_view above = text.substr(start, LineEnd(text, start) - start);
    if (IsBlankLine(above)) continue;
    if (!WithoutIndentation(above).starts_with('#') || IndentationOf(above) > indentation) break;
    begin = start;
  }
  return begin;
}

// Returns the end of the last entry, whose first line begins at `line`. It includes lines that are indented deeper, and
// the dashes of a list below a key.
size_t EndOfLast(std::string_view text, size_t line, size_t indentation, bool is_list, size_t end) {
  size_t last = LineEnd(text, line);
  for (size_t start = last; start < end; start = LineEnd(text, start)) {
    const std::string_view next = text.substr(start, LineEnd(text, start) - start);
    if (IsBlankLine(next)) continue;
    const size_t there = IndentationOf(next);
    const bool belongs = there > indentation || (there == indentation && !is_list && IsDash(WithoutIndentation(next)));
    if (!belongs) break;
    last = LineEnd(text, start);
  }
  return last;
}

}  // namespace

std::string YamlString(std::string_view text) {
  if (IsPlainWord(text)) return std::string(text);
  return NeedsEscapes(text) ? InDoubleQuotes(text) : InSingleQuotes(text);
}

std::string YamlKey(std::string_view text, int indentation) {
  const std::string key = YamlString(text);
  if (key.size() <= kMaxSimpleKeyBytes) return key + ":";
  return "? " + key + "\n" + std::string(static_cast<size_t>(indentation), ' ') + ":";
}

std::optional<YamlBlocks> BlocksOf(std::string_view text, const YamlNode& node, size_t end) {
  const bool is_list = node.kind == YamlKind::kList;
  if ((!is_list && node.kind != YamlKind::kMap) || node.children.empty()) return std::nullopt;
  YamlBlocks found;
  size_t last_line = 0;
  for (size_t i = 0; i < node.children.size(); i += is_list ? 1 : 2) {
    const size_t head = node.children[i].offset;
    if (head > text.size()) return std::nullopt;
    const std::optional<size_t> indentation = IndentationAt(text, head, is_list);
    const size_t line = LineStart(text, head);
    const bool is_next = found.blocks.empty() || (line > last_line && indentation == found.indentation);
    if (!indentation || !is_next) return std::nullopt;
    found.indentation = *indentation;
    const size_t begin = CommentsAbove(text, line, *indentation);
    if (!found.blocks.empty()) found.blocks.back().end = begin;
    found.blocks.push_back({begin, begin});
    last_line = line;
  }
  found.blocks.back().end = EndOfLast(text, last_line, found.indentation, is_list, end);
  return found;
}

std::string Indented(std::string_view lines, size_t from, size_t to) {
  std::string moved;
  for (size_t start = 0; start < lines.size(); start = LineEnd(lines, start)) {
    std::string_view line = lines.substr(start, LineEnd(lines, start) - start);
    if (!IsBlankLine(line)) {
      if (to > from) moved.append(to - from, ' ');
      if (from > to) line.remove_prefix(std::min(from - to, IndentationOf(line)));
    }
    moved += line;
  }
  return moved;
}

}  // namespace leadpulse::config
