// The strict reading of a rule: the answers that depend on an unset field. ReasonsOf finds the predicates that decide
// an answer.
//
// For the evaluator a predicate on an unset field is false and its complement true, so `NOT industry CONTAINS "gov"`
// holds for every lead without an industry, and for every lead if the name is mistyped. In the strict reading both are
// false: negations are pushed down to the predicates; then each predicate on an unset field is false, negated or not,
// and everything else is as for the evaluator. A rule that holds, but not in the strict reading, holds only because
// something is unset. Predicates on an unset field are:
//
// - any test, comparison, period, age or anniversary of an attribute, of `agent`, `created`, `last_…`, `tags`, `lists`
//   or `campaigns` that the lead does not have. The score, the counts and the statuses are never unset.
// - not `IS SET` and `IS NOT SET`: they ask for exactly that, and are the same in both readings.
// - not DID, HAS and IN LIST: they ask whether a set has an element, and no element is unset. Properties of events
//   belong to their entry and are not fields of the lead.
// - IN SEGMENT stands for the rule of that segment, which is read strictly, too.
//
// The score is used unchanged, even if one of its `when` depends on something unset. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// An answer. The strict reading holds if `holds && !rests_on_unset`, that of the complement if neither is true.
struct StrictAnswer {
  bool holds = false;  // the answer of Evaluate
  bool rests_on_unset = false;
};

// A reason of rests_on_unset: an unset field, or a segment (its index) whose own answer depends on one.
using UnsetGround = std::variant<const Field*, uint32_t>;

// Reads a rule strictly. `segments`, by index: whether the answer of each segment that the rule refers to depends on
// something unset. Appends to `grounds` what the answer depends on (perhaps some twice): the unset fields of the
// deciding predicates. For a false AND these are in its false parts, for a true AND in any part; OR is the opposite.
// `node` outlives the grounds.
StrictAnswer EvaluateStrictly(const Node& node, const Facts& facts, std::span<const uint8_t> segments,
                              std::vector<UnsetGround>* grounds);

// Whether the node itself is a predicate on an unset field of the lead.
bool AsksForUnset(const Node& node, const Facts& facts);

// The answers of a rule that could depend on something unset, for any lead. Without a negation no true answer does, so
// most rules need no strict reading.
struct UnsetReach {
  bool when_true = false;
  bool when_false = false;
};

// Returns the reach of a rule. `segments`, by index: the result for each segment that the rule refers to.
UnsetReach ReachOfUnset(const Node& node, std::span<const UnsetReach> segments);

// A predicate that decides the answer of a rule.
struct Reason {
  const Node* predicate = nullptr;  // belongs to the rule, which outlives this
  bool holds = false;
  bool field_is_unset = false;  // AsksForUnset
};

// Returns the reasons of the answer, in the order of the rule; at least one. For a false AND they are in its false
// parts, for a true AND in all parts; OR is the opposite. Too slow for every lead: it evaluates each predicate once
// more.
std::vector<Reason> ReasonsOf(const Node& node, const Facts& facts);

}  // namespace leadpulse::rules
