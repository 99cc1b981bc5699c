#include "processor/base/worker_pool.h"

#include <algorithm>

namespace leadpulse {

WorkerPool::WorkerPool(size_t workers) {
  for (size_t i = 1; i < workers; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::ForEach(size_t count, const std::function<void(size_t)>& task) {
  if (count == 0) return;
  Job job{&task, count};
  std::unique_lock lock(mutex_);
  jobs_.push_back(&job);
  if (count > 1) has_work_.notify_all();
  while (job.next < job.count) RunPart(&job, &lock);
  part_done_.wait(lock, [&job] { return job.done == job.count; });
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    RunPart(jobs_.front(), &lock);
  }
}

void WorkerPool::RunPart(Job* job, std::unique_lock<std::mutex>* lock) {
  size_t part = job->next++;
  if (job->next == job->count) jobs_.erase(std::find(jobs_.begin(), jobs_.end(), job));
  lock->unlock();
  (*job->task)(part);
  lock->lock();
  // Once the lock is released, the owner may return and destroy the job.
  if (++job->done == job->count) part_done_.notify_all();
}

}  // namespace leadpulse
