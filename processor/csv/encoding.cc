#include "processor/csv/encoding.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <string>

#include "processor/base/text.h"

namespace leadpulse::csv {

std::string_view EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kWindows1252:
      return "windows-1252";
  }
  return "";
}

std::optional<Encoding> EncodingFromName(std::string_view name) {
  std::string plain = AsciiLower(name);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_' || c == ' '; });
  if (plain == "utf8") return Encoding::kUtf8;
  if (plain == "utf16le") return Encoding::kUtf16Le;
  if (plain == "utf16be") return Encoding::kUtf16Be;
  if (plain == "windows1252" || plain == "cp1252" || plain == "latin1" || plain == "iso88591") {
    return Encoding::kWindows1252;
  }
  return std::nullopt;
}

std::optional<ByteOrderMark> FindByteOrderMark(std::string_view beginning) {
  if (beginning.starts_with("\xEF\xBB\xBF")) return ByteOrderMark{Encoding::kUtf8, 3};
  if (beginning.starts_with("\xFF\xFE")) return ByteOrderMark{Encoding::kUtf16Le, 2};
  if (beginning.starts_with("\xFE\xFF")) return ByteOrderMark{Encoding::kUtf16Be, 2};
  return std::nullopt;
}

std::optional<Encoding> DetectUtf16(std::string_view beginning) {
  constexpr size_t kLookedAt = 1024;
  beginning = beginning.substr(0, std::min(beginning.size(), kLookedAt) & ~size_t{1});
  size_t zeros_at_even = 0, zeros_at_odd = 0;
  for (size_t i = 0; i < beginning.size(); i += 2) {
    zeros_at_even += beginning[i] == '\0' ? 1 : 0;
    zeros_at_odd += beginning[i + 1] == '\0' ? 1 : 0;
  }
  if (beginning.size() < 4) return std::nullopt;
  const size_t half = beginning.size() / 4;  // half of the pairs
  constexpr size_t kClearly = 16;            // letters such as U+0100 have a zero at the other side
  if (zeros_at_odd >= half && zeros_at_odd >= kClearly * zeros_at_even) return Encoding::kUtf16Le;
  if (zeros_at_even >= half && zeros_at_even >= kClearly * zeros_at_odd) return Encoding::kUtf16Be;
  return std::nullopt;
}

Encoding DetectEightBit(std::string_view bytes, bool whole) {
  constexpr size_t kLongestCharacter = 4;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  // The last character may be cut off.
  const size_t end = whole || bytes.size() < kLongestCharacter ? bytes.size() : bytes.size() - (kLongestCharacter - 1);
  size_t fitting = 0, broken = 0, i = 0;
  while (i < end) {
    const size_t start = i;
    UChar32 c = 0;
    U8_NEXT(data, i, bytes.size(), c);
    if (c < 0) ++broken;
    if (c >= 0 && i - start > 1) ++fitting;
  }
  return fitting > broken ? Encoding::kUtf8 : Encoding::kWindows1252;
}

}  // namespace leadpulse::csv
