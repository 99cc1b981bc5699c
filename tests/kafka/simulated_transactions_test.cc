// Transactions of the simulated cluster: what becomes visible, who is fenced, and the effect of requests under way.

#include "tests/kafka/simulated_clients.h"

namespace leadpulse::testing::simulated_transactions_test {

using Kind = TransactionErrorKind;

class SimulatedTransactionsTest : public SimulatedClusterTest {
 protected:
  using SimulatedClusterTest::SimulatedClusterTest;
  void SetUp() override { LetNothingHappen(); }

  // Holds for the requests that follow.
  void LetHappen(int ChaosRates::*rate) { cluster.chaos().rates.*rate = 1000; }
  // Records are sent at the commit, unless a test sends them at once.
  void LetNothingHappen() { cluster.chaos().rates = {.early_send = 0}; }

  // Makes a client in the group whose transaction holds one change.
  std::unique_ptr<TestClient> ClientWithChange(const std::string& name) {
    auto client = ReadyClient(name);
    Settle({client.get()});
    client->listener.Take();
    BeginWithChange(client.get(), "a");
    return client;
  }
  static void BeginWithChange(TestClient* client, const std::string& key) {
    EXPECT_EQ(client->producer->Begin(), std::nullopt);
    EXPECT_EQ(client->Produce(OutputTopic::kStatusChanges, key, "1"), std::nullopt);
  }
  std::string Changes() { return Content(Topic::kStatusChanges); }
};

TEST_F(SimulatedTransactionsTest, ACommitShowsRecordsAndOffsetsTogether) {
  auto client = ClientWithChange("a");
  EXPECT_EQ(client->Produce(OutputTopic::kLeadJournal, "a", "1"), std::nullopt);
  EXPECT_EQ(client->SendOffsets(3, 4), std::nullopt);
  EXPECT_EQ(Changes(), "");
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "a=1");
  EXPECT_EQ(**client->consumer->Committed(kFirst), (InputOffsets{{3, 4}}));
  EXPECT_EQ(client->producer->delta_positions(), (std::map<PartitionId, int64_t>{{kFirst, 1}}));
  EXPECT_FALSE(client->producer->may_have_stray_requests());
}

TEST_F(SimulatedTransactionsTest, AnAbortShowsNothing) {
  auto client = ClientWithChange("a");
  EXPECT_EQ(client->SendOffsets(3, 4), std::nullopt);
  EXPECT_EQ(client->producer->Abort(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "");
  EXPECT_EQ(*client->consumer->Committed(kFirst), std::nullopt);
  BeginWithChange(client.get(), "b");
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "b=1");
}

TEST_F(SimulatedTransactionsTest, ATransactionOfNothingAsksNobody) {
  auto client = ReadyClient("a");
  EXPECT_EQ(client->producer->Begin(), std::nullopt);
  LetHappen(&ChaosRates::lost_requests);
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
}

TEST_F(SimulatedTransactionsTest, DeltaPositionsAreThoseOfTheLastTransaction) {
  auto client = ClientWithChange("a");
  client->Produce(OutputTopic::kLeadJournal, "a", "1");
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  EXPECT_EQ(client->producer->Begin(), std::nullopt);
  EXPECT_EQ(client->producer->Produce({OutputTopic::kLeadJournal, PartitionId{2}, "b", "1", {}}), std::nullopt);
  EXPECT_EQ(client->producer->delta_positions(), (std::map<PartitionId, int64_t>{{kFirst, 1}}));
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  EXPECT_EQ(client->producer->delta_positions(), (std::map<PartitionId, int64_t>{{PartitionId{2}, 1}}));
}

TEST_F(SimulatedTransactionsTest, InitFencesAndAbortsWhatIsOpen) {
  cluster.chaos().rates.early_send = 1000;
  auto before = ClientWithChange("a");
  EXPECT_EQ(cluster.log(Topic::kStatusChanges, kFirst).end(), 1);
  auto after = ReadyClient("a");
  EXPECT_EQ(KindOf(before->producer->Commit()), Kind::kProducerLost);
  EXPECT_EQ(KindOf(before->producer->Begin()), Kind::kFatal);
  BeginWithChange(after.get(), "b");
  EXPECT_EQ(after->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "b=1");
}

TEST_F(SimulatedTransactionsTest, InitWaitsForACommitThatIsPrepared) {
  auto before = ClientWithChange("a");
  LetHappen(&ChaosRates::slow_markers);
  EXPECT_EQ(before->producer->Commit(), std::nullopt);
  auto after = Client("a");
  while (after->producer->Init()) {
  }
  EXPECT_EQ(Changes(), "a=1");
}

