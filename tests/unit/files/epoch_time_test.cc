#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "processor/files/file_run.h"

namespace leadpulse::files {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kFull = input::kMaxBatchRecords;

TEST(EpochTimeTest, GrowsWhileTheInputIsAhead) {
  EpochTime time(std::nullopt);
  EXPECT_EQ(time.value(), EpochTime::kShortest);
  for (const int64_t wanted : {400, 800, 1600, 3200, 4000, 4000}) {
    time.Ended(10 * kFull, 10);
    EXPECT_EQ(time.value(), milliseconds(wanted));
  }
}

// At 5,000 records a second an epoch of four seconds has as many records as in a busy run, but in small batches.
TEST(EpochTimeTest, IsShortOnceTheRunHasCaughtUp) {
  EpochTime time(std::nullopt);
  for (int i = 0; i < 5; ++i) time.Ended(10 * kFull, 10);
  time.Ended(20'000, 80);
  EXPECT_EQ(time.value(), EpochTime::kShortest);
}

TEST(EpochTimeTest, StaysShortAfterOneBatch) {
  EpochTime time(std::nullopt);
  time.Ended(kFull, 1);
  EXPECT_EQ(time.value(), EpochTime::kShortest);
}

TEST(EpochTimeTest, DoesNotChangeWhereItIsGiven) {
  EpochTime time(milliseconds(50));
  time.Ended(100 * kFull, 100);
  EXPECT_EQ(time.value(), milliseconds(50));
}

}  // namespace
}  // namespace leadpulse::files
