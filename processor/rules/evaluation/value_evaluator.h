// What a field, a property or a list's element is worth in a rule, and the tests of such a value.
//
// Pure and without allocation but for text beyond ASCII. Thread-safe.
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

// Refers to what it was made from and must not outlive it.
struct Operand {
  // monostate: unset.
  std::variant<std::monostate, bool, double, Instant, std::string_view, const ScalarList*, const state::NameSet*,
               const StructValue*>
      value = {};
  // Of a profile attribute, whose text reads as a number or a date where the attribute is not declared: its name and
  // the facts. Whether it is declared is looked up only where a text is compared with one of these. Null: never.
  const Facts* facts = nullptr;
  std::string_view attribute = {};

  bool is_set() const { return value.index() != 0; }
};

Operand FieldOperand(const Field& field, const Facts& facts);
Operand FieldOperand(BuiltIn field, const Facts& facts);
// An element of `list`: of an undeclared list, an undeclared value.
Operand ElementOperand(const Scalar& element, const Operand& list);

// An event property: of a declared type, so its text is text. Null: the entry does not have it.
Operand PropertyOperand(const Value* property);

bool PassesTest(const ValueTest& test, const Operand& operand);

// The number, or what an undeclared text reads as. Nothing of a list.
std::optional<double> NumberOf(const Operand& operand);

// The instant, or what an undeclared text reads as. Nothing of a list.
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

// The three operators of text; `folded` text on the right.
bool MatchesText(const TextTest& test, std::string_view text);

}  // namespace leadpulse::rules
