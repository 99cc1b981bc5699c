#include "processor/view/counted_entries.h"

#define XXH_INLINE_ALL  // inlined, because for short texts a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/rules/evaluation/step_search.h"

namespace leadpulse::view {
namespace {

using config::LimitPer;
using config::ScoringRule;
using state::JournalEntry;

constexpr uint32_t kAlone = 0;                     // group of entries that no limit applies to
constexpr uint32_t kFirstDay = uint32_t{1} << 31;  // so that no day of the calendar is kAlone

uint32_t HashOf(std::string_view text) {
  return static_cast<uint32_t>(XXH3_64bits(text.data(), text.size())) | 1;  // never kAlone
}

// Returns the number of full periods of decay that passed, up to the last that changes the points.
int64_t PeriodsPassed(const config::ScoringRule& rule, Instant occurred_at, Instant now) {
  const int64_t age = std::max<int64_t>(0, (now - occurred_at).count());
  return std::min(age / rule.decay->every.count(), static_cast<int64_t>(rule.points_by_age.size()) - 1);
}

}  // namespace

DecayedPoints PointsAfterDecay(const config::ScoringRule& rule, Instant occurred_at, Instant now) {
  LP_ASSERT(!rule.points_by_age.empty());
  if (!rule.decay) return {rule.points_by_age.front(), Instant::Never()};
  const std::vector<int64_t>& by_age = rule.points_by_age;
  const int64_t passed = PeriodsPassed(rule, occurred_at, now);
  DecayedPoints decayed{by_age[passed], Instant::Never()};
  for (int64_t later = passed + 1; later < static_cast<int64_t>(by_age.size()); ++later) {
    if (by_age[later] == decayed.points) continue;
    decayed.changes_at = occurred_at + rule.decay->every * later;
    break;
  }
  return decayed;
}

Millis EndOfPeriod(const config::ScoringRule& rule, Instant occurred_at, Instant now) {
  if (!rule.decay) return Millis::max();
  const int64_t passed = PeriodsPassed(rule, occurred_at, now);
  const bool last = passed + 1 == static_cast<int64_t>(rule.points_by_age.size());
  return last ? Millis::max() : rule.decay->every * (passed + 1);
}

void CountedEntries::Restart(uint32_t begin) {
  counted_.clear();
  cut_.clear();
  end_ = begin;
}

void CountedEntries::Truncate(uint32_t end) {
  if (end >= end_) return;
  end_ = end;
  for (std::vector<Matched>* entries : {&counted_, &cut_}) {
    while (!entries->empty() && entries->back().number >= end) entries->pop_back();
  }
}

void CountedEntries::Update(const ScoringRule& rule, const Calendar& calendar, const state::Journal& journal,
                            uint32_t first) {
  const std::span<const JournalEntry> entries = journal.entries();
  static constexpr config::Limit kNoLimit;
  const Journaled in{rule.limit ? *rule.limit : kNoLimit, calendar, entries, first};
  ForgetFolded(in);
  if (end_ >= first + entries.size()) return;
  const rules::StepSearch search(*rule.step, journal);
  for (size_t i = search.First(std::max(end_, first) - first); i < entries.size(); i = search.First(i + 1)) {
    const Matched matched{first + static_cast<uint32_t>(i), rule.limit ? GroupOf(entries[i], in) : kAlone};
    (HasRoom(matched, in) ? counted_ : cut_).push_back(matched);
  }
  end_ = first + static_cast<uint32_t>(entries.size());
}

void CountedEntries::ForgetFolded(const Journaled& in) {
  const auto held = [&](const Matched& matched) { return matched.number >= in.first; };
  const auto first_held = std::ranges::find_if(counted_, held);
  if (first_held == counted_.begin()) return;  // a limit cuts no entry before the first that it counts
  const absl::InlinedVector<Matched, 4> folded(counted_.begin(), first_held);
  counted_.erase(counted_.begin(), first_held);
  cut_.erase(cut_.begin(), std::ranges::find_if(cut_, held));
  if (cut_.empty()) return;
  for (const Matched& matched : folded) {
    if (matched.group != kAlone) FillGap(matched.group, in);
  }
}

uint32_t CountedEntries::GroupOf(const JournalEntry& entry, const Journaled& in) {
  switch (in.limit.per) {
    case LimitPer::kLifetime:
      return 1;
    case LimitPer::kDay:
      return kFirstDay + static_cast<uint32_t>(in.calendar.DayOf(entry.occurred_at).since_epoch);
    case LimitPer::kMessage:
      return entry.message_id().empty() ? kAlone : HashOf(entry.message_id());
    case LimitPer::kCampaign:
      return entry.campaign_id().empty() ? kAlone : HashOf(FoldCase(entry.campaign_id()));
  }
  return kAlone;
}

bool CountedEntries::SameGroup(const Matched& a, const Matched& b, const Journaled& in) {
  if (a.group != b.group) return false;
  const JournalEntry& left = in.entries[a.number - in.first];
  const JournalEntry& right = in.entries[b.number - in.first];
  switch (in.limit.per) {
    case LimitPer::kLifetime:
    case LimitPer::kDay:
      return true;
    case LimitPer::kMessage:
      return left.message_id() == right.message_id();
    case LimitPer::kCampaign:
      return EqualsFolded(left.campaign_id(), FoldCase(right.campaign_id()));
  }
  return false;
}

bool CountedEntries::HasRoom(const Matched& matched, const Journaled& in) const {
  if (matched.group == kAlone) return true;
  uint32_t count = 0;
  for (size_t i = counted_.size(); i-- > 0 && count < in.limit.count;) count += SameGroup(counted_[i], matched, in);
  return count < in.limit.count;
}

void CountedEntries::FillGap(uint32_t group, const Journaled& in) {
  const auto fits = [&](const Matched& matched) { return matched.group == group && HasRoom(matched, in); };
  const auto next = std::ranges::find_if(cut_, fits);
  if (next == cut_.end()) return;
  counted_.insert(std::ranges::upper_bound(counted_, next->number, {}, &Matched::number), *next);
  cut_.erase(next);
}

// Adds up the points of the counted entries. An entry that decayed to 0 points still counts toward the rule's limit.
DecayedPoints CountedEntries::PointsAt(Instant now, const ScoringRule& rule, std::span<const JournalEntry> entries,
                                       uint32_t first) const {
  const auto time_of = [&](const Matched& matched) { return entries[matched.number - first].occurred_at; };
  const auto first_younger = [&](auto begin, auto end, Millis age) {
    return std::partition_point(begin, end, [&](const Matched& matched) { return now - time_of(matched) >= age; });
  };
  auto begin = counted_.begin();
  if (rule.expires_after) begin = first_younger(begin, counted_.end(), *rule.expires_after);
  DecayedPoints sum;
  if (begin != counted_.end() && rule.expires_after) sum.changes_at = time_of(*begin) + *rule.expires_after;
  // From the youngest on, all of the same age at once.
  for (auto end = counted_.end(); end != begin;) {
    const Millis end_of_period = EndOfPeriod(rule, time_of(end[-1]), now);
    const auto oldest = end_of_period == Millis::max() ? begin : first_younger(begin, end, end_of_period);
    const DecayedPoints decayed = PointsAfterDecay(rule, time_of(*oldest), now);
    sum.points += decayed.points * (end - oldest);
    sum.changes_at = std::min(sum.changes_at, decayed.changes_at);
    end = oldest;
  }
  return sum;
}

}  // namespace leadpulse::view
