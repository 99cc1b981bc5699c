// An answer about a journal that a long one keeps (state/kept_answers.h). Until its next flip it is the same, and so is
// that flip, as long as no entry of the types asked for changes.
#pragma once

#include "processor/base/event_types.h"
#include "processor/rules/evaluator.h"

namespace leadpulse::rules {

// What `evaluate` gives, where none is kept. It looks at nothing but entries of these types. `question` is the number
// of a step (Step::id).
template <typename Evaluate>
Answer KeptAnswer(uint64_t question, EventTypes types, const Facts& facts, Evaluate evaluate) {
  state::KeptAnswers* answers = facts.lead->journal.answers();
  if (answers == nullptr) return evaluate();
  if (const auto* kept = answers->Find(question, facts.now)) return {kept->value != 0, kept->until};
  const Answer answer = evaluate();
  answers->Keep({question, types, facts.now, answer.next_flip, answer.holds});
  return answer;
}

}  // namespace leadpulse::rules
