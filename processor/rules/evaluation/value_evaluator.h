// The value of a field, a property or a list's element in a rule, and the tests of such a value.
//
// Pure, and without allocation except for text beyond ASCII. Thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "processor/base/calendar.h"
#include "processor/base/value.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"
#include "state/lead/profile.h"

namespace leadpulse::rules {

// A value to test. Refers to its source and must not outlive it.
struct Operand {
  // monostate: unset; double: a score or count.
  std::variant<std::monostate, bool, double, const Number*, Instant, std::string_view, const ScalarList*,
               const state::NameSet*, const StructValue*>
      value = {};
  // For a profile attribute its name and the facts: if the attribute is not declared, its text may be read as a number
  // or a date. Whether it is declared is looked up only if a text is compared with one of these. Null: text is never
  // converted.
  const Facts* facts = nullptr;
  std::string_view attribute = {};

  bool is_set() const { return value.index() != 0; }
};

Operand FieldOperand(const Field& field, const Facts& facts);
Operand FieldOperand(BuiltIn field, const Facts& facts);
// Returns an element of `list`, undeclared if the list is.
Operand ElementOperand(const Scalar& element, const Operand& list);

// Returns an event property. It has a declared type, so its text is never converted. Null: the entry does not have it.
Operand PropertyOperand(const Value* property);

bool PassesTest(const ValueTest& test, const Operand& operand);

// Returns the number, or an undeclared text converted to one. nullopt for a list.
std::optional<Number> NumberOf(const Operand& operand);

// Returns the instant, or an undeclared text converted to one. nullopt for a list.
std::optional<Instant> InstantOf(const Operand& operand);

template <typename T>
bool Compares(Compare op, const T& a, const T& b) {
  switch (op) {
    case Compare::kEqual:
      return a == b;
    case Compare::kNotEqual:
      return a != b;
    case Compare::kLess:
      return a < b;
    case Compare::kLessOrEqual:
      return a <= b;
    case Compare::kGreater:
      return a > b;
    case Compare::kGreaterOrEqual:
      return a >= b;
  }
  return false;
}

// Whether the text passes one of the three text tests; both texts are folded.
bool MatchesText(const TextTest& test, std::string_view text);

}  // namespace leadpulse::rules
