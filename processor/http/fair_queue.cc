#include "processor/http/fair_queue.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "processor/base/clock.h"
#include "processor/base/processor_time.h"

namespace leadpulse::http {
namespace {

constexpr size_t kMostUses = 10'000;

double SecondsOf(std::chrono::steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

double FairSchedule::Used(const Key& key, const TimeBudget& budget, Time now) const {
  const auto found = uses_.find(key);
  if (found == uses_.end()) return 0;
  return std::max(0.0, found->second.seconds - SecondsOf(now - found->second.at) * budget.per_second);
}

size_t FairSchedule::Running(const Key& key) const {
  const auto found = uses_.find(key);
  return found == uses_.end() ? 0 : found->second.running;
}

int64_t FairSchedule::SecondsUntilBudget(const Asker& asker, Time now) const {
  if (asker.who.empty()) return 0;
  const auto until = [&](const Key& key, const TimeBudget& budget) {
    const double over = Used(key, budget, now) - budget.burst;
    return over < 0 ? 0.0 : std::max(1.0, std::ceil(over / budget.per_second));
  };
  return static_cast<int64_t>(
      std::max(until(KeyOf(asker), options_.asker), until(KeyOfTenant(asker), options_.tenant)));
}

FairSchedule::Added FairSchedule::Add(Asker asker, Time now) {
  Added added{++last_number_};
  if (const int64_t seconds = SecondsUntilBudget(asker, now)) {
    added.refused = Refused{added.number, seconds};
    return added;
  }
  waiting_.emplace_back(added.number, std::move(asker));
  if (waiting_.size() > options_.waiting) added.refused = Refused{RefuseOne()};
  return added;
}

uint64_t FairSchedule::RefuseOne() {
  std::map<Key, size_t> waiting;
  for (const auto& [number, asker] : waiting_) {
    ++waiting[KeyOf(asker)];
    ++waiting[KeyOfTenant(asker)];
  }
  const auto rank = [&](const auto& request) {
    return std::tuple(waiting[KeyOfTenant(request.second)], waiting[KeyOf(request.second)], request.first);
  };
  const auto newest = std::ranges::max_element(waiting_, std::less<>(), rank);
  const uint64_t number = newest->first;
  waiting_.erase(newest);
  return number;
}

std::optional<uint64_t> FairSchedule::Next(Time now) {
  auto next = waiting_.end();
  // A running request will have used something, too.
  constexpr double kExpected = 1;
  std::tuple<double, double, uint64_t> least;
  for (auto request = waiting_.begin(); request != waiting_.end(); ++request) {
    const Key asker = KeyOf(request->second), tenant = KeyOfTenant(request->second);
    const size_t of_asker = Running(asker), of_tenant = Running(tenant);
    if (of_asker >= options_.of_asker || of_tenant >= options_.of_tenant) continue;
    const std::tuple rank(Used(tenant, options_.tenant, now) + kExpected * static_cast<double>(of_tenant),
                          Used(asker, options_.asker, now) + kExpected * static_cast<double>(of_asker), request->first);
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

void FairSchedule::Ended(uint64_t number, double seconds, Time now) {
  const Asker asker = std::move(running_.extract(number).mapped());
  for (const auto& [key, budget] : {std::pair(KeyOf(asker), options_.asker), {KeyOfTenant(asker), options_.tenant}}) {
    const double used = Used(key, budget, now) + seconds;
    Use& use = uses_[key];
    use = {used, now, use.running - 1};
  }
  if (uses_.size() > kMostUses) ForgetUnused(now);
}

void FairSchedule::ForgetUnused(Time now) {
  std::erase_if(uses_, [&](const auto& use) {
    const TimeBudget& budget = use.first.second == std::string(1, '\0') ? options_.tenant : options_.asker;
    return use.second.running == 0 && Used(use.first, budget, now) == 0;
  });
}

FairQueue::FairQueue(const FairQueueOptions& options) : options_(options), schedule_(options) {
  for (size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { Work(); });
}

void FairQueue::Add(Asker asker, std::function<void()> answer, Refuse refuse) {
  Refuse refused;
  std::optional<int64_t> retry_after;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = std::move(refuse);
    } else {
      const FairSchedule::Added added = schedule_.Add(std::move(asker), MonotonicNow());
      calls_[added.number] = {std::move(answer), std::move(refuse)};
      if (added.refused) {
        refused = std::move(calls_.extract(added.refused->number).mapped().refuse);
        retry_after = added.refused->retry_after;
      }
      changed_.notify_one();
    }
  }
  if (refused != nullptr) refused(retry_after);
}

void FairQueue::Stop() {
  std::unordered_map<uint64_t, Calls> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting = std::exchange(calls_, {});
    changed_.notify_all();
  }
  for (const auto& [number, calls] : waiting) calls.refuse(std::nullopt);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void FairQueue::Work() {
  // On Linux each thread has its own priority.
  if (options_.niceness > 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), options_.niceness);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::optional<uint64_t> next = schedule_.Next(MonotonicNow());
    if (!next) {
      changed_.wait(lock);
      continue;
    }
    const Calls calls = std::move(calls_.extract(*next).mapped());
    lock.unlock();
    const double processor_before = ThreadProcessorSeconds();
    const auto begun = MonotonicNow();
    calls.answer();
    const auto now = MonotonicNow();
    const double processor = ThreadProcessorSeconds() - processor_before;
    lock.lock();
    schedule_.Ended(*next, options_.counts_processor_time ? processor : SecondsOf(now - begun), now);
    changed_.notify_all();  // others of the same asker may run now
  }
}

}  // namespace leadpulse::http
