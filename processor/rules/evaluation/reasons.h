// Why a rule gives the answer it gives: the predicates that decide it.
//
// Of an AND that is false those are in its false parts, of one that is true in all; of OR the dual. Pure; thread-safe.
#pragma once

#include <vector>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

struct Reason {
  const Node* predicate = nullptr;  // of the rule, which outlives this
  bool holds = false;
  bool field_is_unset = false;  // AsksForUnset
};

// In the order of the rule; at least one. Not meant for every lead: it evaluates each predicate once more.
std::vector<Reason> ReasonsOf(const Node& node, const Facts& facts);

}  // namespace leadpulse::rules
