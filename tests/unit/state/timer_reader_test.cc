#include "state/store/timer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/memory_lead_store.h"

namespace leadpulse::state::timer_reader_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr PartitionId kPartition{0};

class TimerReaderTest : public ::testing::Test {
 protected:
  void Set(int64_t due, const std::string& key) {
    ASSERT_TRUE(store_->Commit({.leads = {{kPartition, key, "x", Instant::Never(), {due}}}}).ok());
  }
  std::vector<std::string> Read(int64_t from, int64_t until, size_t limit) { return ReadAt({from}, {until}, limit); }
  std::vector<std::string> ReadAt(Instant from, Instant until, size_t limit) {
    std::vector<DueTimer> due;
    auto skip = [this](std::string_view key) { return skipped_.contains(std::string(key)); };
    EXPECT_TRUE(reader_.Read(from, until, limit, skip, &due).ok());
    std::vector<std::string> keys;
    for (const DueTimer& timer : due) keys.push_back(timer.key);
    return keys;
  }

  std::unique_ptr<LeadStore> store_ = MakeMemoryLeadStore(1);
  TimerReader reader_{kPartition, store_.get()};
  std::set<std::string> skipped_;
};

TEST_F(TimerReaderTest, ReadsInPages) {
  for (int i = 0; i < 7; ++i) Set(10, std::string("k") + static_cast<char>('0' + i));
  EXPECT_THAT(Read(0, 10, 2), ElementsAre("k0", "k1"));
  skipped_ = {"k0", "k1"};
  EXPECT_THAT(Read(0, 10, 3), ElementsAre("k2", "k3", "k4"));
  skipped_ = {"k0", "k1", "k2", "k3", "k4"};
  EXPECT_THAT(Read(0, 10, 3), ElementsAre("k5", "k6"));
}

TEST_F(TimerReaderTest, WhatIsNotSkippedComesAgain) {
  Set(1, "a");
  Set(2, "b");
  Set(3, "c");
  EXPECT_THAT(Read(0, 9, 9), ElementsAre("a", "b", "c"));
  skipped_ = {"b"};
  EXPECT_THAT(Read(0, 9, 9), ElementsAre("a", "c"));
}

TEST_F(TimerReaderTest, BoundsMayMoveEitherWay) {
  for (int i = 0; i < 10; ++i) Set(i, std::string(1, static_cast<char>('a' + i)));
  EXPECT_THAT(Read(3, 5, 9), ElementsAre("d", "e", "f"));
  EXPECT_THAT(Read(3, 6, 9), ElementsAre("d", "e", "f", "g"));
  EXPECT_THAT(Read(3, 4, 9), ElementsAre("d", "e"));
  EXPECT_THAT(Read(5, 7, 9), ElementsAre("f", "g", "h"));
  EXPECT_THAT(Read(0, 1, 9), ElementsAre("a", "b"));
  EXPECT_THAT(Read(9, 100, 9), ElementsAre("j"));
  EXPECT_THAT(Read(5, 4, 9), IsEmpty());
  EXPECT_THAT(Read(0, 100, 0), IsEmpty());
  EXPECT_THAT(ReadAt(Instant::DistantPast(), Instant::Never(), 2), ElementsAre("a", "b"));
}

TEST_F(TimerReaderTest, SeesWhatTheStoreWasGivenSince) {
  Set(50, "late");
  EXPECT_THAT(Read(0, 40, 9), IsEmpty());
  Set(20, "early");
  reader_.StoreWritten({20});
  EXPECT_THAT(Read(0, 40, 9), ElementsAre("early"));
  EXPECT_THAT(Read(0, 60, 9), ElementsAre("early", "late"));
}

TEST_F(TimerReaderTest, ANewEpochBringsBackWhatWasSkipped) {
  Set(1, "a");
  skipped_ = {"a"};
  EXPECT_THAT(Read(0, 9, 9), IsEmpty());
  skipped_.clear();
  reader_.StoreWritten(Instant::Never());
  EXPECT_THAT(Read(0, 9, 9), ElementsAre("a"));
}

}  // namespace leadpulse::state::timer_reader_test
