// SegmentUpdate, part 3: finds the first future boundary at which the answer of a rule changes.
#include <algorithm>

#include "processor/view/incremental/segment_update.h"

namespace leadpulse::view {
namespace {

using rules::Facts;
using rules::TimeDependency;

// Limits of the search for the first change: rules evaluated and instants tried. Beyond them the result may be an
// instant at which nothing changes.
constexpr size_t kMaxRulesAhead = 64;
constexpr int kMaxInstantsAhead = 16;

}  // namespace

// The first boundary at which a rule's answer differs from now.
Instant SegmentUpdate::FirstChangeTime(Instant score_change_at) {
  ahead_.clear();
  for (const auto& [subject, at] : memo().change_times) {
    if (at < score_change_at) ahead_.push_back({subject, at, {}});
  }
  return ahead_.empty() ? score_change_at : FirstChangeTimeAhead(score_change_at);
}

Instant SegmentUpdate::FirstChangeTimeAhead(Instant score_change_at) {
  size_t budget = kMaxRulesAhead;
  Facts facts = after_;
  for (int instants = 0;; ++instants) {
    facts.now = std::ranges::min_element(ahead_, {}, &Ahead::at)->at;
    if (facts.now >= score_change_at) return score_change_at;
    if (instants == kMaxInstantsAhead) return facts.now;
    FindChangedAhead(facts);
    if (!changed_.empty() && AnyRuleChanges(facts, &budget)) return facts.now;
    for (Ahead& ahead : ahead_) {
      if (ahead.at == facts.now) ahead.at = NextChangeOf(index().subjects()[ahead.subject], *ahead.times, facts);
    }
  }
}

// Sets changed_ to at least the conditions that change exactly at facts.now.
void SegmentUpdate::FindChangedAhead(const Facts& facts) {
  changed_.clear();
  for (Ahead& ahead : ahead_) {
    if (ahead.at != facts.now) continue;
    const TimeDependency& subject = index().subjects()[ahead.subject];
    if (!ahead.times) ahead.times = TimesAfter(ahead.subject);
    FindChangedAt(subject, *ahead.times, facts);
  }
}

rules::LatestTimes SegmentUpdate::TimesAfter(rules::SubjectId subject) const {
  const Renewed* renewed = FindRenewed(subject);
  return renewed != nullptr ? renewed->times : index().subjects()[subject].TimesOf(after_);
}

// Also true if the budget is used up.
bool SegmentUpdate::AnyRuleChanges(const Facts& facts, size_t* budget) {
  index().rules().Find(changed_, predicates_, &search_);
  answers_.Forget();
  for (const uint32_t rule : search_.found) {
    if (*budget == 0 || index().HoldsBehindPredicate(rule, facts, &answers_) != IsMember(rule)) return true;
    --*budget;
  }
  return false;
}

}  // namespace leadpulse::view
