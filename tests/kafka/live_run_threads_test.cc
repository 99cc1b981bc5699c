// Workers on their own threads, beside one that writes out their commits and reads their counters. For the thread
// sanitizer, over a store in memory and handmade ports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/kafka/live_run.h"
#include "processor/kafka/metrics_page.h"
#include "processor/telemetry/logging.h"
#include "state/store/write_behind_store.h"
#include "tests/support/kafka/fake_ports.h"
#include "tests/support/locked_store.h"

namespace leadpulse::kafka::live_run_threads_test {

using ::testing::HasSubstr;

constexpr uint32_t kWorkers = 2;   // each has the partition with its number
constexpr int64_t kEvents = 2000;  // for each worker
constexpr int64_t kLeads = 100;
constexpr int64_t kAtOnce = 40;
constexpr Instant kFirstOpen{1'750'000'000'000};

std::string LeadId(PartitionId partition, int64_t number) {
  return std::to_string(partition.value) + "-" + std::to_string(number % kLeads);
}

std::string Open(PartitionId partition, int64_t number) {
  return R"({"tenantId":"tenant)" + std::to_string(number % 3) + R"(","leadId":")" + LeadId(partition, number / 3) +
         R"(","eventId":"e)" + std::to_string(number) + R"(","type":"OPEN","occurredAt":")" +
         FormatRfc3339(kFirstOpen + Millis{number}) + "\"}";
}

// A consumer that has one partition from its first Poll on, and returns its events, a few at a time.
class OnePartition : public testing::FakeConsumer {
 public:
  explicit OnePartition(PartitionId partition) : FakeConsumer(kWorkers), partition_(partition) {
    ends[partition][InputTopic::kEvents] = kEvents;
  }

  Status Poll(std::chrono::milliseconds, uint64_t, RebalanceListener* listener,
              std::vector<InputRecord>* records) override {
    records->clear();
    if (!std::exchange(assigned_, true)) {
      listener->OnAssigned({partition_});
    } else if (!fetched.empty()) {
      Give(records);
    }
    std::this_thread::yield();
    return Status::Ok();
  }

 private:
  void Give(std::vector<InputRecord>* records) {
    texts_.clear();
    const int64_t end = std::min(kEvents, next_ + kAtOnce);
    for (int64_t i = next_; i < end; ++i) texts_.push_back(Open(partition_, i));
    for (const std::string& text : texts_) records->push_back({InputTopic::kEvents, partition_, next_++, "", text});
  }

  const PartitionId partition_;
  bool assigned_ = false;
  int64_t next_ = 0;
  std::vector<std::string> texts_;  // the last returned records are views of these
};

// A producer that accepts everything. The worker's thread calls it and the consumer.
class WillingProducer : public TransactionalProducer {
 public:
  // Keeps `committed`, the offsets that the group has committed, which must outlive it.
  explicit WillingProducer(std::map<PartitionId, InputOffsets>* committed) : committed_(committed) {}
  TransactionOutcome Init() override { return {}; }
  TransactionOutcome Begin() override { return {}; }
  TransactionOutcome Produce(OutputRecord record) override {
    if (record.topic == OutputTopic::kLeadJournal) ++positions_[*record.partition];
    return {};
  }
  TransactionOutcome SendOffsets(const std::map<PartitionId, InputOffsets>& offsets, const GroupMetadata&) override {
    for (const auto& [partition, next] : offsets) (*committed_)[partition] = next;
    return {};
  }
  TransactionOutcome Commit() override { return {}; }
  TransactionOutcome Abort() override { return {}; }
  const std::map<PartitionId, int64_t>& delta_positions() const override { return positions_; }
  bool may_have_stray_requests() const override { return false; }

 private:
  std::map<PartitionId, InputOffsets>* const committed_;
  std::map<PartitionId, int64_t> positions_;
};

