#include "tests/support/model/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <unordered_map>

namespace leadpulse::model {
namespace {

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string FoldUncached(std::string_view text) {
  std::string folded;
  int32_t position = 0;
  const auto length = static_cast<int32_t>(text.size());
  while (position < length) {
    const int32_t start = position;
    UChar32 point = 0;
    U8_NEXT(text.data(), position, length, point);
    if (point < 0) {
      folded.append(text.substr(start, position - start));
      continue;
    }
    char bytes[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, u_foldCase(point, U_FOLD_CASE_DEFAULT));
    folded.append(bytes, size);
  }
  return folded;
}

}  // namespace

std::string Fold(std::string_view text) {
  // The same few strings are folded millions of times; the cache is cleared when it grows.
  static thread_local std::unordered_map<std::string, std::string> cache;
  if (cache.size() > 100000) cache.clear();
  auto [found, is_new] = cache.try_emplace(std::string(text));
  if (is_new) found->second = FoldUncached(text);
  return found->second;
}

bool SameText(std::string_view left, std::string_view right) { return left == right || Fold(left) == Fold(right); }

std::string TrimAscii(std::string_view text) {
  while (!text.empty() && IsAsciiSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsAsciiSpace(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool IsBlank(std::string_view text) { return TrimAscii(text).empty(); }

std::string NormalName(std::string_view name) {
  std::string normal;
  bool in_gap = false;
  for (char c : Fold(TrimAscii(name))) {
    const bool is_gap = c == ' ' || c == '_';
    if (!is_gap) normal += c;
    if (is_gap && !in_gap) normal += '_';
    in_gap = is_gap;
  }
  return normal;
}

}  // namespace leadpulse::model
