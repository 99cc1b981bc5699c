// A worker's partitions over ports that the test controls.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/kafka/owned_partitions.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"
#include "tests/support/kafka/fake_ports.h"
#include "tests/support/kafka/simulated_clock.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::kafka::owned_partitions_test {

inline constexpr uint32_t kPartitions = 4;
inline constexpr PartitionId kFirst{0};
inline constexpr PartitionId kSecond{1};
inline constexpr Instant kNow{1'750'000'000'000};

class DefaultDefinitions : public DefinitionsFeed {
 public:
  WantedDefinitions Wanted() const override { return wanted; }

  WantedDefinitions wanted{config::DefaultDefinitions(), std::nullopt};
};

inline engine::DefinitionsOrigin PublishedAt(int64_t offset, Instant at = kNow) {
  return {"cluster", "lead.definitions", offset, at};
}

inline WorkerOptions Options() {
  WorkerOptions options;
  options.application = "leadpulse";
  options.formats.events = options.formats.commands = InputFormat::kJson;
  options.input_partitioning = InputPartitioning::kTrusted;
  return options;
}

inline std::string Open(const std::string& tenant, const std::string& id, Instant at) {
  return R"({"tenantId":")" + tenant + R"(","leadId":"a@x.org","eventId":")" + id +
         R"(","type":"OPEN","occurredAt":")" + FormatRfc3339(at) + "\"}";
}

// A sink that counts an engine's output.
class Published : public OutputSink {
 public:
  void Publish(std::vector<OutputRecord>* records) override {
    most_at_once = std::max(most_at_once, records->size());
    all += records->size();
    records->clear();
  }
  size_t most_at_once = 0;
  size_t all = 0;
};

class OwnedPartitionsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("off").ok()); }

  // Sets up a deployment that has read to `next` and has no leads.
  void HaveCome(PartitionId partition, const InputOffsets& next, Instant at = Instant::DistantPast()) {
    engine::PartitionPosition position = testing::PositionAt(next, options.application, *store);
    position.clock = std::max(position.clock, at);
    changelog.Append(partition, std::string(kDefinitionsKey), engine::EncodeDefinitions({}));
    deltas.AppendEpoch(partition, position);
    consumer.committed[partition] = next;
    consumer.ends[partition] = next;
  }
  void RestoreAll() {
    for (int round = 0; round < 10 && !partitions.all_live(); ++round) ASSERT_TRUE(partitions.Restore().ok());
    ASSERT_TRUE(partitions.all_live());
  }
  // Assigns the worker partitions that have read to `next`, and fetches them.
  void Own(const std::vector<PartitionId>& given, const InputOffsets& next) {
    for (PartitionId partition : given) HaveCome(partition, next);
    partitions.Take(given);
    RestoreAll();
    ASSERT_TRUE(partitions.FetchRestored().ok());
  }
  void Apply(PartitionId partition, int64_t offset, const std::string& event) {
    std::vector<InputRecord> records{{InputTopic::kEvents, partition, offset, "", event}};
    const Status applied = partitions.Apply(&records);
    ASSERT_TRUE(applied.ok()) << applied.message();
  }

  // Returns the offsets that the store has for the partition.
  InputOffsets Stored(PartitionId partition) {
    return (*engine::ReadLocalPosition(state::MetaOf(*store), partition))->position.next;
  }

  void CommitEpoch() {
    const std::map<PartitionId, InputOffsets> ended = *partitions.EndEpoch(&output);
    std::map<PartitionId, int64_t> behind;
    for (const auto& [partition, offsets] : ended) behind[partition] = deltas.end(partition);
    const Status committed = partitions.Committed(ended, behind);
    ASSERT_TRUE(committed.ok()) << committed.message();
  }
  TenantCounts CountsOf(const std::string& name) {
    for (const TenantMetrics::Tenant& tenant : tenants.Get()) {
      if (tenant.name == name) return tenant.counts;
    }
    return {};
  }

  WorkerOptions options = Options();
  testing::SimulatedClock clock{kNow};
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(kPartitions);
  DefaultDefinitions definitions;
  WorkerMetrics metrics;
  testing::FakeConsumer consumer{kPartitions};
  testing::FakeChangelog changelog;
  testing::FakeChangelog deltas;
  TenantMetrics tenants{2};
  WriterFence writer_fence;
  WorkerEnvironment environment{nullptr, store.get(), &writer_fence, &clock, &definitions, &metrics, &tenants};
  std::vector<OutputRecord> output;
  Published published;
  OwnedPartitions partitions{options, environment, &consumer, {&changelog, &deltas}, &published};
};

}  // namespace leadpulse::kafka::owned_partitions_test
