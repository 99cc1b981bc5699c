// Another member of the group has taken a worker's instance id: a member that no longer runs, or another process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing::fenced_worker_test {

using ::testing::HasSubstr;

constexpr Millis kSession = GroupCoordinator::Options().session_timeout;
constexpr PartitionId kPartition{0};

class FencedWorkerTest : public SimulatedWorkerTest {
 protected:
  FencedWorkerTest() { options.session_timeout = kSession; }
  void SetUp() override {
    SimulatedWorkerTest::SetUp();
    cluster.set_observer(&trace);
  }

  // Starts a process, always at the same place and so with the same instance id.
  std::unique_ptr<SimulatedProcess> Start(RollbackStore* of) { return StartProcess(of, 0); }
  Status RunFor(SimulatedProcess* process, Millis time) {
    const auto until = clock.Monotonic() + time;
    Status status;
    while (status.ok() && clock.Monotonic() < until) {
      status = process->RunOnce(0);
      cluster.AdvanceTime(Millis(1));
    }
    return status;
  }
  // Executes a request to join whose response nobody gets.
  void LetNobodyJoin() {
    MemberIdentity nobody{"instance-0-0"};
    ASSERT_EQ(cluster.group().Join(&nobody), GroupReply::kOk);
  }
  void Append(const std::string& id) { AppendOpen(kPartition, "ann", id); }

  RollbackStore store{1}, other_store{1};
};

TEST_F(FencedWorkerTest, OnceFencedItJoinsAgainAndGoesOn) {
  const auto process = Start(&store);
  RunUntilReady(process.get());
  Append("before");
  ASSERT_TRUE(RunFor(process.get(), Millis(500)).ok());
  LetNobodyJoin();
  ASSERT_TRUE(process->RunOnce(0).ok());
  EXPECT_FALSE(process->is_ready());
  RunUntilReady(process.get());
  Append("after");
  ASSERT_TRUE(RunFor(process.get(), Millis(500)).ok());
  EXPECT_EQ(process->Sum(&kafka::WorkerMetrics::events), 2u);
}

// The session of a member that no longer runs ends, and then the id is free.
TEST_F(FencedWorkerTest, FencedAgainByNobodyItWaitsForThatSessionToEnd) {
  const auto process = Start(&store);
  RunUntilReady(process.get());
  for (int time = 0; time < 3; ++time) {
    LetNobodyJoin();
    ASSERT_TRUE(process->RunOnce(0).ok());
    const Status status = RunFor(process.get(), 2 * kSession);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(process->is_ready());
  }
  Append("after");
  ASSERT_TRUE(RunFor(process.get(), Millis(500)).ok());
  EXPECT_EQ(process->Sum(&kafka::WorkerMetrics::events), 1u);
}

TEST_F(FencedWorkerTest, OfTwoProcessesWithOneInstanceIdTheFirstEnds) {
  const auto first = Start(&store);
  RunUntilReady(first.get());
  const auto second = Start(&other_store);
  Status ended;
  for (int round = 0; round < 5000 && ended.ok(); ++round) {
    ended = first->RunOnce(0);
    const Status other = second->RunOnce(0);
    ASSERT_TRUE(other.ok()) << other.message();
    cluster.AdvanceTime(Millis(5));
  }
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.kind(), ErrorKind::kFatal);
  EXPECT_THAT(ended.message(), HasSubstr("another consumer has the instance id"));
  EXPECT_THAT(ended.message(), HasSubstr("The other one is the client instance-0-0 at simulated"));
  RunUntilReady(second.get());
}

// While the group does not answer nothing is known, and a coordinator that comes back restarts all sessions.
TEST_F(FencedWorkerTest, WhileNobodyAnswersItWaits) {
  const auto process = Start(&store);
  RunUntilReady(process.get());
  LetNobodyJoin();
  RunUntilReady(process.get());
  LetNobodyJoin();
  ASSERT_TRUE(process->RunOnce(0).ok());
  ASSERT_TRUE(RunFor(process.get(), kSession / 2).ok());
  cluster.group().Move(5 * kSession);
  const Status status = RunFor(process.get(), 8 * kSession);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_TRUE(process->is_ready());
}

}  // namespace leadpulse::testing::fenced_worker_test
