#include "config/surrogate_pairs.h"

#include <algorithm>
#include <charconv>

#include "config/source_text.h"

namespace leadpulse::config {
namespace {

// What stands in for a pair, as it is written and as the parser decodes it: twice U+FFFD.
constexpr std::string_view kWritten = R"(\ufffd\ufffd)";
constexpr std::string_view kDecoded = "\xEF\xBF\xBD\xEF\xBF\xBD";

// The character of the pair at `at`, in UTF-8.
std::string Character(std::string_view text, size_t at) {
  const uint32_t high = *EscapedUnit(text, at) - 0xD800;
  const uint32_t low = *EscapedUnit(text, at + kSurrogatePairBytes / 2) - 0xDC00;
  const uint32_t point = 0x10000 + high * 0x400 + low;
  return {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
          static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
}

}  // namespace

std::optional<uint32_t> EscapedUnit(std::string_view text, size_t at) {
  if (at + kSurrogatePairBytes / 2 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  const std::string_view digits = text.substr(at + 2, 4);
  uint32_t unit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(unit) : std::nullopt;
}

bool IsSurrogatePair(std::string_view text, size_t at) {
  return (EscapedUnit(text, at).value_or(0) & 0xFC00) == 0xD800 &&
         (EscapedUnit(text, at + kSurrogatePairBytes / 2).value_or(0) & 0xFC00) == 0xDC00;
}

SurrogatePairs::SurrogatePairs(std::string_view text) : text_(text) {
  for (size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    if (IsSurrogatePair(text, at)) {
      pairs_.push_back(static_cast<uint32_t>(at));
      at += kSurrogatePairBytes;
    } else {
      at += 2;  // the second of `\\` escapes nothing
    }
  }
  if (pairs_.empty()) return;
  readable_ = text;
  for (uint32_t at : pairs_) readable_.replace(at, kWritten.size(), kWritten);
}

bool SurrogatePairs::Restore(YamlNode* scalar) const {
  if (pairs_.empty() || scalar->offset >= text_.size()) return true;
  const bool escapes = text_[scalar->offset] == '"';
  const std::string_view stand_in = escapes ? kDecoded : kWritten;
  if (scalar->text.find(stand_in) == std::string::npos) return true;
  const std::vector<uint32_t> places = PlacesInScalar(readable_, *scalar);

  std::string restored;
  for (size_t i = 0; i < scalar->text.size();) {
    const bool stands_in = scalar->text.compare(i, stand_in.size(), stand_in) == 0;
    if (stands_in && i >= places.size()) return false;
    if (stands_in && std::binary_search(pairs_.begin(), pairs_.end(), places[i])) {
      restored += escapes ? Character(text_, places[i]) : std::string(text_.substr(places[i], kSurrogatePairBytes));
      i += stand_in.size();
    } else {
      restored += scalar->text[i++];
    }
  }
  scalar->text = std::move(restored);
  return true;
}

}  // namespace leadpulse::config
