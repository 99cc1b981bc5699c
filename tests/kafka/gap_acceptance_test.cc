// Records were deleted before they were read, and a deployment continues without them, on the simulated cluster.
#include "processor/kafka/gap_acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/kafka/published.h"
#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing {
namespace {

using kafka::GapOutcome;
using kafka::InputOffsets;
using kafka::InputTopic;
using kafka::NamedGap;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr PartitionId kPartition{1};
constexpr uint32_t kPartitions = 2;
constexpr NamedGap kGap{InputTopic::kEvents, kPartition, 5, 7};

class GapAcceptanceTest : public OneWorkerTest {
 protected:
  GapAcceptanceTest() : OneWorkerTest({.partitions = kPartitions}) {}

  void Append(int id) { AppendOpen(kPartition, "l", "e" + std::to_string(id)); }
  // Runs until everything is read, or the process ends.
  Status Run() {
    for (int round = 0; round < 400; ++round) {
      LP_RETURN_IF_ERROR(process->RunOnce(0));
      cluster.AdvanceTime(Millis(5));
    }
    return process->WriteOut();
  }
  void EndSessions() { cluster.AdvanceTime(cluster.options().session_timeout + Millis(1)); }
  // Writes and reads five records, then writes five more and deletes three of these unread.
  void MakeGap() {
    for (int id = 0; id < 5; ++id) Append(id);
    Start();
    const Status ran = Run();
    ASSERT_TRUE(ran.ok()) << ran.message();
    Kill();
    for (int id = 5; id < 10; ++id) Append(id);
    cluster.log(Topic::kEvents, kPartition).DeleteBefore(8);
  }

