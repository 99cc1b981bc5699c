// What /readyz answers: a worker is ready while the group counts it as a member and what it was given, perhaps nothing,
// is restored.
#include <gtest/gtest.h>

#include <memory>

#include "config/definitions_loader.h"
#include "processor/telemetry/logging.h"
#include "tests/kafka/simulated_process.h"
#include "tests/kafka/simulation_trace.h"

namespace leadpulse::testing::worker_readiness_test {

constexpr Instant kBegin{1'750'000'000'000};
constexpr Millis kSessionTimeout = GroupCoordinator::Options().session_timeout;

// One partition, and as many processes as a test starts.
class WorkerReadinessTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging({.level = "off"}).ok()); }

  std::unique_ptr<SimulatedProcess> Start(RollbackStore* store) {
    kafka::WorkerOptions options;
    options.application = "leadpulse";
    const int number = ++started_;
    return std::make_unique<SimulatedProcess>(SimulatedProcess::World{&cluster, &clock, &trace, {}}, number, number, 1,
                                              options, store, config::DefaultDefinitions(), Millis(0));
  }
  void Round(SimulatedProcess* process) {
    const Status status = process->RunOnce(0);
    ASSERT_TRUE(status.ok()) << status.message();
    cluster.PassTime(Millis(1));
  }
  void RunUntilReady(SimulatedProcess* process, SimulatedProcess* beside = nullptr) {
    for (int round = 0; round < 1000 && !process->is_ready(); ++round) {
      Round(process);
      if (beside != nullptr) Round(beside);
    }
    ASSERT_TRUE(process->is_ready());
  }

  static uint64_t Assigned(const SimulatedProcess& process) {
    return process.Gauge(0, &kafka::WorkerMetrics::partitions);
  }

  SimulatedClock clock{kBegin};
  SimulatedCluster cluster{{.partitions = 1}, &clock, 1};
  SimulationTrace trace;
  RollbackStore first_store{1}, second_store{1};

 private:
  int started_ = 0;
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
  cluster.PassTime(2 * kSessionTimeout);
  Round(first.get());  // hears it, and asks to join again
  EXPECT_FALSE(first->is_ready());
  cluster.group().Move(kSessionTimeout);  // nobody is let in meanwhile
  for (int round = 0; round < 50; ++round) {
    Round(first.get());
    EXPECT_FALSE(first->is_ready()) << round;
  }
  cluster.PassTime(2 * kSessionTimeout);
  RunUntilReady(first.get());
}

}  // namespace leadpulse::testing::worker_readiness_test
