// Decimal numbers as they were sent: all digits are kept, and two numbers compare exactly.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace leadpulse {

// Numbers are counted by value: 1e39 has forty digits before the point, 1.50 has one behind it.
inline constexpr int64_t kMaxWholeDigits = 40;
inline constexpr int64_t kMaxFractionDigits = 20;

// An exact decimal number. Nearly all numbers are the shortest decimal of a double, spelled as SpellNumber does; they
// take no memory of their own and compare as doubles. Others also keep their spelling, which copies share.
class Number {
 public:
  Number() = default;
  // Makes the shortest decimal of the double; 0 of negative zero.
  Number(double number) : nearest_(number == 0 ? 0.0 : number) {}  // NOLINT(google-explicit-constructor)
  static Number OfInteger(int64_t integer);
  static Number OfInteger(uint64_t integer);

  // Parses a number of JSON (RFC 8259 §6), of any size; nullopt for anything else.
  static std::optional<Number> ParseJson(std::string_view text);
  // Whether a number of JSON is spelled as the nearest double is, by a quick look: false for some that are. A decimal
  // of at most 15 digits is the shortest one of its double (IEEE 754, DBL_DIG).
  static bool IsShort(std::string_view json);
  // Parses the rule language's number: an optional minus, digits, an optional fraction. nullopt for anything else, and
  // for numbers that are out of bounds. Drops leading noughts.
  static std::optional<Number> Parse(std::string_view text);

  // Returns the nearest double: of two numbers the greater one's is at least the other's. 0 beyond a double's range.
  double nearest() const { return nearest_; }
  // Returns the number as JSON, as it was sent.
  std::string Spelling() const;
  // Returns the number without an exponent and without noughts that say nothing: equal numbers have one form.
  std::string Plain() const;
  // Returns the spelling if it is not that of the nearest double; else null.
  const std::string* own_spelling() const { return spelling_.get(); }
  // Whether the number has at most kMaxWholeDigits and kMaxFractionDigits. Others are not kept.
  bool InBounds() const;

  friend std::strong_ordering operator<=>(const Number& a, const Number& b) {
    if (a.nearest_ < b.nearest_) return std::strong_ordering::less;
    if (a.nearest_ > b.nearest_) return std::strong_ordering::greater;
    return a.spelling_ == b.spelling_ ? std::strong_ordering::equal : CompareDigits(a, b);
  }
  friend bool operator==(const Number& a, const Number& b) { return (a <=> b) == 0; }

 private:
  static std::strong_ordering CompareDigits(const Number& a, const Number& b);

  double nearest_ = 0;
  std::shared_ptr<const std::string> spelling_;
};

}  // namespace leadpulse
