// The strict reading of a rule, beside the evaluator's: which answers rest on a field being unset.
//
// To the evaluator a predicate on an unset field is false and its complement true, so `NOT industry CONTAINS "gov"`
// holds for every lead whose industry nobody knows, and for every lead at all where the name is mistyped. The strict
// reading takes both for false: push the negations down to the predicates; then each predicate on a field that is
// unset is false, in either polarity, and all else is as the evaluator says. A rule that holds, but not in the strict
// reading, holds only because something is unset. What counts as a predicate on an unset field:
//
// - any test, comparison, period, age or anniversary of an attribute, of `agent`, `created`, `last_…`, `tags`, `lists`
//   or `campaigns` where the lead has none. The score, the counts and the statuses are never unset.
// - not `IS SET` and `IS NOT SET`: they ask for just that, and are what they are in both readings.
// - not DID, HAS and IN LIST: they ask what is in a set, and nothing of a set is unset. Properties of events belong to
//   their entry and are no fields of the lead.
// - IN SEGMENT stands for the rule of that segment, read strictly too.
//
// The score is taken as it stands, also where a `when` of it rests on something unset.
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// The strict reading holds where `holds && !rests_on_unset`; that of the rule's complement, where neither is true.
struct StrictAnswer {
  bool holds = false;  // as Evaluate says
  bool rests_on_unset = false;
};

// One thing an answer rests on: a field that is unset, or a segment (its index) whose own answer rests on one.
using UnsetGround = std::variant<const Field*, uint32_t>;

// `segments`, by index: whether the answer of each segment that the rule refers to rests on something unset.
// Appends to `grounds` what the answer rests on, if it does (one may come twice): the unset fields of those predicates
// that decide. Of an AND that is false those are in its false parts, of one that is true in any; of OR the dual.
// `node` outlives the grounds.
StrictAnswer EvaluateStrictly(const Node& node, const Facts& facts, std::span<const uint8_t> segments,
                              std::vector<UnsetGround>* grounds);

// Whether the node itself is a predicate on a field of the lead that is unset.
bool AsksForUnset(const Node& node, const Facts& facts);

// Which answers of a rule could rest on something unset, for some lead. Where a rule has no negation that is no true
// one, which spares the strict reading of most rules.
struct UnsetReach {
  bool when_true = false;
  bool when_false = false;
};

// `segments`, by index: of the segments that the rule refers to.
UnsetReach ReachOfUnset(const Node& node, std::span<const UnsetReach> segments);

}  // namespace leadpulse::rules
