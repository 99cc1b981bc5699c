// A partition that is restored from a handmade changelog and consumer, over a store in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "processor/kafka/partition_restores.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"
#include "tests/support/kafka/fake_ports.h"
#include "tests/support/kafka/simulated_clock.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::kafka {

inline constexpr uint32_t kPartitions = 1;
inline constexpr PartitionId kOnly{0};
inline constexpr Instant kNow{1'750'000'000'000};

using Outcome = Result<std::optional<RestoredPartition>>;

inline WorkerOptions Options() {
  WorkerOptions options;
  options.application = "leadpulse";
  return options;
}

class PartitionRestoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
    changelog.Append(kOnly, std::string(kDefinitionsKey), engine::EncodeDefinitions({}));
  }

  engine::PartitionPosition At(const InputOffsets& next) {
    return testing::PositionAt(next, options.application, *store);
  }
  // Commits a transaction: both the position in the changelog and the group's offsets.
  void Commit(const InputOffsets& next) {
    changelog.AppendPosition(kOnly, At(next));
    consumer.committed[kOnly] = next;
  }
  // Stores the state after the changelog's records so far; it says that it has read to `next`.
  void Keep(const InputOffsets& next) {
    state::EpochWrite write;
    engine::AppendLocalPosition(kOnly, {At(next), changelog.end(kOnly), kNow}, &write);
    engine::AppendLocalDefinitions(kOnly, {}, &write);
    ASSERT_TRUE(store->Commit(write).ok());
  }
  Outcome Restore() {
    environment.store = store.get();
    PartitionRestores restores(options, environment, &consumer, {&changelog, &deltas});
    restores.Begin(kOnly, is_standby ? PartitionWriter::OfStandby(kOnly, &writer_fence, store.get()).value()
                                     : PartitionWriter(kOnly, generation, &writer_fence, store.get()));
    for (int step = 0; step < most_steps; ++step) {
      clock.Pass(a_step);
      auto restored = restores.Step(std::chrono::milliseconds(0));
      if (!restored.ok()) return restored.status();
      if (!restored->empty()) return std::optional(std::move(restored->front().second));
    }
    return Status::Fatal("it does not end");
  }
  void ExpectRestoredTo(const InputOffsets& next, uint64_t full_restores) {
    const Outcome outcome = Restore();
    ASSERT_TRUE(outcome.ok()) << outcome.status().message();
    EXPECT_EQ((*outcome)->position.next, next);
    EXPECT_FALSE((*outcome)->commit_first);
    EXPECT_EQ(metrics.full_restores, full_restores);
  }

  WorkerOptions options = Options();
  int most_steps = 50;
  Millis a_step{0};  // how long each takes
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(kPartitions);
  WriterFence writer_fence;
  int32_t generation = 1;
  bool is_standby = false;  // whether a standby restores, and no worker
  WorkerMetrics metrics;
  testing::FakeConsumer consumer{kPartitions};
  testing::FakeChangelog changelog;
  testing::FakeChangelog deltas;
  testing::SimulatedClock clock{kNow};
  WorkerEnvironment environment{nullptr, store.get(), &writer_fence, &clock, nullptr, &metrics, nullptr};
};

}  // namespace leadpulse::kafka
