// When a worker ends an epoch, and how many records its transaction holds, above all of those that take so long that
// brokers give it up: it is done again with fewer, until it can be committed.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "config/definitions_loader.h"
#include "processor/telemetry/logging.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulated_process.h"
#include "tests/kafka/simulation_trace.h"

namespace leadpulse::testing::epoch_end_test {

using kafka::InputTopic;
using kafka::WorkerMetrics;

constexpr Instant kBegin{1'750'000'000'000};
constexpr PartitionId kPartition{0};
constexpr int kRecords = 200;
constexpr int kPolled = 20;        // by one poll, where the worker asks for so many
constexpr Millis kRoundTrips{10};  // what the calls of a poll and a commit take, and more
constexpr Millis kTransactionTimeout = std::chrono::seconds(10);

// Each record that is given to the worker takes so long.
class SlowRecords : public SimulationTrace {
 public:
  explicit SlowRecords(SimulatedCluster* cluster) : cluster_(cluster) {}

  void OnDelivered(const ClientName& name, const kafka::InputRecord& record) override {
    SimulationTrace::OnDelivered(name, record);
    cluster_->PassTime(takes);
  }

  Millis takes{0};

 private:
  SimulatedCluster* const cluster_;
};

SimulatedClusterOptions ClusterOptions() {
  SimulatedClusterOptions options;
  options.partitions = 1;
  options.transaction_timeout = kTransactionTimeout;
  options.session_timeout = std::chrono::hours(1);  // librdkafka's own thread keeps it
  options.most_polled = kPolled;
  options.polls_by_luck = false;
  return options;
}

class EpochEndTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(telemetry::SetUpLogging({.level = "off"}).ok());
    cluster.chaos().rates.early_send = 1000;  // brokers know of the transaction as soon as there is one
    cluster.set_observer(&trace);
    options.application = "leadpulse";
    options.input_formats = {kafka::InputFormat::kJson, kafka::InputFormat::kJson};
    options.input_partitioning = kafka::InputPartitioning::kTrusted;
    options.poll_wait = Millis(1);
  }
  void Start() {
    process = std::make_unique<SimulatedProcess>(SimulatedProcess::World{&cluster, &clock, &trace, {}}, 1, 0, 1,
                                                 options, &store, config::DefaultDefinitions(), Millis(0));
    for (int round = 0; round < 200 && !process->is_ready(); ++round) Round();
    ASSERT_TRUE(process->is_ready());
  }
  void Append(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      cluster.Append(InputTopic::kEvents, kPartition, "",
                     R"({"tenantId":"t","leadId":"l)" + std::to_string(i) +
                         R"(","eventId":"open","type":"OPEN","occurredAt":")" + FormatRfc3339(kBegin) + "\"}");
    }
  }
  void Round() {
    const Status status = process->RunOnce(0);
    ASSERT_TRUE(status.ok()) << status.message();
    cluster.PassTime(Millis(1));
  }
  void RunFor(Millis time) {
    const auto until = clock.Monotonic() + time;
    while (clock.Monotonic() < until) Round();
  }
  void RunUntil(uint64_t events) {
    for (int round = 0; round < 1000 && process->Sum(&WorkerMetrics::events) < events; ++round) Round();
    EXPECT_EQ(process->Sum(&WorkerMetrics::events), events);
  }
  uint64_t GivenUp() const { return process->Sum(&WorkerMetrics::aborts); }
  uint64_t Commits() const { return process->Sum(&WorkerMetrics::commits); }

  // By lead, how often it entered.
  std::map<std::string, int> Entered() {
    std::string problem;
    std::map<std::string, int> entered;
    for (const PublishedChange& one : ReadPublished(&cluster, &problem).changes) {
      if (one.change.kind() == v1::Change::SEGMENT_ENTERED) ++entered[one.change.lead_id()];
    }
    EXPECT_EQ(problem, "");
    return entered;
  }

  kafka::WorkerOptions options;
  SimulatedClock clock{kBegin};
  SimulatedCluster cluster{ClusterOptions(), &clock, 1};
  SlowRecords trace{&cluster};
  RollbackStore store{1};
  std::unique_ptr<SimulatedProcess> process;
};

