// Threads for requests that take long, behind a bounded queue that their askers share fairly.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "processor/http/fair_schedule.h"

namespace leadpulse::http {

struct ResponseQueueOptions {
  size_t threads = 2;
  int niceness = 0;  // above 0, the threads have lower priority than others
  FairShares shares = {};
};

// A bounded queue with its threads. Thread-safe, except Stop.
class ResponseQueue {
 public:
  explicit ResponseQueue(const ResponseQueueOptions& options);
  // Stops.
  ~ResponseQueue() { Stop(); }
  ResponseQueue(const ResponseQueue&) = delete;
  ResponseQueue& operator=(const ResponseQueue&) = delete;

  // Answers that a request is refused. `retry_after`: seconds until its asker has budget again; 0: too many requests
  // wait, or the queue stops.
  using Refuse = std::function<void(int64_t retry_after)>;
  // Calls exactly one of the two, once: `answer` on a thread of the queue, or `refuse`, perhaps before this returns.
  void Add(Asker asker, std::function<void()> answer, Refuse refuse);
  // Adds a request of nobody in particular, for queues whose requests all take the same time.
  void Add(std::function<void()> answer, std::function<void()> refuse) {
    Add({}, std::move(answer), [refuse = std::move(refuse)](int64_t) { refuse(); });
  }
  // Stops the queue: refuses waiting and later requests, and returns when the running ones are answered.
  void Stop();

 private:
  struct Waiting {
    std::function<void()> answer;
    Refuse refuse;
  };

  void Work();

  const int niceness_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  FairSchedule schedule_;
  std::unordered_map<uint64_t, Waiting> waiting_;  // by number in the schedule
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace leadpulse::http
