#include "processor/base/worker_pool.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace leadpulse::worker_pool_test {

TEST(WorkerPoolTest, EveryPartRunsOnce) {
  for (size_t workers : {1, 2, 5}) {
    WorkerPool pool(workers);
    EXPECT_EQ(pool.workers(), workers);
    for (size_t count : {0, 1, 3, 1000}) {
      std::vector<int> calls(count, 0);
      pool.ForEach(count, [&calls](size_t i) { ++calls[i]; });
      EXPECT_EQ(calls, std::vector<int>(count, 1));
    }
  }
}

TEST(WorkerPoolTest, SeveralThreadsMayShareIt) {
  WorkerPool pool(3);
  std::vector<std::vector<size_t>> sums(4, std::vector<size_t>(200, 0));
  std::vector<std::thread> threads;
  for (auto& sum : sums) {
    threads.emplace_back([&pool, &sum] {
      for (int round = 0; round < 200; ++round) pool.ForEach(sum.size(), [&sum](size_t i) { sum[i] += i; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& sum : sums) {
    for (size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(sum[i], 200 * i);
  }
}

}  // namespace leadpulse::worker_pool_test
