#include "processor/http/response_queue.h"

#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/processor_time.h"

namespace leadpulse::http {

ResponseQueue::ResponseQueue(const ResponseQueueOptions& options)
    : niceness_(options.niceness), schedule_(options.shares) {
  for (size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { Work(); });
}

void ResponseQueue::Add(Asker asker, std::function<void()> answer, Refuse refuse) {
  int64_t retry_after = 0;
  {
    std::unique_lock lock(mutex_);
    if (!stopping_) {
      const FairSchedule::Added added = schedule_.Add(std::move(asker), MonotonicNow());
      waiting_[added.number] = {std::move(answer), std::move(refuse)};
      if (!added.refused) {
        lock.unlock();  // the thread that this wakes needs it
        return changed_.notify_one();
      }
      changed_.notify_one();
      refuse = std::move(waiting_.extract(added.refused->number).mapped().refuse);
      retry_after = added.refused->retry_after;
    }
  }
  refuse(retry_after);
}

void ResponseQueue::Stop() {
  std::unordered_map<uint64_t, Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting = std::exchange(waiting_, {});
    changed_.notify_all();
  }
  for (const auto& [number, one] : waiting) one.refuse(0);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ResponseQueue::Work() {
  // On Linux each thread has its own priority.
  if (niceness_ > 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness_);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::optional<uint64_t> number = schedule_.Next(MonotonicNow());
    if (!number) {
      changed_.wait(lock);
      continue;
    }
    Waiting next = std::move(waiting_.extract(*number).mapped());
    lock.unlock();
    const double before = ThreadProcessorSeconds();
    next.answer();
    next = {};  // what it holds is freed while others may go on
    const double used = ThreadProcessorSeconds() - before;
    lock.lock();
    schedule_.End(*number, used, MonotonicNow());
  }
}

}  // namespace leadpulse::http
