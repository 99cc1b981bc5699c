// Why a rule gives the answer it gives: the predicates that decide it.
//
// For a false AND they are in its false parts, for a true AND in all parts; OR is the opposite. Pure; thread-safe.
#pragma once

#include <vector>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

struct Reason {
  const Node* predicate = nullptr;  // belongs to the rule, which outlives this
  bool holds = false;
  bool field_is_unset = false;  // AsksForUnset
};

// In the order of the rule; at least one. Not for every lead: it evaluates each predicate once more.
std::vector<Reason> ReasonsOf(const Node& node, const Facts& facts);

}  // namespace leadpulse::rules
