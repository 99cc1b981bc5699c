#include "processor/view/decayed_points.h"

#include <algorithm>
#include <vector>

#include "processor/base/assert.h"

namespace leadpulse::view {
namespace {

// Full periods of decay passed, as far as they matter.
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

}  // namespace leadpulse::view
