#include "tools/leadpulse/terminal_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <cstdio>

namespace leadpulse::tools {
namespace {

// Calls visit(code point, its bytes) until it returns false. Of what is not UTF-8 the code point is negative.
template <typename Visit>
void ForEachCharacter(std::string_view text, const Visit& visit) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, text.size(), c);
    if (!visit(c, text.substr(start, i - start))) return;
  }
}

bool Steers(UChar32 c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return true;
  const int type = u_charType(c);
  return type == U_LINE_SEPARATOR || type == U_PARAGRAPH_SEPARATOR || u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL);
}

size_t WidthOf(UChar32 c) {
  switch (u_charType(c)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return 0;
    default:
      break;
  }
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

void AppendEscape(UChar32 c, std::string* out) {
  switch (c) {
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c) & 0xFFFFU);
  *out += escape;
}

std::string Displayable(std::string_view text, std::string_view stays) {
  std::string displayable;
  ForEachCharacter(text, [&](UChar32 c, std::string_view bytes) {
    if (c < 0) {
      displayable += "\xEF\xBF\xBD";
    } else if (Steers(c) && stays.find(bytes) == std::string_view::npos) {
      AppendEscape(c, &displayable);
    } else {
      displayable += bytes;
    }
    return true;
  });
  return displayable;
}

}  // namespace

std::string DisplayableLine(std::string_view text) { return Displayable(text, ""); }

std::string DisplayableText(std::string_view text) { return Displayable(text, "\n\t"); }

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  ForEachCharacter(text, [&](UChar32 c, std::string_view) {
    width += WidthOf(c);
    return true;
  });
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string cut;
  size_t used = 1;  // the ellipsis
  ForEachCharacter(text, [&](UChar32 c, std::string_view bytes) {
    used += WidthOf(c);
    if (used > width) return false;
    cut += bytes;
    return true;
  });
  return cut += "…";
}

std::string PaddedToWidth(std::string text, size_t width) {
  const size_t used = DisplayWidth(text);
  return text.append(used < width ? width - used : 0, ' ');
}

}  // namespace leadpulse::tools
