#include "processor/base/normal_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

bool IsHiddenMark(UChar32 c) {
  return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || c == 0x2060 ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

// Copies the text without marks. `breaks`: no-break spaces become spaces.
std::string WithoutMarks(std::string_view text, bool breaks) {
  std::string out;
  out.reserve(text.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, text.size(), c);
    if (IsHiddenMark(c)) continue;
    if (breaks && (c == 0xA0 || c == 0x202F)) {
      out += ' ';
    } else {
      out.append(text.substr(start, i - start));
    }
  }
  return out;
}

}  // namespace

std::string RemoveHiddenMarks(std::string_view text) { return WithoutMarks(text, /*breaks=*/false); }

std::string Nfc(std::string text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  LP_ASSERT(U_SUCCESS(error));
  if (nfc->isNormalizedUTF8(text, error)) return text;
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal);
  nfc->normalizeUTF8(0, text, sink, nullptr, error);
  LP_ASSERT(U_SUCCESS(error));
  return normal;
}

std::string_view TrimSpace(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t begin = 0, end = text.size();
  while (begin < end) {
    size_t next = begin;
    UChar32 c;
    U8_NEXT(bytes, next, end, c);
    if (!u_isUWhiteSpace(c)) break;
    begin = next;
  }
  while (end > begin) {
    auto previous = static_cast<int32_t>(end);
    UChar32 c;
    U8_PREV(bytes, static_cast<int32_t>(begin), previous, c);
    if (!u_isUWhiteSpace(c)) break;
    end = static_cast<size_t>(previous);
  }
  return text.substr(begin, end - begin);
}

void NormalizeText(std::string* text) {
  if (text->empty()) return;
  if (!IsAscii(*text) && IsUtf8(*text)) {
    *text = TrimSpace(Nfc(WithoutMarks(*text, /*breaks=*/true)));
    return;
  }
  if (!IsAsciiSpace(text->front()) && !IsAsciiSpace(text->back())) return;
  *text = TrimAsciiSpace(*text);
}

std::string NormalText(std::string_view text) {
  std::string normal(text);
  NormalizeText(&normal);
  return normal;
}

std::string NormalTextPart(std::string_view part) {
  return IsAscii(part) || !IsUtf8(part) ? std::string(part) : Nfc(WithoutMarks(part, /*breaks=*/true));
}

}  // namespace leadpulse
