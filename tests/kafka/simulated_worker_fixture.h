// Fixtures for tests of workers on the simulated Kafka. There are no faults unless the test makes them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "config/definitions_loader.h"
#include "processor/telemetry/logging.h"
#include "tests/kafka/simulated_process.h"
#include "tests/kafka/simulation_trace.h"
#include "tests/support/rollback_store.h"

namespace leadpulse::testing {

// A test with as many processes as it starts, each with one worker under the built-in definitions.
class SimulatedWorkerTest : public ::testing::Test {
 protected:
  static constexpr Instant kBegin{1'750'000'000'000};

  explicit SimulatedWorkerTest(const SimulatedClusterOptions& cluster_options = {.partitions = 1})
      : cluster(cluster_options, &clock, 1) {
    options.application = "leadpulse";
    options.formats.events = options.formats.commands = kafka::InputFormat::kJson;
    options.input_partitioning = kafka::InputPartitioning::kTrusted;
    // Lead.state and lead.profiles have each epoch at once.
    options.changelog_interval = options.profiles.interval = options.profiles.counts_interval = Millis(0);
  }

  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("off").ok()); }

  // Starts a process. Those in the same place have the same instance id.
  std::unique_ptr<SimulatedProcess> StartProcess(RollbackStore* store, int place) {
    return std::make_unique<SimulatedProcess>(SimulatedProcess::World{&cluster, &clock, watching, {}, clock_guard},
                                              ++number, place, 1, /*has_standby=*/false, options, store,
                                              config::DefaultDefinitions(), Millis(0));
  }
  void Round(SimulatedProcess* process) {
    const Status status = process->RunOnce(0);
    ASSERT_TRUE(status.ok()) << status.message();
    cluster.AdvanceTime(Millis(1));
  }
  void RunUntilReady(SimulatedProcess* process, SimulatedProcess* beside = nullptr) {
    for (int round = 0; round < 1000 && !process->is_ready(); ++round) {
      Round(process);
      if (beside != nullptr) Round(beside);
    }
    ASSERT_TRUE(process->is_ready());
  }

  void AppendOpen(PartitionId partition, const std::string& lead, const std::string& event_id, Instant at = kBegin) {
    cluster.Append(kafka::InputTopic::kEvents, partition, "",
                   R"({"tenantId":"t","leadId":")" + lead + R"(","eventId":")" + event_id +
                       R"(","type":"OPEN","occurredAt":")" + FormatRfc3339(at) + "\"}");
  }

  kafka::WorkerOptions options;
  SimulatedClock clock{kBegin};
  SimulatedCluster cluster;
  SimulationTrace trace;
  SimulationTrace* watching = &trace;  // the processes report to this
  const ClockGuard* clock_guard = nullptr;
  int number = 0;  // the last started process's
};

// One process, which a test may kill and start again with the rest of its store.
class OneWorkerTest : public SimulatedWorkerTest {
 protected:
  explicit OneWorkerTest(const SimulatedClusterOptions& cluster_options)
      : SimulatedWorkerTest(cluster_options), store(std::make_unique<RollbackStore>(cluster_options.partitions)) {}

  void Start() { process = StartProcess(store.get(), 0); }
  void Kill() {
    cluster.Kill(process->number());
    store->Seal();
    process.reset();
    store = store->After(store->commit_count());
  }
  // Takes the state away from the killed process.
  void LoseState() { store = std::make_unique<RollbackStore>(cluster.options().partitions); }
  void Round() { SimulatedWorkerTest::Round(process.get()); }

  std::unique_ptr<RollbackStore> store;
  std::unique_ptr<SimulatedProcess> process;
};

}  // namespace leadpulse::testing
