#include "processor/rules/index/time_dependency.h"

#include <algorithm>
#include <tuple>

#include "processor/rules/evaluation/step_search.h"
#include "processor/rules/evaluation/value_evaluator.h"

namespace leadpulse::rules {
namespace {

using Boundary = TimeDependency::Boundary;

constexpr Millis kNoAge = Millis::max();

// Returns the first boundary in [begin, end) that an instant of this age has not reached.
const Boundary* NotReached(const Boundary* begin, const Boundary* end, Millis age) {
  return std::upper_bound(begin, end, age, [](Millis reached, const Boundary& b) { return reached < b.age; });
}

// Returns the first boundary that *t has not reached at `now`. Null means no instant, which is past all boundaries.
const Boundary* NotReached(const Boundary* begin, const Boundary* end, const Instant* t, Instant now) {
  return t == nullptr ? end : NotReached(begin, end, now - *t);
}

const Instant* Nth(const LatestTimes& times, uint32_t nth) { return nth <= times.size() ? &times[nth - 1] : nullptr; }

}  // namespace

void TimeDependency::Keep(std::vector<Boundary> all_boundaries, const std::vector<ConditionId>& all_others,
                          IndexMemory* memory) {
  std::ranges::sort(all_boundaries, [](const Boundary& a, const Boundary& b) {
    return std::tie(a.nth, a.age, a.condition) < std::tie(b.nth, b.age, b.condition);
  });
  std::vector<uint32_t> ends;
  for (uint32_t i = 1; i <= all_boundaries.size(); ++i) {
    if (i == all_boundaries.size() || all_boundaries[i].nth != all_boundaries[i - 1].nth) ends.push_back(i);
  }
  ends_ = memory->Keep(ends);
  boundaries = memory->Keep(all_boundaries);
  others = memory->Keep(all_others);
}

LatestTimes TimeDependency::TimesOf(const Facts& facts) const {
  LatestTimes times;
  if (boundaries.empty()) return times;
  if (is_instant()) {
    if (const std::optional<Instant> t = InstantIn(facts)) times.push_back(*t);
    return times;
  }
  const std::span<const state::JournalEntry> entries = facts.lead->journal.entries();
  const StepSearch search(*step, facts.lead->journal);
  auto i = search.LastCandidate(entries.size());
  for (; i && times.size() < boundaries.back().nth; i = search.LastCandidate(*i)) {
    if (StepMatches(*step, entries[*i])) times.push_back(entries[*i].occurred_at);
  }
  return times;
}

std::optional<Instant> TimeDependency::InstantIn(const Facts& facts) const {
  return InstantOf(built_in ? FieldOperand(*built_in, facts) : FieldOperand(*field, facts));
}

template <typename Visit>
void TimeDependency::ForEachNth(Visit visit) const {
  const Boundary* begin = boundaries.data();
  for (const uint32_t at : ends_) {
    const Boundary* end = boundaries.data() + at;
    visit(begin, end, begin->nth);
    begin = end;
  }
}

void TimeDependency::All(std::vector<ConditionId>* out) const {
  for (const Boundary& boundary : boundaries) out->push_back(boundary.condition);
}

void TimeDependency::Changed(const LatestTimes& before, const LatestTimes& after, Instant now,
                             std::vector<ConditionId>* out) const {
  // An age test is false if there is no instant, or it is in the future.
  const auto has_no_age = [now](const LatestTimes& times) { return times.empty() || times[0] > now; };
  if (is_instant() && (has_no_age(before) || has_no_age(after))) return All(out);
  ForEachNth([&](const Boundary* begin, const Boundary* end, uint32_t nth) {
    const Boundary* a = NotReached(begin, end, Nth(before, nth), now);
    const Boundary* b = NotReached(begin, end, Nth(after, nth), now);
    for (const Boundary* i = std::min(a, b); i != std::max(a, b); ++i) out->push_back(i->condition);
  });
}

void TimeDependency::ChangedAt(const LatestTimes& times, Instant t, std::vector<ConditionId>* out) const {
  if (is_instant() && !times.empty() && times[0] == t) return All(out);
  ForEachNth([&](const Boundary* begin, const Boundary* end, uint32_t nth) {
    const Instant* instant = Nth(times, nth);
    if (instant == nullptr) return;
    const Boundary* first = NotReached(begin, end, t - *instant - Millis{1});
    for (; first != end && first->age == t - *instant; ++first) out->push_back(first->condition);
  });
}

Instant TimeDependency::NextBoundary(const LatestTimes& times, Instant t, const ActiveBoundaries& asked) const {
  Instant next = Instant::Never();
  if (is_instant() && !times.empty() && times[0] > t) next = times[0];
  ForEachNth([&](const Boundary* begin, const Boundary* end, uint32_t nth) {
    const Instant* instant = Nth(times, nth);
    if (instant == nullptr) return;
    const Boundary* first = NotReached(begin, end, t - *instant);
    first = boundaries.data() + (asked.Next(PlaceOf(first), PlaceOf(end)) - first_place);
    if (first != end && first->age != kNoAge) next = std::min(next, *instant + first->age);
  });
  return next;
}

std::optional<Millis> BoundaryOf(const TimeTest& test) {
  if (const auto* last = std::get_if<InLast>(&test)) return last->duration;
  const auto* age = std::get_if<Age>(&test);
  if (age == nullptr || age->from_now) return std::nullopt;
  const bool after_it = age->op == Compare::kLessOrEqual || age->op == Compare::kGreater;
  return age->duration + Millis{after_it ? 1 : 0};
}

}  // namespace leadpulse::rules
