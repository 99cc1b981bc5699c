#include "processor/rules/evaluation/step_search.h"

#include <variant>

namespace leadpulse::rules {

state::EntryCode KindOf(const Step& step) {
  state::EntryCode kind(step.type);
  if (step.scope != Scope::kAny) kind.MustBeMachine(step.scope == Scope::kMachine);
  if (step.bounce) kind.MustBounce(*step.bounce);
  if (const auto* name = std::get_if<Text>(&step.name)) kind.MaybeNamed(name->folded);
  return kind;
}

size_t StepSearch::FirstByKind(size_t begin) const {
  size_t i = kinds_->First(kind_, begin);
  while (i < entries_.size() && !StepMatches(*step_, entries_[i])) i = kinds_->First(kind_, i + 1);
  return i;
}

}  // namespace leadpulse::rules