// A changelog that blocks reads while it is held.
class ChangelogByHand : public testing::FakeChangelog {
 public:
  explicit ChangelogByHand(const std::atomic<bool>* held) : held_(held) {}
  Result<std::map<PartitionId, LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
    if (*held_) return Status::Retriable("it is held");
    return FakeChangelog::Bounds(partitions);
  }

 private:
  const std::atomic<bool>* const held_;
};

class ConnectionByHand : public Connection {
 public:
  // Keeps `changelog_held`, which must outlive it.
  ConnectionByHand(size_t worker, const std::atomic<bool>* changelog_held)
      : partition_{static_cast<uint32_t>(worker)}, changelog_held_(changelog_held) {}
  Result<uint32_t> CountPartitions() override { return kWorkers; }
  Result<std::unique_ptr<InputConsumer>> MakeConsumer() override {
    auto consumer = std::make_unique<OnePartition>(partition_);
    committed_ = &consumer->committed;
    return std::unique_ptr<InputConsumer>(std::move(consumer));
  }
  Result<std::unique_ptr<TransactionalProducer>> MakeProducer() override {
    return std::unique_ptr<TransactionalProducer>(new WillingProducer(committed_));
  }
  Result<std::unique_ptr<ChangelogReader>> MakeChangelogReader() override {
    return std::unique_ptr<ChangelogReader>(new ChangelogByHand(changelog_held_));
  }
  Result<std::unique_ptr<DeltaReader>> MakeDeltaReader() override {
    return std::unique_ptr<DeltaReader>(new ChangelogByHand(changelog_held_));
  }
  Result<std::unique_ptr<InputConsumer>> MakeOffsetReader(uint32_t partition_count) override {
    return std::unique_ptr<InputConsumer>(std::make_unique<testing::FakeConsumer>(partition_count));
  }
  Result<std::unique_ptr<ChangelogReader>> MakeExchangeReader() override {
    return Status::Rejected("no worker asks for it");
  }
  Result<std::optional<GroupMember>> FindInstanceHolder() override { return std::optional<GroupMember>(); }

 private:
  const PartitionId partition_;
  const std::atomic<bool>* const changelog_held_;
  std::map<PartitionId, InputOffsets>* committed_ = nullptr;  // the last consumer's
};

class DefaultDefinitions : public DefinitionsFeed {
 public:
  WantedDefinitions Wanted() const override { return {definitions_, std::nullopt}; }

 private:
  std::shared_ptr<const config::Definitions> definitions_ = config::DefaultDefinitions();
};

LiveRunOptions Options() {
  LiveRunOptions options{.workers = kWorkers, .has_standby = true, .counted_tenants = 1};
  options.worker.standby_interval = Millis(1);
  options.worker.application = "leadpulse";
  options.worker.formats.events = options.worker.formats.commands = InputFormat::kJson;
  options.worker.input_partitioning = InputPartitioning::kTrusted;
  options.worker.commit_interval = std::chrono::milliseconds(2);
  return options;
}

bool AllApplied(const LiveRun& run) {
  return std::ranges::all_of(run.metrics(), [](const auto& of_worker) { return of_worker->events == kEvents; });
}

int64_t LeadsIn(const state::LeadStore& store, PartitionId partition) {
  int64_t leads = 0;
  EXPECT_TRUE(store.VisitLeads(partition, "", [&](auto, auto) { return ++leads > 0; }).ok());
  return leads;
}

