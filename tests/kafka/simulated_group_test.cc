// The consumer group of the simulated cluster: who gets which partitions and when, and who is refused.

#include "tests/kafka/simulated_clients.h"

namespace leadpulse::testing::simulated_group_test {

class SimulatedGroupTest : public SimulatedClusterTest {
 protected:
  // Lets more than any timeout of the group pass, while `busy` polls.
  void PassSessionsOf(std::initializer_list<TestClient*> busy) {
    for (Millis passed{0}; passed < 3 * cluster.options().session_timeout; passed += Millis(1000)) {
      cluster.AdvanceTime(Millis(1000));
      for (TestClient* client : busy) EXPECT_TRUE(client->Poll().ok());
    }
  }

  // Commits the offsets of the member's first partition in a transaction.
  static TransactionOutcome CommitOffsets(TestClient* client) {
    EXPECT_EQ(client->producer->Begin(), std::nullopt);
    if (TransactionOutcome failed = client->SendOffsets(1, 1)) {
      EXPECT_EQ(client->producer->Abort(), std::nullopt);
      return failed;
    }
    return client->producer->Commit();
  }
};

TEST_F(SimulatedGroupTest, PartitionsAreSharedOutByRange) {
  auto a = Client("a");
  Settle({a.get()});
  EXPECT_EQ(a->listener.Take(), "+0,1,2");
  auto b = Client("b");
  Settle({a.get(), b.get()});
  EXPECT_EQ(a->listener.Take(), "-0,1,2 +0,1");
  EXPECT_EQ(b->listener.Take(), "+2");
  auto c = Client("c");
  auto d = Client("d");
  Settle({a.get(), b.get(), c.get(), d.get()});
  Settle({a.get(), b.get(), c.get(), d.get()});
  a->listener.Take();
  cluster.group().Rebalance();
  Settle({a.get(), b.get(), c.get(), d.get()});
  EXPECT_EQ(a->listener.Take(), "-0 +0");
  EXPECT_EQ(d->listener.Take(), "");
  EXPECT_EQ(d->consumer->CurrentGroupMetadata()->generation(), cluster.group().generation());
}

TEST_F(SimulatedGroupTest, ARebalanceWaitsForThoseWhoHaveNotHeardOfIt) {
  auto a = Client("a");
  Settle({a.get()});
  auto b = Client("b");
  EXPECT_TRUE(b->Poll().ok());
  EXPECT_TRUE(b->Poll().ok());
  EXPECT_EQ(b->listener.Take(), "");
  EXPECT_FALSE(cluster.group().is_stable());
  EXPECT_TRUE(a->Poll().ok());
  EXPECT_TRUE(cluster.group().is_stable());
  EXPECT_TRUE(b->Poll().ok());
  EXPECT_EQ(b->listener.Take(), "+2");
}

TEST_F(SimulatedGroupTest, WhoIsRevokedInTimeMayCommit) {
  auto a = ReadyClient("a");
  Settle({a.get()});
  auto b = Client("b");
  EXPECT_TRUE(b->Poll().ok());
  TransactionOutcome committed;
  a->listener.on_revoked = [&] { committed = CommitOffsets(a.get()); };
  EXPECT_TRUE(a->Poll().ok());
  EXPECT_EQ(a->listener.Take(), "+0,1,2 -0,1,2");
  EXPECT_EQ(committed, std::nullopt);
  EXPECT_EQ(**a->consumer->Committed(kFirst), (InputOffsets{{1, 1}}));
}

TEST_F(SimulatedGroupTest, WhoTakesTooLongOverARevocationMayNot) {
  auto a = ReadyClient("a");
  Settle({a.get()});
  auto b = Client("b");
  EXPECT_TRUE(b->Poll().ok());
  TransactionOutcome committed;
  a->listener.on_revoked = [&] {
    PassSessionsOf({b.get()});
    committed = CommitOffsets(a.get());
  };
  EXPECT_TRUE(a->Poll().ok());
  EXPECT_EQ(KindOf(committed), TransactionErrorKind::kAbortable);
  EXPECT_TRUE(b->listener.Take().starts_with("+"));
}

TEST_F(SimulatedGroupTest, AZombieHearsThatItsPartitionsAreLost) {
  auto zombie = ReadyClient("a");
  Settle({zombie.get()});
  EXPECT_EQ(zombie->listener.Take(), "+0,1,2");
  auto b = Client("b");
  PassSessionsOf({b.get()});
  EXPECT_EQ(b->listener.Take(), "+0,1,2");
  EXPECT_EQ(KindOf(CommitOffsets(zombie.get())), TransactionErrorKind::kAbortable);
  EXPECT_EQ(*b->consumer->Committed(kFirst), std::nullopt);
  Settle({zombie.get(), b.get()});
  EXPECT_EQ(zombie->listener.Take(), "!0,1,2 +0,1");
  EXPECT_EQ(b->listener.Take(), "-0,1,2 +2");
  EXPECT_EQ(CommitOffsets(zombie.get()), std::nullopt);
}

TEST_F(SimulatedGroupTest, MetadataTakenTooEarlyIsRefused) {
  auto a = ReadyClient("a");
  Settle({a.get()});
  const auto early = a->consumer->CurrentGroupMetadata();
  cluster.group().Rebalance();
  Settle({a.get()});
  EXPECT_EQ(a->producer->Begin(), std::nullopt);
  EXPECT_EQ(KindOf(a->producer->SendOffsets({{kFirst, {{1, 1}}}}, *early)), TransactionErrorKind::kAbortable);
}

// Kafka takes it for a consumer without a group. Metadata from outside of a generation fences nothing.
TEST_F(SimulatedGroupTest, AnEmptyGroupTakesOffsetsOfWhoIsInNoGeneration) {
  auto a = ReadyClient("a");
  EXPECT_EQ(CommitOffsets(a.get()), std::nullopt);
  auto b = Client("b");
  Settle({b.get()});
  EXPECT_EQ(KindOf(CommitOffsets(a.get())), TransactionErrorKind::kAbortable);
}

// The coordinator keeps the member, and gives it its share of the next generation, until its session ends.
TEST_F(SimulatedGroupTest, AStaticMemberThatMissesARebalanceKeepsItsShare) {
  SimulatedClusterOptions options = Options();
  options.session_timeout = Millis(20000);
  SimulatedCluster patient(options, &clock, 1);
  TestClient a(&patient, 1, "a", "a");
  TestClient b(&patient, 1, "b", "b");
  Settle({&a});
  a.listener.Take();
  for (int i = 0; i < 8; ++i) {
    patient.AdvanceTime(Millis(1000));
    EXPECT_TRUE(b.Poll().ok());
  }
  EXPECT_EQ(b.listener.Take(), "+2");
  EXPECT_TRUE(a.Poll().ok());
  EXPECT_EQ(a.listener.Take(), "!0,1,2");
  EXPECT_TRUE(a.Poll().ok());
  EXPECT_EQ(a.listener.Take(), "+0,1");
  EXPECT_EQ(b.listener.Take(), "");
}

TEST_F(SimulatedGroupTest, AStaticMemberComesBackWithoutARebalance) {
  auto a = ReadyClient("a", 1);
  auto b = Client("b", 2);
  Settle({a.get(), b.get()});
  b->listener.Take();
  const int32_t generation = cluster.group().generation();
  a->consumer->Close(&a->listener);
  auto again = Client("a", 3);
  Settle({again.get(), b.get()});
  EXPECT_EQ(again->listener.Take(), "+0,1");
  EXPECT_EQ(b->listener.Take(), "");
  EXPECT_EQ(cluster.group().generation(), generation);
}

TEST_F(SimulatedGroupTest, ASecondMemberWithTheSameInstanceIdFencesTheFirst) {
  auto first = ReadyClient("a");
  Settle({first.get()});
  TestClient second(&cluster, 2, "a", "another");
  Settle({&second});
  EXPECT_EQ(second.listener.Take(), "+0,1,2");
  EXPECT_EQ(KindOf(CommitOffsets(first.get())), TransactionErrorKind::kAbortable);
  for (int i = 0; i < 2; ++i) {
    const Status polled = first->Poll();
    ASSERT_FALSE(polled.ok());
    EXPECT_EQ(polled.kind(), ErrorKind::kFatal);
  }
}

TEST_F(SimulatedGroupTest, AMemberWithoutAnInstanceIdLeavesAtOnce) {
  TestClient a(&cluster, 1, "", "a");
  TestClient b(&cluster, 1, "", "b");
  Settle({&a, &b});
  a.listener.Take();
  b.listener.Take();
  a.consumer->Close(&a.listener);
  EXPECT_TRUE(a.listener.Take().starts_with("-"));
  Settle({&b});
  EXPECT_TRUE(b.listener.Take().ends_with("+0,1,2"));
}

TEST_F(SimulatedGroupTest, WhileTheCoordinatorMovesSessionsDoNotEnd) {
  auto a = ReadyClient("a");
  Settle({a.get()});
  a->listener.Take();
  cluster.group().Move(2 * cluster.options().session_timeout);
  EXPECT_FALSE(a->consumer->Committed(kFirst).ok());
  EXPECT_EQ(a->producer->Begin(), std::nullopt);
  EXPECT_EQ(KindOf(a->SendOffsets(1, 1)), TransactionErrorKind::kRetriable);
  cluster.AdvanceTime(2 * cluster.options().session_timeout);
  Settle({a.get()});
  EXPECT_EQ(a->listener.Take(), "");
}

TEST_F(SimulatedGroupTest, OffsetsOfAnOpenTransactionAreWaitedFor) {
  auto a = ReadyClient("a");
  Settle({a.get()});
  EXPECT_EQ(a->producer->Begin(), std::nullopt);
  EXPECT_EQ(a->SendOffsets(5, 6), std::nullopt);
  const auto unstable = a->consumer->Committed(kFirst);
  ASSERT_FALSE(unstable.ok());
  EXPECT_EQ(unstable.status().kind(), ErrorKind::kRetriable);
  EXPECT_TRUE(a->consumer->Committed(PartitionId{1}).ok());
  EXPECT_EQ(a->producer->Commit(), std::nullopt);
  EXPECT_EQ(**a->consumer->Committed(kFirst), (InputOffsets{{5, 6}}));
}

TEST_F(SimulatedGroupTest, ForgottenOffsets) {
  auto a = ReadyClient("a");
  Settle({a.get()});
  EXPECT_EQ(CommitOffsets(a.get()), std::nullopt);
  EXPECT_TRUE((*a->consumer->Committed(kFirst)).has_value());
  cluster.offsets().Forget(kFirst, InputTopic::kEvents);
  const auto half = a->consumer->Committed(kFirst);
  ASSERT_FALSE(half.ok());
  EXPECT_EQ(half.status().kind(), ErrorKind::kFatal);
  cluster.offsets().Forget(kFirst, InputTopic::kCommands);
  EXPECT_FALSE(a->consumer->Committed(kFirst).ok()) << "messages alone";
  cluster.offsets().Forget(kFirst, InputTopic::kExchange);
  EXPECT_EQ(*a->consumer->Committed(kFirst), std::nullopt);
}

}  // namespace leadpulse::testing::simulated_group_test