TEST_F(SimulatedTransactionsTest, ATransactionOpenForTooLongIsAbortedAndItsProducerFenced) {
  cluster.chaos().rates.early_send = 1000;
  auto client = ClientWithChange("a");
  cluster.AdvanceTime(cluster.options().transaction_timeout - Millis(100));
  EXPECT_EQ(cluster.log(Topic::kStatusChanges, kFirst).last_stable_offset(), 0);
  cluster.AdvanceTime(Millis(200));
  EXPECT_EQ(cluster.log(Topic::kStatusChanges, kFirst).last_stable_offset(), 2);
  EXPECT_EQ(KindOf(client->producer->Commit()), Kind::kProducerLost);
  EXPECT_EQ(Changes(), "");
}

// The reason for may_have_stray_requests.
TEST_F(SimulatedTransactionsTest, ALateEndEndsTheNextTransaction) {
  auto client = ClientWithChange("a");
  LetHappen(&ChaosRates::repeated_requests);
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  LetNothingHappen();
  EXPECT_TRUE(client->producer->may_have_stray_requests());
  cluster.chaos().rates.early_send = 1000;
  BeginWithChange(client.get(), "b");
  EXPECT_EQ(Changes(), "a=1");
  cluster.AdvanceTime(Millis(5000));
  // The second transaction was committed by the late request.
  EXPECT_EQ(Changes(), "a=1 b=1");
}

TEST_F(SimulatedTransactionsTest, ANewProducerIsSafeFromALateEnd) {
  auto client = ClientWithChange("a");
  LetHappen(&ChaosRates::repeated_requests);
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  LetNothingHappen();
  auto renewed = ReadyClient("a");
  EXPECT_FALSE(renewed->producer->may_have_stray_requests());
  cluster.chaos().rates.early_send = 1000;
  BeginWithChange(renewed.get(), "b");
  cluster.AdvanceTime(Millis(5000));
  EXPECT_EQ(Changes(), "a=1");
  EXPECT_EQ(renewed->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "a=1 b=1");
}

TEST_F(SimulatedTransactionsTest, ACommitWithoutAnswerMayBeAskedForAgain) {
  auto client = ClientWithChange("a");
  cluster.set_hook([&](const PortCall& call) {
    if (call.moment != PortCall::Moment::kMiddle) return;
    // The batch was sent; the end of the transaction is not answered.
    LetHappen(&ChaosRates::late_requests);
    cluster.chaos().rates.given_up = 0;
  });
  EXPECT_EQ(KindOf(client->producer->Commit()), Kind::kRetriable);
  cluster.set_hook(nullptr);
  EXPECT_EQ(KindOf(client->producer->Abort()), Kind::kFatal);
  EXPECT_EQ(KindOf(client->producer->Begin()), Kind::kFatal);
  LetNothingHappen();
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  EXPECT_TRUE(client->producer->may_have_stray_requests());
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "a=1");
}

class UnknownCommitTest : public SimulatedTransactionsTest, public ::testing::WithParamInterface<bool> {};

TEST_P(UnknownCommitTest, ALostProducerMayHaveCommittedOrNot) {
  const bool is_executed = GetParam();
  cluster.chaos().rates.early_send = 1000;
  auto client = ClientWithChange("a");
  cluster.chaos().rates.given_up = 1000;
  LetHappen(is_executed ? &ChaosRates::unanswered : &ChaosRates::lost_requests);
  EXPECT_EQ(KindOf(client->producer->Commit()), Kind::kProducerLost);
  LetNothingHappen();
  auto after = ReadyClient("a");
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), is_executed ? "a=1" : "");
}

INSTANTIATE_TEST_SUITE_P(Both, UnknownCommitTest, ::testing::Bool());

TEST_F(SimulatedTransactionsTest, ABatchThatCannotBeSentMakesTheCommitAbortable) {
  auto client = ClientWithChange("a");
  LetHappen(&ChaosRates::late_requests);
  EXPECT_EQ(KindOf(client->producer->Commit()), Kind::kAbortable);
  EXPECT_EQ(KindOf(client->Produce(OutputTopic::kStatusChanges, "b", "1")), Kind::kAbortable);
  EXPECT_EQ(KindOf(client->SendOffsets(1, 1)), Kind::kAbortable);
  LetNothingHappen();
  EXPECT_TRUE(client->producer->may_have_stray_requests());
  EXPECT_EQ(client->producer->Abort(), std::nullopt);
  BeginWithChange(client.get(), "c");
  // The requests under way have an older epoch.
  cluster.AdvanceTime(Millis(4000));
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "c=1");
}

