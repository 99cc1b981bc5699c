#include "processor/rules/evaluation/match_cursor.h"

#include <algorithm>

namespace leadpulse::rules {

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
