#include "processor/base/displayable.h"

#include <absl/strings/str_replace.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <cstdio>

namespace leadpulse {
namespace {

bool Steers(UChar32 c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return true;
  const int type = u_charType(c);
  return type == U_LINE_SEPARATOR || type == U_PARAGRAPH_SEPARATOR || u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL);
}

void AppendEscape(UChar32 c, std::string* out) {
  const std::string_view spelled = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : "";
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c) & 0xFFFFU);
  *out += spelled.empty() ? escape : spelled;
}

std::string Displayable(std::string_view text, std::string_view stays) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  std::string displayable;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, text.size(), c);
    const std::string_view character = text.substr(start, i - start);
    if (c < 0) {
      displayable += "\xEF\xBF\xBD";
    } else if (Steers(c) && stays.find(character) == std::string_view::npos) {
      AppendEscape(c, &displayable);
    } else {
      displayable += character;
    }
  }
  return displayable;
}

}  // namespace

std::string DisplayableLine(std::string_view text) { return Displayable(text, ""); }

std::string DisplayableText(std::string_view text) { return Displayable(text, "\n\t"); }

std::string EscapeHtml(std::string_view text) {
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()),
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace leadpulse
