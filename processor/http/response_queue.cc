#include "processor/http/response_queue.h"

#include <sys/resource.h>

#include <utility>

namespace leadpulse::http {

ResponseQueue::ResponseQueue(ResponseQueueOptions options) : options_(options) {
  for (size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { Work(); });
}

void ResponseQueue::Add(std::function<void()> answer, std::function<void()> refuse) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < options_.waiting) {
      waiting_.push_back({std::move(answer), std::move(refuse)});
      changed_.notify_one();
      return;
    }
  }
  refuse();
}

void ResponseQueue::Stop() {
  std::deque<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting = std::exchange(waiting_, {});
    changed_.notify_all();
  }
  for (const Waiting& one : waiting) one.refuse();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ResponseQueue::Work() {
  // On Linux each thread has its own priority.
  if (options_.niceness > 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), options_.niceness);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next.answer();
    lock.lock();
  }
}

}  // namespace leadpulse::http
