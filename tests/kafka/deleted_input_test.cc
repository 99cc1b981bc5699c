// The input topics of a worker are deleted and created again before it hears of it: the group forgets their offsets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing::deleted_input_test {

using kafka::InputTopic;
using kafka::WorkerMetrics;
using ::testing::HasSubstr;

constexpr PartitionId kPartition{0};

class DeletedInputTest : public OneWorkerTest {
 protected:
  DeletedInputTest() : OneWorkerTest({.partitions = 1}) {}

  // Reads and commits two events, at the offsets 0 and 1.
  void SetUp() override {
    OneWorkerTest::SetUp();
    Start();
    RunUntilReady(process.get());
    AppendOpen(kPartition, "a@x.org", "1");
    AppendOpen(kPartition, "a@x.org", "2");
    ASSERT_TRUE(Run().ok());
    ASSERT_EQ(process->Sum(&WorkerMetrics::events), 2u);
  }

  Status Run() {
    for (int round = 0; round < 1000; ++round) {
      LP_RETURN_IF_ERROR(process->RunOnce(0));
      cluster.AdvanceTime(Millis(1));
    }
    return Status::Ok();
  }
  void ForgetOffsets() {
    for (const InputTopic topic : kafka::kInputTopics) {
      cluster.offsets().Forget(kPartition, topic);
    }
  }
};

TEST_F(DeletedInputTest, NothingIsCommittedOfATopicThatWasCreatedAgain) {
  cluster.log(Topic::kEvents, kPartition) = {};
  ForgetOffsets();
  for (const char* event : {"3", "4", "5"}) AppendOpen(kPartition, "b@x.org", event);
  EXPECT_THAT(Run().message(), HasSubstr("has another record at offset 1 than the one that was read"));
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), 2u);
}

TEST_F(DeletedInputTest, WhereOnlyTheOffsetsAreGoneItGoesOn) {
  ForgetOffsets();
  AppendOpen(kPartition, "b@x.org", "3");
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), 3u);
  EXPECT_EQ(process->Sum(&WorkerMetrics::aborts), 1u);
}

TEST_F(DeletedInputTest, ThoseOfOneTopicOnlyEndTheProcess) {
  cluster.offsets().Forget(kPartition, InputTopic::kEvents);
  AppendOpen(kPartition, "b@x.org", "3");
  EXPECT_THAT(Run().message(), HasSubstr("for one of the input topics only"));
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), 2u);
}

}  // namespace leadpulse::testing::deleted_input_test
