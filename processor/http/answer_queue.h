// Threads that answer requests whose answers take time, behind a bounded queue.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace leadpulse::http {

struct AnswerQueueOptions {
  size_t threads = 2;
  size_t waiting = 256;  // requests that wait for a thread
  int niceness = 0;      // above 0: the threads come after others where processors are short
};

// Thread-safe, except Stop.
class AnswerQueue {
 public:
  explicit AnswerQueue(const AnswerQueueOptions& options);
  // Stops.
  ~AnswerQueue() { Stop(); }
  AnswerQueue(const AnswerQueue&) = delete;
  AnswerQueue& operator=(const AnswerQueue&) = delete;

  // Calls exactly one of them, once: `answer` on a thread of the queue; or `refuse`, if too many wait or the queue
  // stops before its turn.
  void Add(std::function<void()> answer, std::function<void()> refuse);
  // Returns when each request has been answered or refused. Later ones are refused.
  void Stop();

 private:
  struct Waiting {
    std::function<void()> answer;
    std::function<void()> refuse;
  };

  void Work();

  const AnswerQueueOptions options_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace leadpulse::http
