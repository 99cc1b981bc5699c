// What a worker does with its partitions, step by step, over ports that a test has in its hand.
#include "processor/kafka/owned_partitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/kafka/tenant_metrics.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"
#include "state/memory_lead_store.h"
#include "tests/support/kafka/fake_ports.h"

namespace leadpulse::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kPartitions = 4;
constexpr PartitionId kFirst{0};
constexpr PartitionId kSecond{1};
constexpr Instant kNow{1'750'000'000'000};

class DefaultDefinitions : public DefinitionsFeed {
 public:
  std::shared_ptr<const config::Definitions> Wanted() const override { return definitions_; }

 private:
  std::shared_ptr<const config::Definitions> definitions_ = config::DefaultDefinitions();
};

WorkerOptions Options() {
  WorkerOptions options;
  options.application = "leadpulse";
  options.input_formats = {InputFormat::kJson, InputFormat::kJson};
  options.input_partitioning = InputPartitioning::kTrusted;
  return options;
}

std::string Open(const std::string& tenant, const std::string& id, Instant at) {
  return R"({"tenantId":")" + tenant + R"(","leadId":"a@x.org","eventId":")" + id +
         R"(","type":"OPEN","occurredAt":")" + FormatRfc3339(at) + "\"}";
}

class OwnedPartitionsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging({.level = "off"}).ok()); }

  // As a deployment is found that has read to `next` and has no leads.
  void HaveCome(PartitionId partition, const InputOffsets& next) {
    changelog.Append(partition, std::string(kDefinitionsKey), engine::EncodeDefinitions({}));
    changelog.AppendPosition(partition, testing::PositionAt(next, options.application, *store));
    consumer.committed[partition] = next;
    consumer.ends[partition] = next;
  }
  void RestoreAll() {
    for (int round = 0; round < 10 && !partitions.all_live(); ++round) ASSERT_TRUE(partitions.Restore().ok());
    ASSERT_TRUE(partitions.all_live());
  }
  // Gives the worker partitions that have read to `next`, and has them fetched.
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

  void CommitEpoch() {
    const std::map<PartitionId, InputOffsets> ended = partitions.EndEpoch(&output);
    std::map<PartitionId, int64_t> behind;
    for (const auto& [partition, offsets] : ended) behind[partition] = changelog.end(partition);
    const Status committed = partitions.Committed(ended, behind);
    ASSERT_TRUE(committed.ok()) << committed.message();
  }
  TenantCounts CountsOf(const std::string& name) {
    for (const TenantMetrics::Tenant& tenant : tenants.Get()) {
      if (tenant.name == name) return tenant.counts;
    }
    return {};
  }

  const WorkerOptions options = Options();
  FixedClock clock{kNow};
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(kPartitions);
  DefaultDefinitions definitions;
  WorkerMetrics metrics;
  testing::FakeConsumer consumer{kPartitions};
  testing::FakeChangelog changelog;
  TenantMetrics tenants{2};
  WorkerEnvironment environment{nullptr, store.get(), nullptr, &clock, &definitions, &metrics, &tenants};
  std::vector<OutputRecord> output;
  OwnedPartitions partitions{options, environment, &consumer, &changelog};
};

TEST_F(OwnedPartitionsTest, AFetchThatCouldNotBeginIsTriedAgainInTheNextRound) {
  HaveCome(kFirst, {{10, 20}});
  partitions.Take({kFirst});
  RestoreAll();
  consumer.fetch_from = Status::Retriable("the broker is away");
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(partitions.FetchRestored().ok());
    EXPECT_EQ(consumer.fetch_calls, round);
    // It counts as one that is not read: nothing is asked of it, and nothing told.
    ASSERT_TRUE(partitions.ConsiderDefinitions().ok());
    ASSERT_TRUE(partitions.PassTime().ok());
    partitions.ShowGauges();
    EXPECT_TRUE(metrics.partition_lags.Get().empty());
  }
  consumer.fetch_from = Status::Ok();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetched, (std::map<PartitionId, InputOffsets>{{kFirst, {{10, 20}}}}));
  // From now on it is read: to begin again would give records a second time.
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetch_calls, 4);
  Apply(kFirst, 10, Open("acme", "1", kNow));
  EXPECT_EQ(partitions.epoch().records, 1u);
}

TEST_F(OwnedPartitionsTest, AFetchThatCannotBeginDoesNotHoldUpTheOthers) {
  for (PartitionId partition : {kFirst, kSecond}) HaveCome(partition, {{10, 20}});
  partitions.Take({kFirst, kSecond});
  RestoreAll();
  consumer.fetch_from = Status::Retriable("the broker is away");
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetch_calls, 2);
  consumer.fetch_from = Status::Fatal("the worker may not read");
  EXPECT_EQ(partitions.FetchRestored().kind(), ErrorKind::kFatal);
}

