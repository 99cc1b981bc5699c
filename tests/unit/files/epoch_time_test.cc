#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "processor/files/file_run.h"

namespace leadpulse::files {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kFull = input::kMaxBatchRecords;
constexpr EpochTime::Time kNow{std::chrono::hours(1)};
constexpr bool kNobody = false, kSomebody = true;  // waits for a record

TEST(EpochTimeTest, GrowsWhileTheInputIsAhead) {
  EpochTime time(std::nullopt);
  EXPECT_EQ(time.value(), EpochTime::kShortest);
  for (const int64_t wanted : {400, 800, 1600, 3200, 4000, 4000}) {
    time.Ended(10 * kFull, 10, kNow);
    EXPECT_EQ(time.value(), milliseconds(wanted));
  }
}

// At 5,000 records a second an epoch of four seconds has as many records as in a busy run, but in small batches.
TEST(EpochTimeTest, IsShortOnceTheRunHasCaughtUp) {
  EpochTime time(std::nullopt);
  for (int i = 0; i < 5; ++i) time.Ended(10 * kFull, 10, kNow);
  time.Ended(20'000, 80, kNow);
  EXPECT_EQ(time.value(), EpochTime::kShortest);
}

TEST(EpochTimeTest, StaysShortAfterOneBatch) {
  EpochTime time(std::nullopt);
  time.Ended(kFull, 1, kNow);
  EXPECT_EQ(time.value(), EpochTime::kShortest);
}

TEST(EpochTimeTest, DoesNotChangeWhereItIsGiven) {
  EpochTime time(milliseconds(50));
  time.Ended(100 * kFull, 100, kNow);
  EXPECT_EQ(time.value(), milliseconds(50));
}

// A person's edits are there at once. Under load an epoch takes its time.
TEST(EpochTimeTest, EndsAtOnceIfThereAreFewRecords) {
  EpochTime time(std::nullopt);
  EXPECT_FALSE(time.MayEndAtOnce(0, kNobody, kNow));
  EXPECT_FALSE(time.MayEndAtOnce(100, kNobody, kNow));
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(time.MayEndAtOnce(1, kNobody, kNow + milliseconds(i)));
    time.Ended(1, 1, kNow + milliseconds(i));
  }
  EXPECT_FALSE(time.MayEndAtOnce(1, kNobody, kNow + milliseconds(199)));
  EXPECT_TRUE(time.MayEndAtOnce(1, kNobody, kNow + milliseconds(200)));
  time.Ended(1'000, 40, kNow + milliseconds(400));
  EXPECT_FALSE(time.MayEndAtOnce(1, kNobody, kNow + milliseconds(599)));
  EXPECT_FALSE(EpochTime(milliseconds(500)).MayEndAtOnce(1, kNobody, kNow));
}

// The writes of a front share a commit with those that came during the one before, whatever else is read.
TEST(EpochTimeTest, EndsAtOnceIfSomebodyWaits) {
  EpochTime time(std::nullopt);
  EXPECT_TRUE(time.MayEndAtOnce(100, kSomebody, kNow));
  time.Ended(100, 1, kNow);
  EXPECT_TRUE(time.MayEndAtOnce(1, kSomebody, kNow));
  EXPECT_FALSE(time.MayEndAtOnce(1, kNobody, kNow));
  EXPECT_FALSE(time.MayEndAtOnce(0, kSomebody, kNow));
  EXPECT_FALSE(EpochTime(milliseconds(500)).MayEndAtOnce(1, kSomebody, kNow));
}

}  // namespace
}  // namespace leadpulse::files
