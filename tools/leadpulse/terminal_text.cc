#include "tools/leadpulse/terminal_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "processor/base/text.h"

namespace leadpulse::tools {
namespace {

// Calls visit(code point, its bytes) until it returns false. For bytes that are not UTF-8, the code point is negative.
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

}  // namespace

std::string Counted(uint64_t count, std::string_view one, std::string_view more) {
  const std::string number = std::to_string(count) + " ";
  return count == 1 || more.empty() ? Concat({number, one, count == 1 ? "" : "s"}) : Concat({number, more});
}

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

std::string NumberCell(std::string_view text, size_t width) {
  const size_t used = DisplayWidth(text);
  return std::string(used < width ? width - used : 1, ' ') + std::string(text);
}

std::string TextLine(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace leadpulse::tools
