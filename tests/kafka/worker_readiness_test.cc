// The answers of /readyz: a worker is ready while the group counts it as a member and its partitions, if any, are
// restored.
#include <gtest/gtest.h>

#include <memory>

#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing::worker_readiness_test {

constexpr Millis kSessionTimeout = GroupCoordinator::Options().session_timeout;

// One partition, and as many processes as a test starts.
class WorkerReadinessTest : public SimulatedWorkerTest {
 protected:
  // Starts a process in a place of its own.
  std::unique_ptr<SimulatedProcess> Start(RollbackStore* store) { return StartProcess(store, number + 1); }

  static uint64_t Assigned(const SimulatedProcess& process) {
    return process.Gauge(0, &kafka::WorkerMetrics::partitions);
  }

  RollbackStore first_store{1}, second_store{1};
};

TEST_F(WorkerReadinessTest, WhoIsGivenNothingIsReadyTooOnceItIsAMember) {
  const auto first = Start(&first_store);
  RunUntilReady(first.get());
  const auto second = Start(&second_store);
  Round(second.get());
  EXPECT_FALSE(second->is_ready());
  RunUntilReady(second.get(), first.get());
  for (int round = 0; round < 100; ++round) {
    Round(first.get());
    Round(second.get());
  }
  EXPECT_TRUE(first->is_ready());
  EXPECT_TRUE(second->is_ready());
  EXPECT_EQ(Assigned(*first) + Assigned(*second), 1u);
}

TEST_F(WorkerReadinessTest, WhoWasThrownOutIsNotReadyBeforeItIsAMemberAgain) {
  const auto first = Start(&first_store);
  RunUntilReady(first.get());
  cluster.AdvanceTime(2 * kSessionTimeout);
  Round(first.get());  // hears of it, and asks to join again
  EXPECT_FALSE(first->is_ready());
  cluster.group().Move(kSessionTimeout);  // no member is admitted meanwhile
  for (int round = 0; round < 50; ++round) {
    Round(first.get());
    EXPECT_FALSE(first->is_ready()) << round;
  }
  cluster.AdvanceTime(2 * kSessionTimeout);
  RunUntilReady(first.get());
}

// Its epoch had records and is gone with the partition: nothing is left whose commit is due.
TEST_F(WorkerReadinessTest, WhoWasThrownOutOfAnEpochWaitsForRecords) {
  options.commit_interval = Millis(2000);
  const auto first = Start(&first_store);
  RunUntilReady(first.get());
  AppendOpen(PartitionId{0}, "ada", "1");
  while (first->Sum(&kafka::WorkerMetrics::events) == 0) Round(first.get());
  AppendOpen(PartitionId{0}, "ada", "1");  // again, which publishes nothing: no transaction is given up
  for (int round = 0; round < 50; ++round) Round(first.get());
  cluster.AdvanceTime(2 * kSessionTimeout);
  Round(first.get());
  EXPECT_FALSE(first->is_ready());
  cluster.group().Move(kSessionTimeout);
  const auto before = clock.Monotonic();
  for (int round = 0; round < 10; ++round) ASSERT_TRUE(first->RunOnce(0).ok());
  EXPECT_GE(clock.Monotonic() - before, 5 * options.poll_wait);
}

TEST_F(WorkerReadinessTest, NothingIsAppliedWhileTheClockIsDoubtful) {
  FixedClock wall(kBegin);
  Millis boot{0};
  const ClockGuard guard(&wall, [&boot] { return boot; });
  clock_guard = &guard;
  options.poll_wait = Millis(1);
  const auto process = Start(&first_store);
  RunUntilReady(process.get());
  const auto rounds = [&] {
    for (int round = 0; round < 300; ++round) Round(process.get());  // longer than a commit interval
    return process->Gauge(0, &kafka::WorkerMetrics::events);
  };
  wall.Set(kBegin + 400 * kMillisPerDay * Millis(1));
  AppendOpen(PartitionId{0}, "ada", "1");
  EXPECT_EQ(rounds(), 0u);
  EXPECT_EQ(process->Gauge(0, &kafka::WorkerMetrics::clock_doubtful), 1u);
  wall.Set(kBegin + Millis(1000));
  EXPECT_EQ(rounds(), 1u);
  EXPECT_EQ(process->Gauge(0, &kafka::WorkerMetrics::clock_doubtful), 0u);
}

}  // namespace leadpulse::testing::worker_readiness_test
