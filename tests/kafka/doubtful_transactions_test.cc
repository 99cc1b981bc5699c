// A transaction is given up while one of its requests is still under way, on brokers that do not check whether a
// request belongs to an open transaction.
#include <gtest/gtest.h>

#include "processor/kafka/transactions.h"
#include "processor/telemetry/logging.h"
#include "tests/kafka/simulated_clients.h"

namespace leadpulse::testing::doubtful_transactions_test {

constexpr PartitionId kSecond{1};

class DoubtfulTransactionsTest : public SimulatedClusterTest {
 protected:
  DoubtfulTransactionsTest() : SimulatedClusterTest({.partitions = 3, .verifies_transactions = false}) {}

  void SetUp() override {
    ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
    cluster.chaos().rates = {.early_send = 1000};
    Settle({client.get()});
    ASSERT_TRUE(*transactions.EnsureProducer());
  }

  TransactionOutcome Write(PartitionId partition, const std::string& key) {
    return transactions.Produce({{OutputTopic::kLeadState, partition, key, "1", {}}});
  }
  // Gives up the transaction while a second request with the same offsets is under way.
  void GiveUpWithALateRequest() {
    cluster.chaos().rates.early_send = 0;
    ASSERT_EQ(Write(kFirst, "given-up"), std::nullopt);
    cluster.set_hook([this](const PortCall& call) {
      const bool sends_offsets = call.name == "SendOffsets" && call.moment == PortCall::Moment::kMiddle;
      cluster.chaos().rates.repeated_requests = sends_offsets ? 1000 : 0;
      if (call.name == "Commit") cluster.chaos().rates.unsent_batches = 1000;
    });
    const TransactionOutcome failed = transactions.Commit({{kFirst, {{3, 4}}}}, client->consumer.get());
    cluster.set_hook(nullptr);
    cluster.chaos().rates = {.early_send = 1000};
    ASSERT_EQ(KindOf(failed), TransactionErrorKind::kAbortable);
    ASSERT_TRUE(transactions.GiveUp(*failed, 1).ok());
  }

  kafka::WorkerMetrics metrics;
  std::unique_ptr<TestClient> client = Client("a");
  std::unique_ptr<kafka::Connection> connection = cluster.Connect({1, "a", "leadpulse-a"});
  kafka::Transactions transactions{connection.get(), &metrics, 100};
};

TEST_F(DoubtfulTransactionsTest, ALateRequestDoesNotEnterTheNextTransaction) {
  GiveUpWithALateRequest();
  EXPECT_FALSE(transactions.has_producer()) << "the next one's Init aborts with a greater epoch";
  cluster.AdvanceTime(Millis(4000));
  ASSERT_TRUE(*transactions.EnsureProducer());
  ASSERT_EQ(Write(kSecond, "next"), std::nullopt);
  ASSERT_EQ(transactions.Commit({{kSecond, {{1, 1}}}}, client->consumer.get()), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(*client->consumer->Committed(kFirst), std::nullopt)
      << "offsets without the output of the records before them";
  EXPECT_EQ(**client->consumer->Committed(kSecond), (InputOffsets{{1, 1}}));
  EXPECT_EQ(Content(Topic::kLeadState, kFirst), "");
}

TEST_F(DoubtfulTransactionsTest, WithoutALateRequestTheProducerAbortsAndGoesOn) {
  ASSERT_EQ(Write(kFirst, "given-up"), std::nullopt);
  ASSERT_TRUE(transactions.GiveUp({TransactionErrorKind::kAbortable, "a broker refused it"}, 1).ok());
  EXPECT_TRUE(transactions.has_producer());
  ASSERT_EQ(Write(kSecond, "next"), std::nullopt);
  ASSERT_EQ(transactions.Commit({{kSecond, {{1, 1}}}}, client->consumer.get()), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Content(Topic::kLeadState, kFirst), "");
  EXPECT_EQ(metrics.producers, 1u);
}

}  // namespace leadpulse::testing::doubtful_transactions_test
