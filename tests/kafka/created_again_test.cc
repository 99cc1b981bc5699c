// A partition's last record is read again first, to notice a topic that was created again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/owned_partitions_fixture.h"

namespace leadpulse::kafka::owned_partitions_test {

using ::testing::HasSubstr;

class CreatedAgainTest : public OwnedPartitionsTest {
 protected:
  // Reads and commits the events 0 and 1, and no command.
  void SetUp() override {
    OwnedPartitionsTest::SetUp();
    Own({kFirst}, {{0, 0}});
    Apply(kFirst, 0, first);
    Apply(kFirst, 1, second);
    CommitEpoch();
    consumer.committed[kFirst] = {{2, 0}};
  }
  // Starts again, as after an error of a transaction, or in a new process.
  void BeginAgain() {
    ASSERT_TRUE(partitions.RestoreAllAgain().ok());
    RestoreAll();
    ASSERT_TRUE(partitions.FetchRestored().ok());
  }
  Status Give(int64_t offset, const std::string& event, InputTopic topic = InputTopic::kEvents, int64_t time_ms = 0) {
    std::vector<InputRecord> records{{topic, kFirst, offset, "", event, time_ms}};
    return partitions.Apply(&records);
  }

  const std::string first = Open("acme", "1", kNow);
  const std::string second = Open("acme", "2", kNow);
  const std::string third = Open("acme", "3", kNow);
};

TEST_F(CreatedAgainTest, TheLastRecordIsAskedForAgainAndNotAppliedTwice) {
  EXPECT_EQ(consumer.looks_back[kFirst], (LookBack{false, false})) << "nothing had been read";
  BeginAgain();
  EXPECT_EQ(consumer.fetched[kFirst], (InputOffsets{{2, 0}}));
  EXPECT_EQ(consumer.looks_back[kFirst], (LookBack{true, false}));
  ASSERT_TRUE(Give(1, second).ok());
  EXPECT_FALSE(partitions.epoch().touched);
  ASSERT_TRUE(Give(2, third).ok());
  EXPECT_EQ(partitions.epoch().records, 1u);
  CommitEpoch();
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{3, 0}}));
}

TEST_F(CreatedAgainTest, AnotherRecordInItsPlaceStopsTheProcess) {
  struct {
    int64_t offset;
    const std::string& event;
    int64_t time_ms;
  } const cases[] = {{1, first, 0}, {1, third, 0}, {1, second, 1}, {0, second, 0}};
  for (const auto& [offset, event, time_ms] : cases) {
    BeginAgain();
    const Status given = Give(offset, event, InputTopic::kEvents, time_ms);
    EXPECT_EQ(given.kind(), ErrorKind::kFatal);
    EXPECT_THAT(given.message(),
                HasSubstr("engagement.events [0] has another record at offset " + std::to_string(offset) +
                          " than the one that was read: the topic was deleted and created again"));
    EXPECT_FALSE(partitions.epoch().touched);
  }
}

TEST_F(CreatedAgainTest, WhereRetentionHasDeletedItTheReadingGoesOn) {
  BeginAgain();
  ASSERT_TRUE(Give(2, third).ok());
  // Only once: after that, a repeated record is an error again.
  EXPECT_THAT(Give(1, second).message(), HasSubstr("was delivered after 2: stopped"));
}

TEST_F(CreatedAgainTest, EachTopicHasALastRecordOfItsOwn) {
  const std::string command = R"({"tenantId":"acme","leadId":"a@x.org","commandId":"c","issuedAt":")" +
                              FormatRfc3339(kNow) + R"(","addNote":{"text":"x"}})";
  ASSERT_TRUE(Give(0, command, InputTopic::kCommands).ok());
  CommitEpoch();
  consumer.committed[kFirst] = {{2, 1}};
  BeginAgain();
  EXPECT_EQ(consumer.looks_back[kFirst], (LookBack{true, true}));
  ASSERT_TRUE(Give(0, command, InputTopic::kCommands).ok());
  EXPECT_THAT(Give(1, command, InputTopic::kEvents).message(), HasSubstr("engagement.events [0] has another record"));
}

// The topic is away for a moment while it is read.
TEST_F(CreatedAgainTest, WhileItIsReadTheLastRecordCanBeAskedForAgain) {
  ASSERT_TRUE(partitions.ReadAgain().ok());
  EXPECT_TRUE(consumer.fetched.empty());
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetched[kFirst], (InputOffsets{{2, 0}}));
  EXPECT_EQ(consumer.looks_back[kFirst], (LookBack{true, false}));
  EXPECT_THAT(Give(1, third).message(), HasSubstr("has another record at offset 1"));
}

TEST_F(CreatedAgainTest, APositionOfAnEarlierVersionAsksForNothing) {
  auto local = **engine::ReadLocalPosition(state::MetaOf(*store), kFirst);
  EXPECT_TRUE(local.position.last_hashes[0]);
  local.position.last_hashes = {};
  state::EpochWrite write;
  engine::AppendLocalPosition(kFirst, local, &write);
  ASSERT_TRUE(store->Commit(write).ok());
  BeginAgain();
  EXPECT_EQ(consumer.looks_back[kFirst], (LookBack{false, false}));
}

}  // namespace leadpulse::kafka::owned_partitions_test
