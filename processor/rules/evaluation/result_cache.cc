#include "processor/rules/evaluation/result_cache.h"

#include <algorithm>

namespace leadpulse::rules {

const Answer* ResultCache::Find(uint64_t step, Instant now) const {
  const auto found = std::ranges::find(results_, step, &Result::step);
  return found != results_.end() && found->from <= now && now < found->answer.next_change_at ? &found->answer : nullptr;
}

void ResultCache::Keep(const Result& result) {
  if (result.step == 0) return;
  const auto known = std::ranges::find(results_, result.step, &Result::step);
  if (known != results_.end()) {
    *known = result;
  } else if (results_.size() < kMaxResults) {
    results_.push_back(result);
  } else {
    results_[next_++ % kMaxResults] = result;
  }
}

void ResultCache::Forget(EventTypes types) {
  for (Result& result : results_) {
    if (result.types.Intersects(types)) result.answer.next_change_at = Instant::DistantPast();
  }
}

}  // namespace leadpulse::rules
