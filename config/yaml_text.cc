#include "config/yaml_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// Readers give up on a `key:` whose colon comes later than this many characters (YAML 1.2, 7.4.2).
constexpr size_t kMaxSimpleKeyBytes = 1000;

bool IsWordCharacter(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '/'; }

// Words that some version of YAML reads as something else than a text.
bool HasMeaning(std::string_view word) {
  constexpr std::array<std::string_view, 9> kWords = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const std::string lower = AsciiLower(word);
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool IsPlainWord(std::string_view text) {
  return !text.empty() && IsLetter(text.front()) && std::all_of(text.begin(), text.end(), IsWordCharacter) &&
         !HasMeaning(text);
}

// Control characters, and the line breaks and marks of Unicode (U+0080–U+009F, U+2028, U+2029, U+FEFF) that readers
// may fold or drop.
bool NeedsEscapes(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    const std::string_view rest = text.substr(i);
    if (c == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0) return true;
    if (rest.starts_with("\u2028") || rest.starts_with("\u2029") || rest.starts_with("\uFEFF")) return true;
  }
  return false;
}

std::string InDoubleQuotes(std::string_view text) {
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    char escape[8] = "";
    if (c == '"' || c == '\\') {
      std::snprintf(escape, sizeof escape, "\\%c", c);
    } else if (c < 0x20 || c == 0x7F) {
      std::snprintf(escape, sizeof escape, "\\x%02X", c);
    } else if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      std::snprintf(escape, sizeof escape, "\\x%02X", static_cast<unsigned char>(text[++i]));
    } else if (text.substr(i).starts_with("\u2028") || text.substr(i).starts_with("\u2029")) {
      std::snprintf(escape, sizeof escape, "\\u%s", text.substr(i).starts_with("\u2028") ? "2028" : "2029");
      i += 2;
    } else if (text.substr(i).starts_with("\uFEFF")) {
      std::snprintf(escape, sizeof escape, "\\uFEFF");
      i += 2;
    }
    quoted += escape[0] == '\0' ? std::string(1, text[i]) : escape;
  }
  return quoted + '"';
}

std::string InSingleQuotes(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + '\'';
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

}  // namespace leadpulse::config
