#include "processor/base/text.h"

#include <absl/strings/ascii.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "processor/base/normal_text.h"

namespace leadpulse {
namespace {

constexpr UChar32 kZeroWidthNonJoiner = 0x200C, kZeroWidthJoiner = 0x200D;

char LowerByte(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

// Returns the length of the longest prefix that is ASCII. Reads eight bytes at a time.
size_t AsciiPrefix(std::string_view text) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

bool EqualsLowered(std::string_view ascii, std::string_view folded) {
  return ascii.size() == folded.size() &&
         std::equal(ascii.begin(), ascii.end(), folded.begin(), [](char a, char b) { return LowerByte(a) == b; });
}

void AppendCodePoint(UChar32 c, std::string* out) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  out->append(bytes, length);
}

// Returns the length of the number at the start of the text (`-12.50`); 0 if none.
size_t NumberLength(std::string_view text) {
  size_t i = text.starts_with('-') ? 1 : 0;
  const size_t digits = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  if (i == digits) return 0;
  if (i < text.size() && text[i] == '.') {
    const size_t fraction = ++i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    if (i == fraction) return 0;
  }
  return i;
}

// Formats like Number::toString of ECMAScript (also RFC 8785, 3.2.2.3) from the digits d₁d₂…dₖ of d₁.d₂…dₖ ×
// 10^exponent.
std::string ArrangeDigits(std::string_view digits, int exponent) {
  const int count = static_cast<int>(digits.size());
  if (exponent >= 0 && exponent < 21) {
    if (count <= exponent + 1) return std::string(digits).append(exponent + 1 - count, '0');
    return std::string(digits.substr(0, exponent + 1)).append(".").append(digits.substr(exponent + 1));
  }
  if (exponent < 0 && exponent >= -6) return std::string("0.").append(-exponent - 1, '0').append(digits);
  std::string text(digits.substr(0, 1));
  if (count > 1) text.append(".").append(digits.substr(1));
  return text.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
}

}  // namespace

bool IsAscii(std::string_view text) { return AsciiPrefix(text) == text.size(); }

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsAlphanumeric(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(),
                     [marks](char c) { return IsLetter(c) || IsDigit(c) || marks.find(c) != std::string_view::npos; });
}

std::string_view TrimAsciiSpace(std::string_view text) {
  while (!text.empty() && IsAsciiSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsAsciiSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string AsciiLower(std::string_view text) {
  std::string lowered(text);
  absl::AsciiStrToLower(&lowered);
  return lowered;
}

std::string FoldCase(std::string_view text) {
  size_t i = AsciiPrefix(text);
  std::string folded = AsciiLower(text.substr(0, i));
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  while (i < text.size()) {
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, text.size(), c);
    if (c < 0) {
      folded.append(text.substr(start, i - start));
    } else if (c != kZeroWidthNonJoiner && c != kZeroWidthJoiner) {
      AppendCodePoint(u_foldCase(c, U_FOLD_CASE_DEFAULT), &folded);
    }
  }
  return folded;
}

// Compares. Text beyond ASCII is folded as a whole: the Kelvin sign folds to `k`, so byte positions do not match.
bool EqualsFolded(std::string_view raw, std::string_view folded) {
  return IsAscii(raw) ? EqualsLowered(raw, folded) : FoldCase(raw) == folded;
}

bool ContainsFolded(std::string_view raw, std::string_view folded) {
  if (!IsAscii(raw)) return FoldCase(raw).find(folded) != std::string::npos;
  return std::search(raw.begin(), raw.end(), folded.begin(), folded.end(),
                     [](char a, char b) { return LowerByte(a) == b; }) != raw.end() ||
         folded.empty();
}

bool StartsWithFolded(std::string_view raw, std::string_view folded) {
  if (!IsAscii(raw)) return FoldCase(raw).starts_with(folded);
  return raw.size() >= folded.size() && EqualsLowered(raw.substr(0, folded.size()), folded);
}

bool EndsWithFolded(std::string_view raw, std::string_view folded) {
  if (!IsAscii(raw)) return FoldCase(raw).ends_with(folded);
  return raw.size() >= folded.size() && EqualsLowered(raw.substr(raw.size() - folded.size()), folded);
}

std::string NormalizeName(std::string_view name) {
  std::string normal = FoldCase(NormalText(name));
  size_t length = 0;
  for (char c : normal) {
    if (c == ' ') c = '_';
    if (c == '_' && length > 0 && normal[length - 1] == '_') continue;
    normal[length++] = c;
  }
  normal.resize(length);
  return normal;
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.empty() || NumberLength(text) != text.size()) return std::nullopt;
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error == std::errc::result_out_of_range) {
    // Too small is zero, too large is not a number: the digits before the point decide.
    const std::string_view whole = text.substr(0, text.find('.'));
    if (whole.find_first_of("123456789") != std::string_view::npos) return std::nullopt;
    return 0.0;
  }
  return number == 0 ? 0.0 : number;  // no negative zero
}

std::string SpellNumber(double number) {
  if (number == 0) return "0";
  if (!std::isfinite(number)) return "null";  // as ECMAScript does: JSON has no form for it
  char buffer[32];
  if (std::abs(number) < 1e15 && number == std::trunc(number)) {
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, static_cast<int64_t>(number));
    return {buffer, end};
  }
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, std::abs(number), std::chars_format::scientific);
  const std::string_view spelled(buffer, end - buffer);  // 1.2345e+30
  const size_t e = spelled.find('e');
  std::string digits(spelled.substr(0, 1));
  if (e > 2) digits.append(spelled.substr(2, e - 2));
  int exponent = 0;
  std::from_chars(buffer + e + (spelled[e + 1] == '+' ? 2 : 1), end, exponent);
  return (number < 0 ? "-" : "") + ArrangeDigits(digits, exponent);
}

std::string GroupDigits(std::string_view digits) {
  std::string grouped(digits);
  for (size_t i = grouped.size(); i > 3; i -= 3) grouped.insert(i - 3, 1, ',');
  return grouped;
}

std::string Concat(std::initializer_list<std::string_view> parts) {
  std::string out;
  AppendParts(parts, &out);
  return out;
}

void AppendParts(std::initializer_list<std::string_view> parts, std::string* out) {
  for (std::string_view part : parts) out->append(part);
}

std::string_view Utf8Prefix(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::vector<std::string_view> SplitAtCommas(std::string_view list) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '`') quoted = !quoted;
    if (list[i] != ',' || quoted) continue;
    parts.push_back(list.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(list.substr(begin));
  return parts;
}

size_t FindOutsideQuotes(std::string_view text, char wanted) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == wanted && !quoted) {
      return i;
    }
  }
  return text.size();
}

std::vector<std::string_view> ListElements(std::string_view header) {
  std::vector<std::string_view> elements;
  while (true) {
    const size_t end = FindOutsideQuotes(header, ',');
    elements.push_back(header.substr(0, end));
    if (end == header.size()) return elements;
    header.remove_prefix(end + 1);
  }
}

size_t ValidUtf8Bytes(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t valid = AsciiPrefix(bytes);
  for (size_t i = valid; i < bytes.size(); valid = i) {
    UChar32 c;
    U8_NEXT(data, i, bytes.size(), c);
    if (c < 0) break;
    i += AsciiPrefix(bytes.substr(i));
  }
  return valid;
}

}  // namespace leadpulse
