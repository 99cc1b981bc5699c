// Of SegmentUpdate the look ahead: which of the boundaries to come is the first at which a rule gives another answer.
#include <algorithm>

#include "processor/view/segment_update.h"

namespace leadpulse::view {
namespace {

using rules::Facts;
using rules::TimedSubject;

// What finding the first flip may cost: rules evaluated and instants looked at. Beyond it the flip may be one that
// changes nothing.
constexpr size_t kMaxRulesAhead = 64;
constexpr int kMaxInstantsAhead = 16;

}  // namespace

// The first of the boundaries at which a rule gives another answer than now.
Instant SegmentUpdate::FirstFlip(Instant score_flip) {
  ahead_.clear();
  for (const auto& [subject, at] : lead_->rule_memo.held->flips) {
    if (at < score_flip) ahead_.push_back({subject, at, {}});
  }
  bool marked = false;
  const Instant first = ahead_.empty() ? score_flip : FirstFlipAhead(score_flip, &marked);
  if (marked) index().rules().Unmark(guards_, &search_);
  return first;
}

// The first boundary is mostly the one. After it those that no rule of the lead's guards is about are passed over.
Instant SegmentUpdate::FirstFlipAhead(Instant score_flip, bool* marked) {
  size_t budget = kMaxRulesAhead;
  Facts facts = after_;
  for (int instants = 0;;) {
    facts.now = std::ranges::min_element(ahead_, {}, &Ahead::at)->at;
    if (facts.now >= score_flip) return score_flip;
    if (*marked && PassOverUnasked(facts.now)) continue;
    if (instants++ == kMaxInstantsAhead) return facts.now;
    FindChangedAhead(facts);
    if (!changed_.empty() && AnyRuleFlips(facts, &budget)) return facts.now;
    if (!*marked) index().rules().Mark(guards_, &search_);
    *marked = true;
    const rules::AskedConditions asked = index().rules().Asked(search_);
    for (Ahead& ahead : ahead_) {
      if (ahead.at != facts.now) continue;
      ahead.at = NextFlipOf(index().subjects()[ahead.subject], *ahead.times, facts, &asked);
    }
  }
}

// Leaves in changed_ at least the conditions that change exactly at facts.now.
void SegmentUpdate::FindChangedAhead(const Facts& facts) {
  changed_.clear();
  for (Ahead& ahead : ahead_) {
    if (ahead.at != facts.now) continue;
    const TimedSubject& subject = index().subjects()[ahead.subject];
    if (!ahead.times) ahead.times = subject.TimesOf(after_);
    FindChangedAt(subject, *ahead.times, facts);
  }
}

// The boundaries that the memo has may be those of conditions that no rule of the lead's guards is about. False: none
// of this instant is.
bool SegmentUpdate::PassOverUnasked(Instant at) {
  const rules::AskedConditions asked = index().rules().Asked(search_);
  bool any = false;
  for (Ahead& ahead : ahead_) {
    if (ahead.at != at || ahead.times) continue;
    const TimedSubject& subject = index().subjects()[ahead.subject];
    ahead.times = subject.TimesOf(after_);
    ahead.at = NextFlipOf(subject, *ahead.times, after_, &asked);
    any = true;
  }
  return any;
}

// True also where the budget is spent.
bool SegmentUpdate::AnyRuleFlips(const Facts& facts, size_t* budget) {
  index().rules().Find(changed_, guards_, &search_);
  answers_.Forget();
  for (const uint32_t rule : search_.found) {
    if (*budget == 0 || index().HoldsBehindGuard(rule, facts, &answers_) != IsMember(rule)) return true;
    --*budget;
  }
  return false;
}

}  // namespace leadpulse::view