  Result<GapOutcome> Accept(const NamedGap& gap) {
    const auto connection = cluster.Connect({++number, "", "leadpulse-0-0"});
    return kafka::AcceptGap(gap, options, connection.get(), clock, std::chrono::seconds(30));
  }
  std::string Refusal(const NamedGap& gap) {
    const auto outcome = Accept(gap);
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? "" : outcome.status().message();
  }
  void ExpectAccepted(const Result<GapOutcome>& outcome, GapOutcome expected) {
    ASSERT_TRUE(outcome.ok()) << outcome.status().message();
    EXPECT_EQ(*outcome, expected);
  }
  // Checks that a process with this store reads the rest, and that the lead's changes follow those before the gap.
  void ExpectGoesOn() {
    EndSessions();
    Start();
    const Status ran = Run();
    ASSERT_TRUE(ran.ok()) << ran.message();
    EXPECT_EQ(process->Sum(&kafka::WorkerMetrics::events), 2u);
    const auto local = *engine::ReadLocalPosition(state::MetaOf(*store), kPartition);
    EXPECT_EQ(local->position.next, (InputOffsets{{10, 0}}));
    ASSERT_EQ(local->position.accepted_gaps.size(), 1u);
    EXPECT_EQ(local->position.accepted_gaps[0].first, 5);
    EXPECT_EQ(local->position.accepted_gaps[0].last, 7);
    std::string problem;
    const Published published = ReadPublished(&cluster, &problem);
    EXPECT_EQ(problem, "");
    std::set<uint64_t> numbers;
    for (const PublishedChange& one : published.changes) {
      EXPECT_TRUE(numbers.insert(one.change.seq()).second) << one.change.seq();
    }
    EXPECT_EQ(numbers.size(), *numbers.rbegin());
  }
};

TEST_F(GapAcceptanceTest, AGapEndsTheProcessUntilItIsAccepted) {
  MakeGap();
  EndSessions();
  Start();
  EXPECT_THAT(Run().message(), HasSubstr("offset out of range"));
  Kill();
  EndSessions();
  ExpectAccepted(Accept(kGap), GapOutcome::kAccepted);
  ExpectGoesOn();
  // The state stays: the process reads the rest.
  EXPECT_EQ(process->Sum(&kafka::WorkerMetrics::full_restores), 0u);
}

TEST_F(GapAcceptanceTest, AStateThatIsGoneIsRestoredBehindTheGap) {
  MakeGap();
  EndSessions();
  ExpectAccepted(Accept(kGap), GapOutcome::kAccepted);
  store = std::make_unique<RollbackStore>(kPartitions);
  ExpectGoesOn();
}

TEST_F(GapAcceptanceTest, SaidTwiceItIsDoneOnce) {
  MakeGap();
  EndSessions();
  ExpectAccepted(Accept(kGap), GapOutcome::kAccepted);
  EndSessions();  // the transaction's marker is written a moment later
  const int64_t end = cluster.log(Topic::kLeadState, kPartition).end();
  ExpectAccepted(Accept(kGap), GapOutcome::kAcceptedBefore);
  EXPECT_EQ(cluster.log(Topic::kLeadState, kPartition).end(), end);
  ExpectGoesOn();
}

TEST_F(GapAcceptanceTest, OnlyTheGapThatThereIsIsAccepted) {
  MakeGap();
  EndSessions();
  const std::string named = "what is lost of engagement.events [1] is offsets 5 to 7, not ";
  for (const auto& [first, last] : {std::pair(5, 6), {5, 8}, {4, 7}, {6, 7}}) {
    EXPECT_THAT(Refusal({InputTopic::kEvents, kPartition, first, last}), HasSubstr(named)) << first << "-" << last;
  }
  EXPECT_THAT(Refusal({InputTopic::kCommands, kPartition, 5, 7}), HasSubstr("lead.commands [1] has no gap"));
  EXPECT_THAT(Refusal({InputTopic::kEvents, PartitionId{0}, 5, 7}), HasSubstr("engagement.events [0] has no gap"));
  EXPECT_THAT(Refusal({InputTopic::kEvents, PartitionId{2}, 5, 7}), HasSubstr("there is no engagement.events [2]"));
  EndSessions();
  Start();
  EXPECT_THAT(Run().message(), HasSubstr("offset out of range"));
}

TEST_F(GapAcceptanceTest, NothingIsDoneBesideAProcessThatIsAlive) {
  Start();
  ASSERT_TRUE(Run().ok());
  // The process continues while the call waits.
  cluster.set_hook([&](const PortCall& call) {
    if (call.client->process != number || process->is_running()) return;
    const Status ran = process->RunOnce(0);
    EXPECT_TRUE(ran.ok()) << ran.message();
  });
  EXPECT_THAT(Refusal(kGap),
              AllOf(HasSubstr("the group leadpulse has other members"), HasSubstr(". Then run the command again")));
  cluster.set_hook(nullptr);
  EXPECT_TRUE(Run().ok());
}

TEST_F(GapAcceptanceTest, WhereTheGroupsOffsetsHaveExpiredThoseOfTheChangelogCount) {
  MakeGap();
  EndSessions();
  for (const InputTopic topic : kafka::kInputTopics) {
    cluster.offsets().Forget(kPartition, topic);
  }
  // As after `offsets.retention.minutes`: the offsets in lead.state count.
  ExpectAccepted(Accept(kGap), GapOutcome::kAccepted);
  ExpectGoesOn();
}

// The command is killed in each of its calls to the cluster, one after the other: repeated, it is done once.
TEST_F(GapAcceptanceTest, KilledAnywhereItIsDoneWhenItIsSaidAgain) {
  MakeGap();
  EndSessions();
  bool was_killed = true;
  for (int calls = 0; was_killed; ++calls) {
    was_killed = false;
    int left = calls;
    cluster.set_hook([&](const PortCall& call) {
      if (call.client->process != number || left-- > 0) return;
      was_killed = true;
      cluster.Kill(number);
    });
    const auto outcome = Accept(kGap);
    cluster.set_hook(nullptr);
    EXPECT_NE(outcome.ok(), was_killed && !outcome.ok()) << calls;
    EndSessions();
    cluster.AdvanceTime(cluster.options().transaction_timeout);
  }
  ExpectGoesOn();
}

}  // namespace
}  // namespace leadpulse::testing
