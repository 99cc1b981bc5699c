// Threads for requests that take long, behind a bounded queue.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace leadpulse::http {

struct ResponseQueueOptions {
  size_t threads = 2;
  size_t waiting = 256;  // requests that wait for a thread
  int niceness = 0;      // above 0, the threads have lower priority than others
};

// A bounded queue with its threads. Thread-safe, except Stop.
class ResponseQueue {
 public:
  explicit ResponseQueue(ResponseQueueOptions options);
  // Stops.
  ~ResponseQueue() { Stop(); }
  ResponseQueue(const ResponseQueue&) = delete;
  ResponseQueue& operator=(const ResponseQueue&) = delete;

  // Calls exactly one of the two, once: `answer` on a thread of the queue, or `refuse` if the queue is full or stops
  // first. `refuse` may run before this returns.
  void Add(std::function<void()> answer, std::function<void()> refuse);
  // Stops the queue: refuses waiting and later requests, and returns when the running ones are answered.
  void Stop();

 private:
  struct Waiting {
    std::function<void()> answer;
    std::function<void()> refuse;
  };

  void Work();

  const ResponseQueueOptions options_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace leadpulse::http
