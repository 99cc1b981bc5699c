// When a worker ends an epoch, and how many records its transaction holds. A transaction that takes so long that
// brokers abort it is repeated with fewer records, until it can be committed.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/kafka/published.h"
#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing::epoch_end_test {

using kafka::WorkerMetrics;

constexpr PartitionId kPartition{0};
constexpr int kRecords = 200;
constexpr int kPolled = 20;        // by one poll, if the worker asks for that many
constexpr Millis kRoundTrips{10};  // more than the calls of a poll and a commit take
constexpr Millis kTransactionTimeout = std::chrono::seconds(10);

// A trace in which each record given to the worker takes this long.
class SlowRecords : public SimulationTrace {
 public:
  explicit SlowRecords(SimulatedCluster* cluster) : cluster_(cluster) {}

  void OnDelivered(const ClientName& name, const kafka::InputRecord& record) override {
    SimulationTrace::OnDelivered(name, record);
    cluster_->AdvanceTime(takes);
  }

  Millis takes{0};

 private:
  SimulatedCluster* const cluster_;
};

SimulatedClusterOptions ClusterOptions() {
  SimulatedClusterOptions options;
  options.partitions = 1;
  options.transaction_timeout = kTransactionTimeout;
  options.session_timeout = std::chrono::hours(1);  // librdkafka's own thread keeps the session
  options.most_polled = kPolled;
  options.polls_by_luck = false;
  return options;
}

class EpochEndTest : public OneWorkerTest {
 protected:
  EpochEndTest() : OneWorkerTest(ClusterOptions()) {
    options.poll_wait = Millis(1);
    watching = &slow;
  }
  void SetUp() override {
    OneWorkerTest::SetUp();
    cluster.chaos().rates.early_send = 1000;  // brokers know of the transaction at once
    cluster.set_observer(&slow);
  }
  void Start() {
    OneWorkerTest::Start();
    RunUntilReady(process.get());
  }
  void Append(int first, int count) {
    for (int i = first; i < first + count; ++i) AppendOpen(kPartition, "l" + std::to_string(i), "open");
  }
  void RunFor(Millis time) {
    const auto until = clock.Monotonic() + time;
    while (clock.Monotonic() < until) Round();
  }
  void RunUntil(uint64_t events) {
    for (int round = 0; round < 1000 && process->Sum(&WorkerMetrics::events) < events; ++round) Round();
    EXPECT_EQ(process->Sum(&WorkerMetrics::events), events);
  }
  // Runs until all kRecords are committed, and checks that no transaction holds more than `most` of them.
  void ExpectCommitsOfAtMost(uint64_t most) {
    uint64_t committed = 0;
    for (int round = 0; round < 1000 && committed < kRecords; ++round) {
      Round();
      const uint64_t events = process->Sum(&WorkerMetrics::events);
      EXPECT_LE(events - committed, most);
      committed = events;
    }
    EXPECT_EQ(committed, uint64_t{kRecords});
  }
  uint64_t GivenUp() const { return process->Sum(&WorkerMetrics::aborts); }
  uint64_t Commits() const { return process->Sum(&WorkerMetrics::commits); }

  // Returns how often each lead entered.
  std::map<std::string, int> Entered() {
    std::string problem;
    std::map<std::string, int> entered;
    for (const PublishedChange& one : ReadPublished(&cluster, &problem).changes) {
      if (one.change.kind() == v1::Change::SEGMENT_ENTERED) ++entered[one.change.lead_id()];
    }
    EXPECT_EQ(problem, "");
    return entered;
  }

  SlowRecords slow{&cluster};
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
  ExpectCommitsOfAtMost(options.max_epoch_records);
}

// Each lead has three changes: created, a stage, a segment. The rest of a poll is committed with the next ones.
TEST_F(EpochEndTest, ATransactionPublishesNoMoreChangesThanItIsToldTo) {
  options.max_epoch_changes = 7;
  Start();
  Append(0, kRecords);
  ExpectCommitsOfAtMost(3);
  EXPECT_EQ(Entered().size(), size_t{kRecords});
}

// Applying one poll takes as long as a transaction may, while the transaction before is open.
TEST_F(EpochEndTest, AreCommittedInTheEndEachOnce) {
  Start();
  slow.takes = kTransactionTimeout / kPolled;
  Append(0, kRecords);
  RunUntil(kRecords);
  EXPECT_GT(GivenUp(), 0u) << "no transaction was too slow: the test shows nothing";
  std::map<std::string, int> expected;
  for (int i = 0; i < kRecords; ++i) expected["l" + std::to_string(i)] = 1;
  EXPECT_EQ(Entered(), expected);
}

TEST_F(EpochEndTest, OnceTheyAreFastAgainTransactionsGrow) {
  Start();
  slow.takes = kTransactionTimeout / kPolled;
  Append(0, kRecords);
  RunUntil(kRecords);
  slow.takes = Millis(0);
  Append(kRecords, kRecords);
  RunUntil(2 * kRecords);
  const uint64_t given_up = GivenUp(), commits = Commits();
  Append(2 * kRecords, 10 * kRecords);
  RunUntil(12 * kRecords);
  EXPECT_EQ(GivenUp(), given_up);
  EXPECT_LT(Commits() - commits, 40u);
}

}  // namespace leadpulse::testing::epoch_end_test
