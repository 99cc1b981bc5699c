// A pool of threads that share the parts of a task.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace leadpulse {

// The threads of a pool. Thread-safe. Must not be destroyed during a ForEach, nor by one of its tasks.
class WorkerPool {
 public:
  // Starts `workers` - 1 threads, because the thread that calls ForEach works, too. `workers` is at least 1.
  explicit WorkerPool(size_t workers);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  size_t workers() const { return threads_.size() + 1; }

  // Calls task(0) … task(count - 1), each once, on several threads, and returns when all have returned. What they
  // wrote is then visible to the caller. May be called by several threads at the same time.
  void ForEach(size_t count, const std::function<void(size_t)>& task);

 private:
  struct Job {
    const std::function<void(size_t)>* task;
    size_t count;
    size_t next = 0;
    size_t done = 0;
  };

  void Work();
  // Runs one part of the job; the lock is released meanwhile. The job must have parts left.
  void RunPart(Job* job, std::unique_lock<std::mutex>* lock);

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable part_done_;
  std::deque<Job*> jobs_;  // with parts that nobody has taken; owned by the callers of ForEach
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace leadpulse
