#include "processor/base/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

// Longer spellings are replaced by their plain form, which has at most 62 bytes.
constexpr size_t kMaxSpellingBytes = 64;
// Larger exponents are not told apart: all are far out of bounds.
constexpr int64_t kGreatestExponent = 1'000'000'000;

// 0.DIGITS × 10^exponent. The digits begin and end with none that is 0; there are none for zero.
struct PlacedDigits {
  bool negative = false;
  std::string digits;
  int64_t exponent = 0;

  int64_t fraction_digits() const { return static_cast<int64_t>(digits.size()) - exponent; }
};

size_t EndOfDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

// Whether the text is a number of JSON, or with leading noughts.
bool IsNumber(std::string_view text) {
  const size_t first = text.starts_with('-') ? 1 : 0;
  size_t end = EndOfDigits(text, first);
  if (end == first) return false;
  if (end < text.size() && text[end] == '.') {
    const size_t fraction = end + 1;
    end = EndOfDigits(text, fraction);
    if (end == fraction) return false;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const bool has_sign = end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+');
    const size_t exponent = end + (has_sign ? 2 : 1);
    end = EndOfDigits(text, exponent);
    if (end == exponent) return false;
  }
  return end == text.size();
}

int64_t ExponentOf(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t exponent = 0;
  const bool fits = std::from_chars(text.data(), text.data() + text.size(), exponent).ec == std::errc();
  if (!fits) return text.starts_with('-') ? -kGreatestExponent : kGreatestExponent;
  return std::clamp(exponent, -kGreatestExponent, kGreatestExponent);
}

PlacedDigits PlacedDigitsOf(std::string_view number) {
  PlacedDigits decimal;
  decimal.negative = number.starts_with('-');
  if (decimal.negative) number.remove_prefix(1);
  if (const size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    decimal.exponent = ExponentOf(number.substr(e + 1));
    number = number.substr(0, e);
  }
  const size_t point = std::min(number.find('.'), number.size());
  decimal.exponent += static_cast<int64_t>(point);
  decimal.digits = number.substr(0, point);
  if (point < number.size()) decimal.digits += number.substr(point + 1);
  const size_t noughts = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, noughts);
  decimal.digits.resize(decimal.digits.find_last_not_of('0') + 1);
  decimal.exponent -= static_cast<int64_t>(noughts);
  return decimal.digits.empty() ? PlacedDigits() : decimal;
}

bool IsInBounds(const PlacedDigits& decimal) {
  return decimal.exponent <= kMaxWholeDigits && decimal.fraction_digits() <= kMaxFractionDigits;
}

std::string PlainOf(const PlacedDigits& decimal) {
  if (decimal.digits.empty()) return "0";
  std::string plain = decimal.negative ? "-" : "";
  if (decimal.exponent <= 0) {
    return plain.append("0.").append(static_cast<size_t>(-decimal.exponent), '0').append(decimal.digits);
  }
  const auto whole = static_cast<size_t>(decimal.exponent);
  plain.append(decimal.digits, 0, whole);
  if (whole >= decimal.digits.size()) return plain.append(whole - decimal.digits.size(), '0');
  return plain.append(".").append(decimal.digits, whole);
}

}  // namespace

Number Number::OfInteger(int64_t integer) {
  constexpr int64_t kExact = int64_t{1} << 53;
  if (integer >= -kExact && integer <= kExact) return Number(static_cast<double>(integer));
  return *ParseJson(std::to_string(integer));
}

Number Number::OfInteger(uint64_t integer) {
  if (integer <= INT64_MAX) return OfInteger(static_cast<int64_t>(integer));
  return *ParseJson(std::to_string(integer));
}

bool Number::IsShort(std::string_view json) {
  constexpr size_t kShortBytes = 16;  // a point and 15 digits
  if (json.starts_with('-')) json.remove_prefix(1);
  const size_t point = json.find('.');
  if (json.empty() || json.size() > kShortBytes || json.find_first_of("eE") != std::string_view::npos) return false;
  if (point == std::string_view::npos) return json.size() < kShortBytes && json != "0";
  // Smaller ones than 0.000001 have an exponent.
  return json.back() != '0' && !json.starts_with("0.00");
}

std::optional<Number> Number::ParseJson(std::string_view text) {
  if (!IsNumber(text)) return std::nullopt;
  const std::string_view whole = text.substr(text.starts_with('-') ? 1 : 0);
  if (whole.size() > 1 && whole[0] == '0' && IsDigit(whole[1])) return std::nullopt;
  Number number;
  double nearest = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), nearest).ec == std::errc()) number = Number(nearest);
  if (number.nearest_ == 0 && text.starts_with('-') && PlacedDigitsOf(text).digits.empty()) text = whole;
  if (IsShort(text) || SpellNumber(number.nearest_) == text) return number;
  if (text.size() <= kMaxSpellingBytes) {
    number.spelling_ = std::make_shared<const std::string>(text);
  } else {
    const PlacedDigits decimal = PlacedDigitsOf(text);
    number.spelling_ = std::make_shared<const std::string>(IsInBounds(decimal) ? PlainOf(decimal) : std::string(text));
  }
  return number;
}

std::optional<Number> Number::Parse(std::string_view text) {
  if (text.find_first_of("eE") != std::string_view::npos || !IsNumber(text)) return std::nullopt;
  const bool is_negative = text.starts_with('-');
  const size_t first = is_negative ? 1 : 0;
  const size_t whole_end = EndOfDigits(text, first);
  const size_t kept = std::min(text.find_first_not_of('0', first), whole_end - 1);
  const std::optional<Number> number =
      kept == first ? ParseJson(text) : ParseJson(Concat({is_negative ? "-" : "", text.substr(kept)}));
  return number->InBounds() ? number : std::nullopt;
}

std::string Number::Spelling() const { return spelling_ != nullptr ? *spelling_ : SpellNumber(nearest_); }

std::string Number::Plain() const { return PlainOf(PlacedDigitsOf(Spelling())); }

bool Number::InBounds() const {
  const double size = std::abs(nearest_);
  if (!std::isfinite(size)) return false;
  // The 17 digits of a double of this size are at most 19 behind the point.
  if (spelling_ == nullptr && (size == 0 || (size >= 1e-3 && size <= 1e39))) return true;
  return IsInBounds(PlacedDigitsOf(Spelling()));
}

std::strong_ordering Number::CompareDigits(const Number& a, const Number& b) {
  const PlacedDigits one = PlacedDigitsOf(a.Spelling()), other = PlacedDigitsOf(b.Spelling());
  const auto sign = [](const PlacedDigits& decimal) { return decimal.digits.empty() ? 0 : decimal.negative ? -1 : 1; };
  if (sign(one) != sign(other)) return sign(one) <=> sign(other);
  const std::strong_ordering sizes =
      one.exponent != other.exponent ? one.exponent <=> other.exponent : one.digits.compare(other.digits) <=> 0;
  return one.negative ? 0 <=> sizes : sizes;
}

}  // namespace leadpulse
