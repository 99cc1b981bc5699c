// A JSON text as a tree, for bodies of any shape. Numbers keep their spelling: providers send ids above 2^53 and
// seconds with a fraction, which a double would change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse {

// Deeper nesting is rejected. Providers nest at most six deep.
inline constexpr size_t kMaxJsonDepth = 32;

// Returns the limit of values in a text of `bytes` bytes. A value takes up to 200 bytes of memory, so `[0,0,…` would
// take a hundred times its size. Events have one value in 14 bytes or more; a short text may be denser.
size_t MaxJsonValues(size_t bytes);

// Repairs JSON in which a sender has cut a string in the middle of a character: replaces each byte that is not UTF-8,
// and each escaped half of a surrogate pair (`\ud83d` alone), by U+FFFD. Removes a byte order mark. Returns any other
// text unchanged.
std::string RepairJsonText(std::string_view text);

inline constexpr size_t kSurrogatePairBytes = 12;

// Returns the UTF-16 unit of the escape `\uXXXX` at `at`; nullopt if there is no such escape.
std::optional<uint32_t> EscapedUnit(std::string_view text, size_t at);

// Whether there are a high and a low surrogate at `at`, both as `\u` and four digits.
bool IsSurrogatePair(std::string_view text, size_t at);

class Json {
 public:
  using Elements = std::vector<Json>;
  using Members = std::vector<std::pair<std::string, Json>>;
  struct Number {
    std::string spelling;
  };

  Json() = default;  // null

  // Parses a text. Rejected: it is not JSON, is nested too deep, or has more values than MaxJsonValues.
  static Result<Json> Parse(std::string_view text);
  // Parses one of several texts that share a limit: subtracts its number of values from `values_left`. Also rejected:
  // it has more.
  static Result<Json> Parse(std::string_view text, size_t* values_left);
  // Makes an object with texts as values.
  static Json OfStrings(const std::vector<std::pair<std::string, std::string>>& texts);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_boolean() const { return std::holds_alternative<bool>(value_); }
  bool is_number() const { return std::holds_alternative<Number>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Elements>(value_); }
  bool is_object() const { return std::holds_alternative<Members>(value_); }

  // Returns the content of a string, the spelling of a number; else empty.
  std::string_view text() const;
  // Returns text(); `true` or `false` for a boolean.
  std::string_view spelling() const;
  // Returns the value of a boolean; true for the string "true" and for the string or number "1"; else false.
  bool truth() const;
  // Returns the elements of an array; else empty.
  const Elements& elements() const;
  // Returns the members of an object, in the order of the text; else empty.
  const Members& members() const;
  // Returns the last member with that name; a null value if none, or if this is not an object.
  const Json& operator[](std::string_view name) const;

  // Appends the value as JSON without white space.
  void AppendTo(std::string* out) const;

 private:
  friend class TreeBuilder;
  explicit Json(std::variant<std::monostate, bool, Number, std::string, Elements, Members> value)
      : value_(std::move(value)) {}

  std::variant<std::monostate, bool, Number, std::string, Elements, Members> value_;
};

}  // namespace leadpulse
