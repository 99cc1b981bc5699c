// Decimal numbers with the digits that were sent, compared exactly.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/model/record.h"

namespace leadpulse::model {

struct Number {
  std::string spelling = "0";  // as JSON
  std::string order;           // compares as the numbers do; empty: beyond the bounds

  Number(int64_t integer = 0)  // NOLINT(google-explicit-constructor)
      : Number(std::string_view(std::to_string(integer))) {}
  explicit Number(std::string_view spelling);
  friend bool operator==(const Number& a, const Number& b) { return a.order == b.order; }
  friend auto operator<=>(const Number& a, const Number& b) { return a.order <=> b.order; }
};

// Returns the number as a value of a record: an integer of 64 bits as such, anything else as `{"$number": "1.50"}`,
// because nlohmann's numbers lose digits.
Json NumberJson(const std::string& spelling);
// Returns the number that such a value is; nullopt for any other value.
std::optional<Number> NumberOf(const Json& value);

// Parses JSON with such values; Render is the opposite.
Json Parse(const std::string& text);
std::string Render(const Json& value);

// Reads a number in the grammar of the rule language: an optional minus, digits, an optional fraction. Refuses anything
// else (an exponent, a plus, spaces) and numbers beyond the bounds.
std::optional<Number> ReadNumber(std::string_view text);

// Writes the number without exponent.
std::string PlainNumber(const Number& number);

}  // namespace leadpulse::model
