// A JSON text as a tree, for bodies whose shape others decide. Numbers keep their spelling: providers send ids beyond
// 2^53 and seconds with a fraction, and neither survives a double.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::webhooks {

// Deeper nesting is refused: no provider goes beyond six.
inline constexpr size_t kMaxJsonDepth = 32;

// The most values that a text of so many bytes may hold. A value takes up to two hundred bytes of memory, so `[0,0,…`
// would take a hundred times its size. Events have one in 14 bytes or more; a short text may be denser.
size_t MaxJsonValues(size_t bytes);

class Json {
 public:
  using Elements = std::vector<Json>;
  using Members = std::vector<std::pair<std::string, Json>>;
  struct Number {
    std::string spelling;
  };

  Json() = default;  // null

  // Rejected: it is no JSON, is nested too deep, or holds more than MaxJsonValues.
  static Result<Json> Parse(std::string_view text);
  // For texts that share one bound: takes the number of values off `values_left`. Rejected: it holds more than that.
  static Result<Json> Parse(std::string_view text, size_t* values_left);
  // An object with a text for each name.
  static Json OfTexts(const std::vector<std::pair<std::string, std::string>>& texts);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_boolean() const { return std::holds_alternative<bool>(value_); }
  bool is_number() const { return std::holds_alternative<Number>(value_); }
  bool is_text() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Elements>(value_); }
  bool is_object() const { return std::holds_alternative<Members>(value_); }

  // Of a text its content, of a number its spelling, of anything else nothing.
  std::string_view text() const;
  // Of a boolean; also of the texts and numbers "true", "1". Anything else: false.
  bool truth() const;
  // Of an array; of anything else nothing.
  const Elements& elements() const;
  // Of an object, as they stand in it; of anything else nothing.
  const Members& members() const;
  // The member, of several of one name the last; null where this is no object or has none of that name.
  const Json& operator[](std::string_view name) const;

  // Appends it as JSON without white space.
  void AppendTo(std::string* out) const;

 private:
  friend class TreeBuilder;
  explicit Json(std::variant<std::monostate, bool, Number, std::string, Elements, Members> value)
      : value_(std::move(value)) {}

  std::variant<std::monostate, bool, Number, std::string, Elements, Members> value_;
};

}  // namespace leadpulse::webhooks
