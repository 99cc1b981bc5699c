#include "processor/kafka/command_outcomes.h"

#include <gtest/gtest.h>

namespace leadpulse::kafka::command_outcomes_test {

constexpr PartitionId kOne{1}, kTwo{2};

RefusedCommand Refused(PartitionId partition, int64_t offset) {
  return {partition, offset, "final_stage", "the lead is lost"};
}

class CommandOutcomesTest : public ::testing::Test {
 protected:
  CommandProgress ProgressOf(PartitionId partition, int64_t offset) const {
    return outcomes_.Find(partition, offset).progress;
  }
  bool IsRefused(PartitionId partition, int64_t offset) const {
    return outcomes_.Find(partition, offset).refused.has_value();
  }

  const int first_ = 0, second_ = 0;  // readers
  CommandOutcomes outcomes_{/*most_refusals=*/2};
};

TEST_F(CommandOutcomesTest, ACommandIsReadOnceTheOffsetBehindItIsCommitted) {
  EXPECT_EQ(ProgressOf(kOne, 5), CommandProgress::kElsewhere);
  outcomes_.Take(kOne, &first_, 5);
  EXPECT_EQ(ProgressOf(kOne, 5), CommandProgress::kNotRead);
  outcomes_.Committed(kOne, &first_, 7, {Refused(kOne, 6)});
  EXPECT_EQ(ProgressOf(kOne, 5), CommandProgress::kRead);
  EXPECT_FALSE(IsRefused(kOne, 5));
  EXPECT_EQ(ProgressOf(kOne, 6), CommandProgress::kRead);
  EXPECT_TRUE(IsRefused(kOne, 6));
  EXPECT_EQ(ProgressOf(kOne, 7), CommandProgress::kNotRead);
  EXPECT_EQ(ProgressOf(kTwo, 5), CommandProgress::kElsewhere);
}

TEST_F(CommandOutcomesTest, WhatAnEarlierOwnerHasReadIsUnknown) {
  outcomes_.Take(kOne, &first_, 5);
  EXPECT_EQ(ProgressOf(kOne, 4), CommandProgress::kUnknown);
}

TEST_F(CommandOutcomesTest, WhatWasForgottenIsNotCalledApplied) {
  outcomes_.Take(kOne, &first_, 0);
  outcomes_.Committed(kOne, &first_, 9, {Refused(kOne, 1), Refused(kOne, 3), Refused(kOne, 6)});
  EXPECT_EQ(ProgressOf(kOne, 1), CommandProgress::kUnknown);
  EXPECT_EQ(ProgressOf(kOne, 2), CommandProgress::kRead);
  EXPECT_TRUE(IsRefused(kOne, 3));
  EXPECT_TRUE(IsRefused(kOne, 6));
}

TEST_F(CommandOutcomesTest, ALatePreviousReaderChangesNothing) {
  outcomes_.Take(kOne, &first_, 0);
  outcomes_.Take(kOne, &second_, 4);
  outcomes_.Committed(kOne, &first_, 9, {});
  EXPECT_EQ(ProgressOf(kOne, 4), CommandProgress::kNotRead);
  outcomes_.Forget(kOne, &first_);
  EXPECT_EQ(ProgressOf(kOne, 4), CommandProgress::kNotRead);
  outcomes_.Forget(kOne, &second_);
  EXPECT_EQ(ProgressOf(kOne, 4), CommandProgress::kElsewhere);
}

TEST_F(CommandOutcomesTest, PartitionsAreThoseThatAReaderHas) {
  outcomes_.Take(kOne, &first_, 0);
  EXPECT_EQ(outcomes_.Partitions(), std::vector{kOne});
  outcomes_.Take(kOne, &second_, 4);
  outcomes_.Forget(kOne, &first_);
  EXPECT_EQ(outcomes_.Partitions(), std::vector{kOne});
  outcomes_.Forget(kOne, &second_);
  EXPECT_TRUE(outcomes_.Partitions().empty());
}

TEST_F(CommandOutcomesTest, ARestoreInBetweenKeepsWhatIsKnown) {
  outcomes_.Take(kOne, &first_, 0);
  outcomes_.Committed(kOne, &first_, 3, {Refused(kOne, 1)});
  outcomes_.Take(kOne, &first_, 3);
  EXPECT_TRUE(IsRefused(kOne, 1));
  outcomes_.Take(kOne, &first_, 5);  // the commit in doubt had succeeded
  EXPECT_EQ(ProgressOf(kOne, 4), CommandProgress::kUnknown);
}

}  // namespace leadpulse::kafka::command_outcomes_test