// Of a partition that nothing is known of: where it begins is committed before its first record.
TEST_F(OwnedPartitionsTest, NothingIsFetchedBeforeTheFirstOffsetsAreCommitted) {
  partitions.Take({kFirst});
  RestoreAll();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetch_calls, 0);
  EXPECT_TRUE(partitions.epoch().keeps_from_reading);
  CommitEpoch();
  EXPECT_FALSE(partitions.epoch().keeps_from_reading);
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetched, (std::map<PartitionId, InputOffsets>{{kFirst, {{0, 0}}}}));
}

TEST_F(OwnedPartitionsTest, TellsHowFarEachPartitionIsBehind) {
  Own({kFirst, kSecond}, {{10, 20}});
  consumer.ends[kFirst] = {{15, 22}};
  partitions.ShowGauges();
  EXPECT_EQ(metrics.lag, 7);
  EXPECT_EQ(metrics.partition_lags.Get(), (std::vector<PartitionLag>{{kFirst, 7}, {kSecond, 0}}));

  // The newest counts, not the last; none is of the future.
  Apply(kFirst, 10, Open("acme", "1", kNow - Millis(5000)));
  Apply(kFirst, 11, Open("acme", "2", kNow - Millis(9000)));
  Apply(kFirst, 12, "nothing that can be read");
  Apply(kSecond, 10, Open("acme", "3", kNow + Millis(1000)));
  partitions.ShowGauges();
  EXPECT_EQ(metrics.lag, 4);
  EXPECT_EQ(metrics.partition_lags.Get(),
            (std::vector<PartitionLag>{{kFirst, 4, kNow - Millis(5000)}, {kSecond, 0, kNow}}));
}

TEST_F(OwnedPartitionsTest, OnlyOfAPartitionThatIsReadIsALagKnown) {
  Own({kFirst}, {{10, 20}});
  HaveCome(kSecond, {{5, 5}});
  partitions.Take({kSecond});
  partitions.ShowGauges();
  EXPECT_EQ(metrics.partition_lags.Get(), (std::vector<PartitionLag>{{kFirst, 0}}));
  partitions.Forget({kFirst});
  partitions.ShowGauges();
  EXPECT_TRUE(metrics.partition_lags.Get().empty());
}

TEST_F(OwnedPartitionsTest, TenantsAreCountedOnceTheEpochIsCommitted) {
  Own({kFirst, kSecond}, {{0, 0}});
  Apply(kFirst, 0, Open("acme", "1", kNow - Millis(5000)));
  Apply(kFirst, 1, Open("acme", "1", kNow - Millis(1000)));  // a duplicate, which says that the sender is alive
  Apply(kFirst, 2, R"({"tenantId":"nobody"})");
  Apply(kSecond, 0, Open("other", "1", kNow));
  partitions.TakeOutput(&output);
  EXPECT_TRUE(tenants.Get().empty());
  CommitEpoch();
  // Created, and what the defaults make of an open: a stage and a segment.
  EXPECT_EQ(CountsOf("acme"), (TenantCounts{1, 3, kNow - Millis(1000)}));
  EXPECT_EQ(CountsOf("other"), (TenantCounts{1, 3, kNow}));
  EXPECT_EQ(metrics.changes, 6u);

  // Another epoch adds what is new in it, and leaves the other partition's alone.
  Apply(kFirst, 3, Open("acme", "2", kNow));
  CommitEpoch();
  EXPECT_EQ(CountsOf("acme"), (TenantCounts{2, 3, kNow}));
  EXPECT_EQ(CountsOf("other"), (TenantCounts{1, 3, kNow}));
}

TEST_F(OwnedPartitionsTest, WhatIsNotCommittedCountsForNoTenant) {
  Own({kFirst}, {{0, 0}});
  Apply(kFirst, 0, Open("acme", "1", kNow));
  partitions.TakeOutput(&output);
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  RestoreAll();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  Apply(kFirst, 0, Open("acme", "1", kNow));
  CommitEpoch();
  EXPECT_EQ(CountsOf("acme"), (TenantCounts{1, 3, kNow}));
}

TEST_F(OwnedPartitionsTest, TheLogSaysAtDebugWhatIsCommittedAndWhatIsADeadLetter) {
  ASSERT_TRUE(telemetry::SetUpLogging({.level = "debug"}).ok());
  Own({kSecond}, {{7, 3}});
  ::testing::internal::CaptureStderr();
  Apply(kSecond, 7, Open("acme", "1", kNow));
  Apply(kSecond, 8, R"({"tenantId":"acme","leadId":"secret@x.org","type":"OPEN"})");
  CommitEpoch();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("partition 1: offset 8 of engagement.events is a dead letter, missing_event_id\n"));
  EXPECT_THAT(log, HasSubstr("partition 1: committed offsets 9 of engagement.events and 3 of lead.commands; "
                             "records 2, dead letters 1\n"));
  EXPECT_THAT(log, Not(HasSubstr("x.org")));
}

}  // namespace
}  // namespace leadpulse::kafka