TEST_F(EpochEndTest, AnEventThatComesAloneIsCommittedAtOnce) {
  Start();
  RunFor(Millis(1000));
  Append(0, 1);
  RunFor(kRoundTrips);
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), 1u);
}

TEST_F(EpochEndTest, TheNextIsCommittedAnIntervalAfterTheCommitBeforeBegan) {
  Start();
  RunFor(Millis(1000));
  Append(0, 1);
  RunFor(kRoundTrips);
  RunFor(options.commit_interval / 2);
  Append(1, 1);
  RunFor(options.commit_interval / 2 - 2 * kRoundTrips);
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), 1u);
  RunFor(2 * kRoundTrips);
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), 2u);
}

TEST_F(EpochEndTest, WhileMoreWaitsThanAPollBringsTheIntervalBeginsWithTheEpoch) {
  Start();
  RunFor(Millis(1000));
  Append(0, kRecords);
  while (process->Sum(&WorkerMetrics::events) == 0) Round();
  EXPECT_GT(process->Sum(&WorkerMetrics::events), uint64_t{kPolled});
}

TEST_F(EpochEndTest, ATransactionHoldsNoMoreThanItIsToldTo) {
  options.max_epoch_records = 7;
  Start();
  Append(0, kRecords);
  uint64_t committed = 0;
  for (int round = 0; round < 1000 && committed < kRecords; ++round) {
    Round();
    const uint64_t events = process->Sum(&WorkerMetrics::events);
    EXPECT_LE(events - committed, options.max_epoch_records);
    committed = events;
  }
  EXPECT_EQ(committed, uint64_t{kRecords});
}

// Each lead has three: created, a stage, a segment. What a poll brought beyond is committed with the next ones.
TEST_F(EpochEndTest, ATransactionPublishesNoMoreChangesThanItIsToldTo) {
  options.max_epoch_changes = 7;
  Start();
  Append(0, kRecords);
  uint64_t committed = 0;
  for (int round = 0; round < 1000 && committed < kRecords; ++round) {
    Round();
    const uint64_t events = process->Sum(&WorkerMetrics::events);
    EXPECT_LE(events - committed, 3u);
    committed = events;
  }
  EXPECT_EQ(committed, uint64_t{kRecords});
  EXPECT_EQ(Entered().size(), size_t{kRecords});
}

// What one poll brings takes as long as a transaction may, and while it is applied the one before is open.
TEST_F(EpochEndTest, AreCommittedInTheEndEachOnce) {
  Start();
  trace.takes = kTransactionTimeout / kPolled;
  Append(0, kRecords);
  RunUntil(kRecords);
  EXPECT_GT(GivenUp(), 0u) << "nothing was too slow: the test says nothing";
  std::map<std::string, int> expected;
  for (int i = 0; i < kRecords; ++i) expected["l" + std::to_string(i)] = 1;
  EXPECT_EQ(Entered(), expected);
}

TEST_F(EpochEndTest, OnceTheyAreFastAgainTransactionsGrow) {
  Start();
  trace.takes = kTransactionTimeout / kPolled;
  Append(0, kRecords);
  RunUntil(kRecords);
  trace.takes = Millis(0);
  Append(kRecords, kRecords);
  RunUntil(2 * kRecords);
  const uint64_t given_up = GivenUp(), commits = Commits();
  Append(2 * kRecords, 10 * kRecords);
  RunUntil(12 * kRecords);
  EXPECT_EQ(GivenUp(), given_up);
  EXPECT_LT(Commits() - commits, 40u);
}

}  // namespace leadpulse::testing::epoch_end_test
