#include "processor/serve/pages/login_queue.h"

#include <utility>

namespace leadpulse::serve {

LoginQueue::LoginQueue(const Clock* clock) : clock_(*clock), thread_([this] { Work(); }) {}

void LoginQueue::Add(LoginAttempt attempt, Check check, Refuse refuse) {
  Calls refused;
  bool is_stopping = false;
  {
    const std::lock_guard lock(mutex_);
    is_stopping = stopping_;
    if (is_stopping) {
      refused.refuse = std::move(refuse);
    } else {
      const LoginSchedule::Added added = schedule_.Add(std::move(attempt), clock_.Monotonic());
      calls_[added.number] = {std::move(check), std::move(refuse)};
      if (added.refused) refused = std::move(calls_.extract(*added.refused).mapped());
      changed_.notify_one();
    }
  }
  if (refused.refuse != nullptr) refused.refuse(is_stopping);
}

void LoginQueue::Stop() {
  std::unordered_map<uint64_t, Calls> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting = std::exchange(calls_, {});
    changed_.notify_one();
  }
  for (const auto& [number, calls] : waiting) calls.refuse(/*is_stopping=*/true);
  if (thread_.joinable()) thread_.join();
}

void LoginQueue::Work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = clock_.Monotonic();
    const std::optional<LoginAttempt> next = schedule_.Next(now);
    if (!next) {
      const auto due = schedule_.NextTime(now);
      due ? (void)changed_.wait_for(lock, *due - now) : changed_.wait(lock);
      continue;
    }
    const Calls calls = std::move(calls_.extract(next->number).mapped());
    lock.unlock();
    const LoginResult result = calls.check();
    lock.lock();
    if (result != LoginResult::kUnknown) schedule_.Count(*next, result == LoginResult::kRight, clock_.Monotonic());
  }
}

}  // namespace leadpulse::serve
