#include "processor/http/fair_schedule.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>

namespace leadpulse::http {

double FairSchedule::Forgotten(const Key& key, const Use& use, Time now) const {
  return std::chrono::duration<double>(now - use.at).count() * BudgetOf(key).per_second;
}

FairSchedule::Use FairSchedule::UseOf(const Key& key, Time now) const {
  const auto found = uses_.find(key);
  if (found == uses_.end()) return {.at = now};
  const Use& use = found->second;
  const double forgotten = Forgotten(key, use, now);
  return {std::max(0.0, use.seconds - forgotten), std::max(0.0, use.charged - forgotten), now, use.running};
}

int64_t FairSchedule::SecondsUntilBudget(const Asker& asker, Time now) const {
  if (asker.who.empty()) return 0;
  double seconds = 0;
  for (const Key& key : {KeyOf(asker), KeyOfTenant(asker)}) {
    const TimeBudget& budget = BudgetOf(key);
    const double over = UseOf(key, now).charged - budget.burst;
    if (over >= 0) seconds = std::max({seconds, 1.0, std::ceil(over / budget.per_second)});
  }
  return static_cast<int64_t>(seconds);
}

FairSchedule::Added FairSchedule::Add(Asker asker, Time now) {
  Added added{++last_number_};
  if (const int64_t seconds = SecondsUntilBudget(asker, now)) {
    added.refused = Refused{added.number, seconds};
    return added;
  }
  waiting_.emplace_back(added.number, std::move(asker));
  if (waiting_.size() > shares_.waiting) added.refused = Refused{RefuseOne()};
  return added;
}

uint64_t FairSchedule::RefuseOne() {
  std::map<Key, size_t> counts;
  for (const auto& [number, asker] : waiting_) {
    ++counts[KeyOf(asker)];
    ++counts[KeyOfTenant(asker)];
  }
  const auto rank = [&](const auto& request) {
    return std::tuple(counts[KeyOfTenant(request.second)], counts[KeyOf(request.second)], request.first);
  };
  const auto newest = std::ranges::max_element(waiting_, std::less<>(), rank);
  const uint64_t number = newest->first;
  waiting_.erase(newest);
  return number;
}

std::optional<uint64_t> FairSchedule::Next(Time now) {
  // A running request will have used something, too.
  const auto expected = [](const Use& use) { return use.seconds + static_cast<double>(use.running); };
  auto next = waiting_.end();
  std::tuple<double, double, uint64_t> least;
  for (auto request = waiting_.begin(); request != waiting_.end(); ++request) {
    const Use tenant = UseOf(KeyOfTenant(request->second), now), asker = UseOf(KeyOf(request->second), now);
    if (tenant.running >= shares_.of_tenant || asker.running >= shares_.of_asker) continue;
    const std::tuple rank(expected(tenant), expected(asker), request->first);
    if (next != waiting_.end() && rank >= least) continue;
    next = request;
    least = rank;
  }
  if (next == waiting_.end()) return std::nullopt;
  const uint64_t number = next->first;
  ++uses_[KeyOf(next->second)].running;
  ++uses_[KeyOfTenant(next->second)].running;
  running_.emplace(number, std::move(next->second));
  waiting_.erase(next);
  return number;
}

void FairSchedule::End(uint64_t number, double seconds, Time now) {
  const Asker asker = std::move(running_.extract(number).mapped());
  for (const Key& key : {KeyOf(asker), KeyOfTenant(asker)}) {
    const Use use = UseOf(key, now);
    const double charged = asker.who.empty() ? 0 : seconds;
    uses_[key] = {use.seconds + seconds, use.charged + charged, now, use.running - 1};
  }
  std::erase_if(uses_, [&](const auto& one) { return one.second.running == 0 && UseOf(one.first, now).seconds == 0; });
}

}  // namespace leadpulse::http
