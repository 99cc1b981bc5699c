#include "tests/support/model/text.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace leadpulse::model {
namespace {

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsMark(UChar32 point) {
  static const UChar32 kMarks[] = {0xAD,   0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D,
                                   0x202E, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF};
  return std::find(std::begin(kMarks), std::end(kMarks), point) != std::end(kMarks);
}

// Removes marks, replaces no-break spaces and composes.
std::string Composed(std::string_view text) {
  icu::UnicodeString kept = icu::UnicodeString::fromUTF8(WithoutMarks(text));
  kept.findAndReplace(icu::UnicodeString(UChar32{0xA0}), icu::UnicodeString(UChar32{' '}));
  kept.findAndReplace(icu::UnicodeString(UChar32{0x202F}), icu::UnicodeString(UChar32{' '}));
  std::string spaced;
  return Compose(kept.toUTF8String(spaced));
}

std::string FoldUncached(std::string_view sent) {
  const std::string text = Composed(sent);
  std::string folded;
  int32_t position = 0;
  const auto length = static_cast<int32_t>(text.size());
  while (position < length) {
    const int32_t start = position;
    UChar32 point = 0;
    U8_NEXT(text.data(), position, length, point);
    if (point < 0) {
      folded.append(text, start, position - start);
      continue;
    }
    if (point == 0x200C || point == 0x200D) continue;
    char bytes[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, u_foldCase(point, U_FOLD_CASE_DEFAULT));
    folded.append(bytes, size);
  }
  return folded;
}

}  // namespace

std::string WithoutMarks(std::string_view text) {
  icu::UnicodeString kept;
  const icu::UnicodeString sent = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), text.size()));
  for (int32_t i = 0; i < sent.length(); i = sent.moveIndex32(i, 1)) {
    const UChar32 point = sent.char32At(i);
    if (!IsMark(point)) kept.append(point);
  }
  std::string utf8;
  return kept.toUTF8String(utf8);
}

std::string Compose(std::string_view text) {
  const icu::UnicodeString kept = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), text.size()));
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfc = unorm2_getNFCInstance(&error);
  std::vector<UChar> composed(static_cast<size_t>(kept.length()) * 4 + 1);
  const int32_t length = unorm2_normalize(nfc, kept.getBuffer(), kept.length(), composed.data(),
                                          static_cast<int32_t>(composed.size()), &error);
  std::string utf8;
  icu::UnicodeString(composed.data(), length).toUTF8String(utf8);
  return U_SUCCESS(error) ? utf8 : std::string(text);
}

std::string TrimUnicode(std::string_view text) {
  icu::UnicodeString trimmed = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), text.size()));
  while (!trimmed.isEmpty() && u_isUWhiteSpace(trimmed.char32At(0))) trimmed.remove(0, trimmed.moveIndex32(0, 1));
  while (!trimmed.isEmpty() && u_isUWhiteSpace(trimmed.char32At(trimmed.length() - 1))) {
    trimmed.truncate(trimmed.moveIndex32(trimmed.length(), -1));
  }
  std::string utf8;
  return trimmed.toUTF8String(utf8);
}

std::string Fold(std::string_view text) {
  // The same few strings are folded millions of times; the cache is cleared when it grows.
  static thread_local std::unordered_map<std::string, std::string> cache;
  if (cache.size() > 100000) cache.clear();
  auto [found, is_new] = cache.try_emplace(std::string(text));
  if (is_new) found->second = FoldUncached(text);
  return found->second;
}

bool SameText(std::string_view left, std::string_view right) {
  return left == right || Fold(NormalText(left)) == Fold(NormalText(right));
}

std::string TrimAscii(std::string_view text) {
  while (!text.empty() && IsAsciiSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsAsciiSpace(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool IsBlank(std::string_view text) { return NormalText(text).empty(); }

std::string NormalText(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return TrimAscii(text);
  }
  return TrimUnicode(Composed(text));
}

std::string NormalName(std::string_view name) {
  std::string normal;
  bool in_gap = false;
  for (char c : Fold(NormalText(name))) {
    const bool is_gap = c == ' ' || c == '_';
    if (!is_gap) normal += c;
    if (is_gap && !in_gap) normal += '_';
    in_gap = is_gap;
  }
  return normal;
}

}  // namespace leadpulse::model
