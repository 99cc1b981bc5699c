// Compares and reads text as all of Leadpulse does. All strings are UTF-8.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace leadpulse {

// Sets a string whose memory is used again and again. It mostly had as many bytes before: std::string::assign costs
// several times as much then. `from` is not a part of `to`.
inline void SetText(std::string_view from, std::string* to) {
  to->resize(from.size());
  if (!from.empty()) std::memcpy(to->data(), from.data(), from.size());
}

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
// Whether the text has only ASCII letters, digits and characters of `marks`.
bool IsAlphanumeric(std::string_view text, std::string_view marks);
bool IsAscii(std::string_view text);
// Whether it is ASCII white space: space, \t, \n, \v, \f, \r.
bool IsAsciiSpace(char c);
std::string_view TrimAsciiSpace(std::string_view text);
std::string AsciiLower(std::string_view text);

// Returns the Unicode simple case folding (CaseFolding.txt, statuses C and S): two strings are the same "without case"
// if their folds are equal. Leaves out joiners (U+200C, U+200D). Invalid UTF-8 is kept byte by byte.
std::string FoldCase(std::string_view text);

// Compares raw text with already folded text, as the next three do; ASCII needs no allocation.
bool EqualsFolded(std::string_view raw, std::string_view folded);
bool ContainsFolded(std::string_view raw, std::string_view folded);
bool StartsWithFolded(std::string_view raw, std::string_view folded);
bool EndsWithFolded(std::string_view raw, std::string_view folded);

// Returns a normalised name of an attribute or property: in normal form (normal_text.h), folded, a run of spaces and
// `_` is one `_`. ` Company Name`: `company_name`.
std::string NormalizeName(std::string_view name);

// Parses the rule language's number: an optional minus, digits, an optional fraction (`12`, `-3.50`). Nothing else, no
// white space around it, nothing beyond the range of a double.
std::optional<double> ParseNumber(std::string_view text);

// Parses a decimal integer: a minus if the type has a sign, and digits. Nothing else, nothing beyond the type's range.
template <std::integral Integer>
std::optional<Integer> ParseInteger(std::string_view text) {
  Integer integer = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, integer);
  return error == std::errc() && stopped == end ? std::optional(integer) : std::nullopt;
}

// Formats a number as JSON: integers without fraction or exponent up to 1e21, otherwise the shortest digits that read
// back as the same double (as ECMAScript and RFC 8785 do).
std::string SpellNumber(double number);

// Returns a whole number with its digits in groups of three: 1204000 as `1,204,000`.
std::string GroupDigits(std::string_view digits);
inline std::string GroupDigits(uint64_t number) { return GroupDigits(std::to_string(number)); }

// Concatenates the parts.
std::string Concat(std::initializer_list<std::string_view> parts);
void AppendParts(std::initializer_list<std::string_view> parts, std::string* out);

// Joins the parts with the separator between them.
template <typename Parts>
std::string Join(const Parts& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) AppendParts({&part == &*parts.begin() ? std::string_view() : separator, part}, &out);
  return out;
}

// Splits a list of names at commas, except those between backquotes.
std::vector<std::string_view> SplitAtCommas(std::string_view list);

// Returns where the character first occurs outside of quoted strings (RFC 9110 §5.6.4); the size of the text if
// nowhere.
size_t FindOutsideQuotes(std::string_view text, char wanted);
// Returns the elements of a header that is a list (RFC 9110 §5.6.1), with the blanks around them.
std::vector<std::string_view> ListElements(std::string_view header);

// Returns the length of the longest beginning that is UTF-8 (RFC 3629).
size_t ValidUtf8Bytes(std::string_view bytes);
inline bool IsUtf8(std::string_view bytes) { return ValidUtf8Bytes(bytes) == bytes.size(); }

// Returns the longest beginning of UTF-8 text that has at most `max_bytes` and ends between two characters.
std::string_view Utf8Prefix(std::string_view text, size_t max_bytes);

}  // namespace leadpulse
