// DID: what a lead's journal says about steps, in windows that move with `now`.
//
// A window is monotone: where it holds for two instants at some time each, it neither begins nor ends to hold for the
// later one first. The journal is in order of time, so the entries inside a window are consecutive among those that
// match, and one pass over the journal answers what holds and what changes next.
#pragma once

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

Answer EvaluateDidCount(const DidCount& did, const Facts& facts);
Answer EvaluateDidThen(const DidThen& did, const Facts& facts);

}  // namespace leadpulse::rules
