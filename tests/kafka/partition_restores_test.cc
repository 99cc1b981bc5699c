// Partitions that are restored side by side: which requests are sent and how often, and one that cannot be restored
// now.
#include <gmock/gmock.h>

#include "tests/kafka/owned_partitions_fixture.h"

namespace leadpulse::kafka::owned_partitions_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PartitionRestoresTest : public OwnedPartitionsTest {
 protected:
  static std::vector<PartitionId> All() { return {PartitionId{0}, PartitionId{1}, PartitionId{2}, PartitionId{3}}; }

  // Makes the state one transaction older than the log of deltas. The partitions were live before.
  void BeBehind() {
    Own(All(), {{5, 6}});
    for (PartitionId partition : All()) HaveCome(partition, {{7, 8}});
  }
  size_t Fetched() {
    EXPECT_TRUE(partitions.FetchRestored().ok());
    return consumer.fetched.size();
  }
  std::string LogOf(int rounds) {
    EXPECT_TRUE(telemetry::SetUpLogging("warning").ok());
    ::testing::internal::CaptureStderr();
    for (int round = 0; round < rounds; ++round) EXPECT_TRUE(partitions.Restore().ok());
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(PartitionRestoresTest, AllAreAskedAndReadAtOnce) {
  BeBehind();
  consumer.committed_calls = changelog.bounds_calls = deltas.bounds_calls = changelog.reads = deltas.reads = 0;
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_TRUE(partitions.all_live());
  EXPECT_EQ(consumer.committed_calls, 1);
  EXPECT_EQ(changelog.bounds_calls, 1);
  EXPECT_EQ(deltas.bounds_calls, 1);
  EXPECT_EQ(changelog.reads, 0);
  EXPECT_EQ(deltas.reads, 1);
  EXPECT_FALSE(deltas.reading());
  EXPECT_EQ(Fetched(), All().size());
  EXPECT_EQ(consumer.fetched[kSecond], (InputOffsets{{7, 8}}));
}

// There is nothing to read.
TEST_F(PartitionRestoresTest, AllThatStandRightAreLiveInARound) {
  Own(All(), {{5, 6}});
  consumer.committed_calls = changelog.reads = 0;
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_TRUE(partitions.all_live());
  EXPECT_EQ(consumer.committed_calls, 1);
  EXPECT_EQ(changelog.reads, 0);
}

TEST_F(PartitionRestoresTest, NewOnesAreLiveInARound) {
  partitions.Take(All());
  ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_TRUE(partitions.all_live());
}

TEST_F(PartitionRestoresTest, OneThatNobodyLeadsDoesNotHoldUpTheOthers) {
  BeBehind();
  changelog.without_leader = {kSecond};
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  EXPECT_THAT(LogOf(10), AllOf(HasSubstr("restoring: nobody leads the partition; each partition is asked by itself\n"),
                               HasSubstr("restoring: partition 1: nobody leads the partition; it is tried again in 500 "
                                         "ms, the others go on\n"),
                               Not(HasSubstr("partition 0")), Not(HasSubstr("partition 2"))));
  EXPECT_FALSE(partitions.all_live());
  EXPECT_EQ(Fetched(), 3u);
  EXPECT_FALSE(partitions.busy());
  EXPECT_EQ(partitions.next_attempt(), clock.Monotonic() + RetryBackoff::kFirst);
  partitions.ShowGauges();
  EXPECT_EQ(metrics.partitions_failing, 1u);
  EXPECT_EQ(metrics.partitions_restoring, 1u);

  // The failed partition waits for its time, and then asks for its own bounds only.
  const int asked = changelog.bounds_calls;
  EXPECT_EQ(LogOf(10), "");
  EXPECT_EQ(changelog.bounds_calls, asked);
  clock.Pass(RetryBackoff::kFirst);
  EXPECT_THAT(LogOf(10), HasSubstr("partition 1: nobody leads the partition; it is tried again in 1000 ms"));
  EXPECT_EQ(changelog.bounds_calls, asked + 1);
  changelog.without_leader = {};
  EXPECT_EQ(LogOf(10), "");
  clock.Pass(2 * RetryBackoff::kFirst);
  ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_TRUE(partitions.all_live());
  EXPECT_EQ(Fetched(), 4u);
  partitions.ShowGauges();
  EXPECT_EQ(metrics.partitions_failing, 0u);
}

TEST_F(PartitionRestoresTest, OneWithoutCommittedOffsetsDoesNotHoldUpTheOthers) {
  BeBehind();
  consumer.without_answer = {kFirst};
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  for (int round = 0; round < 10; ++round) ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_EQ(Fetched(), 3u);
  EXPECT_FALSE(consumer.fetched.contains(kFirst));
  consumer.without_answer = {};
  clock.Pass(RetryBackoff::kFirst);
  RestoreAll();
  EXPECT_EQ(Fetched(), 4u);
}

// Its deltas are lost in the middle of the restore.
TEST_F(PartitionRestoresTest, OneThatCannotBeReadOnDoesNotHoldUpTheOthers) {
  BeBehind();
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  deltas.while_read = [this] { deltas.without_leader = {kSecond}; };
  for (int round = 0; round < 10; ++round) ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_EQ(Fetched(), 3u);
  deltas.while_read = [this] { deltas.without_leader = {}; };
  for (int round = 0; round < 2; ++round) ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_EQ(Fetched(), 4u);
}

// Such restores gather leads in memory.
TEST_F(PartitionRestoresTest, ThoseThatAreMadeFromTheBeginningTakeTurns) {
  for (PartitionId partition : All()) HaveCome(partition, {{1, 1}});
  partitions.Take(All());
  changelog.most_a_read = 1;
  // The next one takes its turn while the deltas of the one before are read.
  for (size_t live = 0; live <= All().size(); ++live) {
    ASSERT_TRUE(partitions.Restore().ok());
    EXPECT_EQ(Fetched(), live);
  }
  EXPECT_TRUE(partitions.all_live());
}

}  // namespace leadpulse::kafka::owned_partitions_test
