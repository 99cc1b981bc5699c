// The rate limits of a principal and its tenant, and the waits in refusals.
#include "processor/serve/access/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace leadpulse::access::rate_limiter_test {

class ManualClock : public Clock {
 public:
  Instant Now() const override { return {0}; }
  std::chrono::steady_clock::time_point Monotonic() const override { return now; }
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

RateLimits Limits() {
  RateLimits limits;
  limits.classes = {{{{1, 3}, {2, 4}}, {{0.5, 1}, {0.5, 2}}, {{0.1, 1}, {0.1, 1}}, {{0.1, 1}, {0.1, 1}}}};
  return limits;
}

class RateLimiterTest : public ::testing::Test {
 protected:
  int64_t Read(const std::string& who, const std::string& tenant = "acme") {
    return limiter_.Take(tenant, who, RequestClass::kRead);
  }
  void Pass(double seconds) {
    clock_.now +=
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
  }
  ManualClock clock_;
  RateLimiter limiter_{Limits(), &clock_};
};

TEST_F(RateLimiterTest, ABurstAndThenTheRate) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Read("kim"), 0);
  EXPECT_EQ(Read("kim"), 1);
  Pass(0.5);
  EXPECT_EQ(Read("kim"), 1);
  Pass(0.5);
  EXPECT_EQ(Read("kim"), 0);
  EXPECT_EQ(Read("kim"), 1);
  Pass(1'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Read("kim"), 0);
  EXPECT_EQ(Read("kim"), 1);
}

TEST_F(RateLimiterTest, ATenantHasAShareToo) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Read("kim"), 0);
  EXPECT_EQ(Read("lee"), 0);
  EXPECT_EQ(Read("lee"), 1);
  EXPECT_EQ(Read("kim", "other"), 0);
}

TEST_F(RateLimiterTest, SeveralAreTakenAtOnceOrNone) {
  Allowance left = limiter_.TakeMany("acme", "kim", RequestClass::kRead, 2);
  EXPECT_EQ(left.retry_after, 0);
  EXPECT_DOUBLE_EQ(left.left, 1);
  EXPECT_DOUBLE_EQ(left.size.burst, 3);
  left = limiter_.TakeMany("acme", "kim", RequestClass::kRead, 3);
  EXPECT_EQ(left.retry_after, 2);
  EXPECT_DOUBLE_EQ(left.left, 1);
  EXPECT_EQ(Read("kim"), 0);
  // The tenant has less left than the principal.
  left = limiter_.TakeMany("acme", "lee", RequestClass::kRead, 1);
  EXPECT_EQ(left.retry_after, 0);
  EXPECT_DOUBLE_EQ(left.left, 0);
  EXPECT_DOUBLE_EQ(left.size.burst, 4);
}

TEST_F(RateLimiterTest, ASettingSaysOtherRates) {
  RateLimits limits;
  ASSERT_TRUE(SetRate("write=0.5,7", &limits).ok());
  const ClassLimit& write = limits.classes[static_cast<size_t>(RequestClass::kWrite)];
  EXPECT_DOUBLE_EQ(write.principal.per_second, 0.5);
  EXPECT_DOUBLE_EQ(write.principal.burst, 7);
  EXPECT_DOUBLE_EQ(write.tenant.burst, 70);
  for (const char* wrong :
       {"", "write", "write=1", "write=0,1", "write=1,0", "other=1,1", "write=a,1", "write=1,1,1", "write=1e9,1"}) {
    EXPECT_FALSE(SetRate(wrong, &limits).ok()) << wrong;
  }
}

TEST_F(RateLimiterTest, ARefusalTakesNothing) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Read("kim"), 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Read("kim"), 1);
  EXPECT_EQ(Read("lee"), 0);
}

TEST_F(RateLimiterTest, ClassesHaveSharesOfTheirOwn) {
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kScan), 0);
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kScan), 10);
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kImport), 0);
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kWrite), 0);
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kWrite), 2);
  EXPECT_EQ(Read("kim"), 0);
}

TEST_F(RateLimiterTest, AfterTheToldSecondsItGoesOn) {
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kScan), 0);
  Pass(3.5);
  const int64_t wait = limiter_.Take("acme", "kim", RequestClass::kScan);
  EXPECT_EQ(wait, 7);
  Pass(static_cast<double>(wait));
  EXPECT_EQ(limiter_.Take("acme", "kim", RequestClass::kScan), 0);
}

TEST_F(RateLimiterTest, ItsMemoryIsBounded) {
  RateLimits limits = Limits();
  limits.most_holders = 10;
  RateLimiter limiter(limits, &clock_);
  for (int i = 0; i < 1'000; ++i) limiter.Take("acme", std::to_string(i), RequestClass::kRead);
  EXPECT_EQ(limiter.holders(), 10U);
  // Each request used the tenant's bucket, so it is not forgotten.
  EXPECT_EQ(limiter.Take("acme", "another", RequestClass::kRead), 1);
}

TEST_F(RateLimiterTest, ThreadsShareTheBuckets) {
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) taken += Read("kim") == 0 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 3);
}

}  // namespace leadpulse::access::rate_limiter_test
