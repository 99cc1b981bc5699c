// DID: counts and sequences of steps in a lead's journal, in windows that move with `now`.
//
// A window is monotone: it never begins or ends to hold for a later instant before it does so for an earlier one. The
// journal is in order of time, so the entries inside a window are consecutive among those that match, and one pass over
// the journal finds the answer and its next change.
#pragma once

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

Answer EvaluateDidCount(const DidCount& did, const Facts& facts);
Answer EvaluateDidThen(const DidThen& did, const Facts& facts);

}  // namespace leadpulse::rules
