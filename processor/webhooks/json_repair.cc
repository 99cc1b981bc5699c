#include "processor/webhooks/json_repair.h"

#include <unicode/utf8.h>

#include <cstdint>
#include <optional>

#include "config/source_text.h"


namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEscapedReplacement = "\\ufffd";
constexpr size_t kEscapeBytes = config::kSurrogatePairBytes / 2;  // \uXXXX

bool IsSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xE000; }

// Appends the escape that begins at `at`, mended where it is half a pair. Returns where it ends.
size_t AppendEscape(std::string_view text, size_t at, std::string* out) {
  const std::optional<uint32_t> unit = config::EscapedUnit(text, at);
  if (!unit.has_value()) {
    const std::string_view escape = text.substr(at, 2);
    // What follows a backslash may be no character at all: the next turn sees to it.
    const size_t size = escape.size() == 2 && static_cast<unsigned char>(escape[1]) < 0x80 ? 2 : 1;
    *out += escape.substr(0, size);
    return at + size;
  }
  if (config::IsSurrogatePair(text, at)) {
    *out += text.substr(at, config::kSurrogatePairBytes);
    return at + config::kSurrogatePairBytes;
  }
  *out += IsSurrogate(*unit) ? kEscapedReplacement : text.substr(at, kEscapeBytes);
  return at + kEscapeBytes;
}

// Appends one character, or what stands in for it. Returns where it ends.
size_t AppendCharacter(std::string_view text, size_t at, std::string* out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t end = at;
  UChar32 c = 0;
  U8_NEXT(bytes, end, text.size(), c);
  *out += c < 0 ? kReplacement : text.substr(at, end - at);
  return end;
}

}  // namespace

std::string RepairJsonText(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  std::string repaired;
  repaired.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    at = text[at] == '\\' ? AppendEscape(text, at, &repaired) : AppendCharacter(text, at, &repaired);
  }
  return repaired;
}

}  // namespace leadpulse::webhooks
