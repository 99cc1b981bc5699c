// A queue answers or refuses each request once, even if it is full or stops.
#include "processor/http/response_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace leadpulse::http::response_queue_test {

// A gate that holds the threads which call it until it is opened.
class Gate {
 public:
  void Pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void WaitForArrivals(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

struct Counts {
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::function<void()> Refuse() {
    return [this] { ++refused; };
  }
};

TEST(ResponseQueueTest, RefusesWhatDoesNotFit) {
  Gate gate;
  Counts counts;
  ResponseQueue queue({.threads = 1, .shares = {.waiting = 2}});
  const auto answer = [&] {
    gate.Pass();
    ++counts.answered;
  };
  queue.Add(answer, counts.Refuse());
  gate.WaitForArrivals(1);
  for (int i = 0; i < 5; ++i) queue.Add(answer, counts.Refuse());
  EXPECT_EQ(counts.refused, 3);
  gate.Open();
  while (counts.answered < 3) std::this_thread::yield();
  EXPECT_EQ(counts.refused, 3);
}

TEST(ResponseQueueTest, RefusesWhatWaitsWhenItStops) {
  Gate gate;
  Counts counts;
  ResponseQueue queue({.threads = 1, .shares = {.waiting = 10}});
  const auto answer = [&] {
    gate.Pass();
    ++counts.answered;
  };
  queue.Add(answer, counts.Refuse());
  gate.WaitForArrivals(1);
  queue.Add(answer, counts.Refuse());
  std::thread opener([&] {
    while (counts.refused == 0) std::this_thread::yield();
    gate.Open();
  });
  queue.Stop();
  opener.join();
  EXPECT_EQ(counts.answered, 1);
  EXPECT_EQ(counts.refused, 1);
  queue.Add(answer, counts.Refuse());
  EXPECT_EQ(counts.refused, 2);
}

TEST(ResponseQueueTest, EachRequestIsAnsweredOrRefusedOnce) {
  constexpr int kSenders = 4, kEach = 500;
  std::vector<std::atomic<int>> calls(kSenders * kEach);
  {
    ResponseQueue queue({.threads = 3, .niceness = 5, .shares = {.waiting = 16}});
    std::vector<std::thread> senders;
    for (int sender = 0; sender < kSenders; ++sender) {
      senders.emplace_back([&, sender] {
        for (int i = 0; i < kEach; ++i) {
          std::atomic<int>& count = calls[static_cast<size_t>(sender * kEach + i)];
          queue.Add([&count] { ++count; }, [&count] { ++count; });
        }
      });
    }
    for (std::thread& sender : senders) sender.join();
  }
  for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
}

}  // namespace leadpulse::http::response_queue_test