TEST_F(SimulatedTransactionsTest, ARepeatedBatchIsThereOnce) {
  LetHappen(&ChaosRates::repeated_requests);
  cluster.chaos().rates.longest_delay = Millis(2);
  auto client = Client("a");
  EXPECT_EQ(client->producer->Init(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  // The repeated Init has fenced the epoch of the first one.
  EXPECT_EQ(KindOf(client->producer->Begin()), std::nullopt);
  client->Produce(OutputTopic::kStatusChanges, "a", "1");
  EXPECT_EQ(KindOf(client->producer->Commit()), Kind::kProducerLost);
  LetNothingHappen();
  client = ReadyClient("a");
  BeginWithChange(client.get(), "b");
  LetHappen(&ChaosRates::repeated_requests);
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Changes(), "b=1");
}

TEST_F(SimulatedTransactionsTest, WhileTheCoordinatorMovesCallsAreRetriable) {
  auto client = ReadyClient("a");
  cluster.transactions().Move(Millis(5000));
  auto other = Client("b");
  EXPECT_EQ(KindOf(other->producer->Init()), Kind::kRetriable);
  cluster.AdvanceTime(Millis(5000));
  EXPECT_EQ(other->producer->Init(), std::nullopt);
}

TEST_F(SimulatedTransactionsTest, WithoutALeaderNothingCanBeSent) {
  auto client = ClientWithChange("a");
  const uint32_t leader = static_cast<uint32_t>(Topic::kStatusChanges) % cluster.options().brokers;
  cluster.RestartBroker(leader, Millis(500));
  EXPECT_TRUE(client->producer->may_have_stray_requests());
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  BeginWithChange(client.get(), "b");
  cluster.RestartBroker(leader, Millis(60000));
  EXPECT_EQ(KindOf(client->producer->Commit()), Kind::kAbortable);
}

TEST_F(SimulatedTransactionsTest, ALateOffsetCommitDoesNotOpenATransaction) {
  auto client = ClientWithChange("a");
  LetHappen(&ChaosRates::repeated_requests);
  EXPECT_EQ(client->SendOffsets(3, 4), std::nullopt);
  LetNothingHappen();
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  auto after = ReadyClient("a");
  cluster.AdvanceTime(Millis(5000));
  EXPECT_FALSE(cluster.offsets().IsUnstable(kFirst));
  EXPECT_EQ(**client->consumer->Committed(kFirst), (InputOffsets{{3, 4}}));
}

// ---- Brokers before KIP-890 -----------------------------------------------------------------------------------------

class UnverifiedTransactionsTest : public SimulatedTransactionsTest {
 protected:
  UnverifiedTransactionsTest() : SimulatedTransactionsTest({.partitions = 3, .verifies_transactions = false}) {}

  // Sends the request that commits offsets in the transaction. It is executed again later.
  void SendOffsetsTwice(TestClient* client) {
    cluster.set_hook([this](const PortCall& call) {
      if (call.name == "SendOffsets" && call.moment == PortCall::Moment::kMiddle) {
        LetHappen(&ChaosRates::repeated_requests);
      }
    });
    EXPECT_EQ(client->SendOffsets(3, 4), std::nullopt);
    cluster.set_hook(nullptr);
    LetNothingHappen();
  }
};

// The reason why a producer does not abort its own transaction if its outcome is unknown.
TEST_F(UnverifiedTransactionsTest, LateOffsetsOfAnAbortedTransactionAreCommittedWithTheNext) {
  auto client = ClientWithChange("a");
  SendOffsetsTwice(client.get());
  EXPECT_TRUE(client->producer->may_have_stray_requests());
  EXPECT_EQ(client->producer->Abort(), std::nullopt);
  cluster.AdvanceTime(Millis(5000));
  EXPECT_TRUE(cluster.offsets().IsUnstable(kFirst)) << "the broker did not check whether the transaction is open";
  auto next = ReadyClient("a");
  Settle({next.get()});
  BeginWithChange(next.get(), "b");
  EXPECT_EQ(next->producer->SendOffsets({{PartitionId{1}, {{1, 1}}}}, *next->consumer->CurrentGroupMetadata()),
            std::nullopt);
  EXPECT_EQ(next->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(**next->consumer->Committed(kFirst), (InputOffsets{{3, 4}}));
}

TEST_F(UnverifiedTransactionsTest, ANewProducerThatAbortsFencesLateOffsets) {
  auto client = ClientWithChange("a");
  SendOffsetsTwice(client.get());
  auto next = ReadyClient("a");
  cluster.AdvanceTime(Millis(5000));
  EXPECT_FALSE(cluster.offsets().IsUnstable(kFirst));
  EXPECT_EQ(*next->consumer->Committed(kFirst), std::nullopt);
}

TEST_F(UnverifiedTransactionsTest, ALateBatchStaysOpenUntilAnOperatorAbortsIt) {
  PartitionLog& log = cluster.log(Topic::kStatusChanges, kFirst);
  cluster.chaos().rates.early_send = 1000;
  auto client = ClientWithChange("a");
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(cluster.AbortHanging(), 0u);
  log.AppendBatch({1, 0}, 1, {{"late", "1", {}}});
  EXPECT_LT(log.last_stable_offset(), log.end());
  EXPECT_EQ(cluster.AbortHanging(), 1u);
  EXPECT_EQ(log.last_stable_offset(), log.end());
  EXPECT_EQ(Changes(), "a=1");
}

}  // namespace leadpulse::testing::simulated_transactions_test
