#include "processor/rules/evaluation/step_search.h"

#include <algorithm>
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

size_t FirstFrom(Instant t, std::span<const state::JournalEntry> entries, size_t begin, size_t end) {
  const auto part = entries.subspan(begin, end - begin);
  const auto first = std::ranges::lower_bound(part, t, {}, &state::JournalEntry::occurred_at);
  return begin + static_cast<size_t>(first - part.begin());
}

MatchCursor::MatchCursor(const Step& step, const std::optional<TimeTest>& window, const Facts& facts)
    : search_(step, facts.lead->journal),
      window_(window ? &*window : nullptr),
      facts_(&facts),
      entries_(facts.lead->journal.entries()) {
  Settle();
}

void MatchCursor::Settle() {
  for (index_ = search_.First(index_); !done(); index_ = search_.First(index_ + 1)) {
    if (window_ == nullptr) return;
    range_ = HoldsDuring(*window_, entries_[index_].occurred_at, *facts_->calendar);
    if (range_.from < range_.until) return;
  }
}

}  // namespace leadpulse::rules