TEST(LiveRunThreadsTest, WorkersCommitWhileOthersWriteOutAndAsk) {
  ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
  testing::LockedStore store(kWorkers);
  const SystemClock clock;
  const DefaultDefinitions definitions;
  const auto behind = state::MakeWriteBehindStore({.usual_age = std::chrono::milliseconds(3)}, &store, &clock);
  const std::atomic<bool> held = false;
  const auto connect = [&](size_t worker) -> Result<std::unique_ptr<Connection>> {
    return std::unique_ptr<Connection>(new ConnectionByHand(worker, &held));
  };
  LiveRun run(Options(), {connect, behind.get(), &clock, &definitions});
  telemetry::MetricsPage page;
  for (size_t i = 0; i < kWorkers; ++i) AddWorkerMetrics(i, run.metrics()[i].get(), &clock, &page);
  AddTenantMetrics(&run.tenants(), run.metrics(), &clock, &page);

  ASSERT_TRUE(run.Start().ok());
  const auto deadline = MonotonicNow() + std::chrono::minutes(2);
  while (!AllApplied(run) && !run.failed() && MonotonicNow() < deadline) {
    ASSERT_TRUE(behind->WriteOutDue().ok());
    EXPECT_THAT(page.Text(), HasSubstr("leadpulse_"));
    static_cast<void>(run.ready());  // as /readyz does, and as the next test does
  }
  const Status stopped = run.Stop();
  ASSERT_TRUE(stopped.ok()) << stopped.message();
  ASSERT_TRUE(AllApplied(run));
  ASSERT_TRUE(behind->WriteOut().ok());
  for (uint32_t i = 0; i < kWorkers; ++i) {
    EXPECT_EQ(LeadsIn(store, PartitionId{i}), 3 * kLeads);
    const auto local = engine::ReadLocalPosition(state::MetaOf(store), PartitionId{i});
    ASSERT_TRUE(local.ok() && local->has_value());
    EXPECT_EQ((*local)->position.next[InputTopic::kEvents], kEvents);
    EXPECT_GT(run.metrics()[i]->commits, 1u);
  }
  EXPECT_THAT(page.Text(), HasSubstr("leadpulse_tenant_records_applied_total{tenant=\"\"}"));
}

TEST(LiveRunThreadsTest, AStoreOfAnotherNumberOfPartitionsIsNotTaken) {
  ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
  testing::LockedStore store(kWorkers + 1);
  const SystemClock clock;
  const DefaultDefinitions definitions;
  const std::atomic<bool> held{false};
  const auto connect = [&](size_t worker) -> Result<std::unique_ptr<Connection>> {
    return std::unique_ptr<Connection>(new ConnectionByHand(worker, &held));
  };
  LiveRun run(Options(), {connect, &store, &clock, &definitions});
  const Status started = run.Start();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.kind(), ErrorKind::kFatal);
  EXPECT_THAT(started.message(), HasSubstr("the topics have 2 partitions, the state directory was made for 3: "));
  EXPECT_TRUE(run.Stop().ok());
}

TEST(LiveRunThreadsTest, IsReadyOnceEveryWorkerHasRestored) {
  ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
  testing::LockedStore store(kWorkers);
  const SystemClock clock;
  const DefaultDefinitions definitions;
  std::atomic<bool> held[kWorkers] = {false, true};
  const auto connect = [&](size_t worker) -> Result<std::unique_ptr<Connection>> {
    return std::unique_ptr<Connection>(new ConnectionByHand(worker, &held[worker]));
  };
  LiveRun run(Options(), {connect, &store, &clock, &definitions});
  EXPECT_FALSE(run.ready());
  ASSERT_TRUE(run.Start().ok());
  const auto deadline = MonotonicNow() + std::chrono::minutes(2);
  const WorkerMetrics& first = *run.metrics()[0];
  const WorkerMetrics& second = *run.metrics()[1];
  bool early = false;
  while ((first.events < kEvents || second.rebalances == 0) && MonotonicNow() < deadline) early |= run.ready();
  EXPECT_FALSE(early || run.ready());
  held[1] = false;
  while (!run.ready() && MonotonicNow() < deadline) std::this_thread::yield();
  EXPECT_TRUE(run.ready());
  ASSERT_TRUE(run.Stop().ok());
  EXPECT_FALSE(run.ready());
}

}  // namespace leadpulse::kafka::live_run_threads_test
