// The simulated cluster as a whole: reading, killing, and hooks.

#include "tests/kafka/simulated_clients.h"

namespace leadpulse::testing::simulated_cluster_test {

class SimulatedReadingTest : public SimulatedClusterTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < 30; ++i) {
      cluster.Append(InputTopic::kEvents, kFirst, "e", std::to_string(i));
      cluster.Append(InputTopic::kCommands, kFirst, "c", std::to_string(i));
    }
    Settle({client.get()});
  }

  // Polls until nothing more comes; returns `e0 c0 e1 …`.
  std::string ReadAll() {
    std::string text;
    for (int polls = 0; polls < 60; ++polls) {
      EXPECT_TRUE(client->Poll().ok());
      for (const kafka::InputRecord& record : client->records) {
        text += std::string(record.key) + std::to_string(record.offset) + " ";
      }
    }
    return text;
  }

  static std::string Only(const std::string& what, const std::string& text) {
    std::string rest;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      rest += text.substr(at, text.find(' ', at) + 1 - at);
    }
    return rest;
  }

  std::unique_ptr<TestClient> client = ReadyClient("a");
};

TEST_F(SimulatedReadingTest, NothingIsFetchedBeforeItIsTold) {
  EXPECT_EQ(ReadAll(), "");
  EXPECT_TRUE(client->consumer->FetchFrom(kFirst, {{27, 29}}, {}).ok());
  const std::string read = ReadAll();
  EXPECT_EQ(Only("e", read), "e27 e28 e29 ");
  EXPECT_EQ(Only("c", read), "c29 ");
  EXPECT_FALSE(client->consumer->FetchFrom(PartitionId{7}, {}, {}).ok());
}

TEST_F(SimulatedReadingTest, EachTopicComesInItsOrderMixedWithTheOther) {
  EXPECT_TRUE(client->consumer->FetchFrom(kFirst, {}, {}).ok());
  const std::string read = ReadAll();
  std::string events;
  std::string commands;
  for (int i = 0; i < 30; ++i) {
    events += "e" + std::to_string(i) + " ";
    commands += "c" + std::to_string(i) + " ";
  }
  EXPECT_EQ(Only("e", read), events);
  EXPECT_EQ(Only("c", read), commands);
  EXPECT_NE(read, events + commands);
  EXPECT_NE(read, commands + events);
}

TEST_F(SimulatedReadingTest, APausedPartitionGivesNothingUntilFetchedAgain) {
  EXPECT_TRUE(client->consumer->FetchFrom(kFirst, {{29, 30}}, {}).ok());
  EXPECT_TRUE(client->consumer->Pause(kFirst).ok());
  EXPECT_EQ(ReadAll(), "");
  EXPECT_TRUE(client->consumer->FetchFrom(kFirst, {{29, 30}}, {}).ok());
  EXPECT_EQ(ReadAll(), "e29 ");
}

TEST_F(SimulatedReadingTest, WhatRetentionHasDeletedIsOutOfRange) {
  cluster.log(Topic::kEvents, kFirst).DeleteBefore(10);
  EXPECT_EQ(*client->consumer->Beginning(kFirst), (InputOffsets{{10, 0}}));
  EXPECT_EQ(*client->consumer->End(kFirst), (InputOffsets{{30, 30}}));
  EXPECT_TRUE(client->consumer->FetchFrom(kFirst, {{9, 30}}, {}).ok());
  const Status polled = client->Poll();
  ASSERT_FALSE(polled.ok());
  EXPECT_EQ(polled.kind(), ErrorKind::kFatal);
}

TEST_F(SimulatedReadingTest, OtherProducersTransactionsAreHeldBackOrLeftOut) {
  PartitionLog& events = cluster.log(Topic::kEvents, kFirst);
  constexpr int64_t kSomebody = -1;
  events.AppendBatch({kSomebody, 0}, 0, {{"x", "1", {}}});
  cluster.Append(InputTopic::kEvents, kFirst, "e", "31");
  EXPECT_TRUE(client->consumer->FetchFrom(kFirst, {{29, 30}}, {}).ok());
  EXPECT_EQ(ReadAll(), "e29 ");
  EXPECT_EQ((*client->consumer->End(kFirst))[InputTopic::kEvents], 30);
  events.EndTransaction({kSomebody, 0}, false);
  EXPECT_EQ(ReadAll(), "e31 ");
  EXPECT_EQ((*client->consumer->End(kFirst))[InputTopic::kEvents], 33);
}

TEST_F(SimulatedReadingTest, AChangelogIsReadToTheLastStableOffsetThoughItsEndIsFurther) {
  cluster.chaos().rates.early_send = 1000;
  auto other = ReadyClient("b");
  for (const char* key : {"x", "y"}) {
    EXPECT_EQ(other->producer->Begin(), std::nullopt);
    EXPECT_EQ(other->Produce(OutputTopic::kLeadState, key, "1"), std::nullopt);
    if (key[0] == 'x') {
      EXPECT_EQ(other->producer->Commit(), std::nullopt);
    }
  }
  const kafka::LogBounds bounds = *client->reader->Bounds(kFirst);
  EXPECT_EQ(bounds.begin, 0);
  EXPECT_EQ(bounds.end, 3);  // x, its marker, y
  EXPECT_TRUE(client->reader->Start(kFirst, 0).ok());
  std::vector<kafka::ChangelogRecord> records;
  int64_t reached = 0;
  std::string read;
  for (int i = 0; i < 5; ++i) {
    reached = *client->reader->Read(Millis(10), &records);
    for (const auto& record : records) read += record.key;
  }
  EXPECT_EQ(reached, 2);
  EXPECT_EQ(read, "x");
  EXPECT_EQ(other->producer->Abort(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(*client->reader->Read(Millis(10), &records), 4);
  EXPECT_TRUE(records.empty());
}

class SimulatedProcessTest : public SimulatedClusterTest {};

TEST_F(SimulatedProcessTest, AKilledProcessCanDoNothingAndKeepsItsPlaceForAWhile) {
  auto client = ReadyClient("a", 1);
  auto other = Client("b", 2);
  Settle({client.get(), other.get()});
  EXPECT_EQ(client->producer->Begin(), std::nullopt);
  EXPECT_EQ(client->Produce(OutputTopic::kStatusChanges, "a", "1"), std::nullopt);
  cluster.Kill(1);
  EXPECT_EQ(client->Poll().kind(), ErrorKind::kFatal);
  EXPECT_EQ(KindOf(client->producer->Commit()), TransactionErrorKind::kFatal);
  EXPECT_FALSE(client->reader->Bounds(kFirst).ok());
  EXPECT_FALSE(client->connection->MakeConsumer().ok());
  client->listener.Take();
  client->consumer->Close(&client->listener);
  EXPECT_EQ(client->listener.Take(), "");
  EXPECT_EQ(cluster.group().member_count(), 2u);
  client.reset();
  for (int i = 0; i < 20; ++i) {
    cluster.AdvanceTime(Millis(500));
    EXPECT_TRUE(other->Poll().ok());
  }
  EXPECT_EQ(cluster.group().member_count(), 1u);
  EXPECT_TRUE(other->listener.Take().ends_with("+0,1,2"));
  EXPECT_EQ(Content(Topic::kStatusChanges), "");
}

TEST_F(SimulatedProcessTest, AHookMayKillInTheMiddleOfACommitThatStandsAllTheSame) {
  auto client = ReadyClient("a");
  Settle({client.get()});
  EXPECT_EQ(client->producer->Begin(), std::nullopt);
  EXPECT_EQ(client->Produce(OutputTopic::kStatusChanges, "a", "1"), std::nullopt);
  std::string moments;
  cluster.set_hook([&](const PortCall& call) {
    moments += std::string(call.name) + std::to_string(static_cast<int>(call.moment)) + " ";
    if (call.moment == PortCall::Moment::kEnd) cluster.Kill(1);
  });
  EXPECT_EQ(KindOf(client->producer->Commit()), TransactionErrorKind::kFatal);
  EXPECT_EQ(moments, "Commit0 Commit1 Commit2 ");
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Content(Topic::kStatusChanges), "a=1");
}

TEST_F(SimulatedProcessTest, AHookMayRunOthersBetweenTheBatchesAndTheEnd) {
  auto client = ReadyClient("a");
  EXPECT_EQ(client->producer->Begin(), std::nullopt);
  EXPECT_EQ(client->Produce(OutputTopic::kStatusChanges, "a", "1"), std::nullopt);
  std::unique_ptr<TestClient> successor;
  cluster.set_hook([&](const PortCall& call) {
    if (call.moment == PortCall::Moment::kMiddle && successor == nullptr) successor = ReadyClient("a", 2);
  });
  EXPECT_EQ(KindOf(client->producer->Commit()), TransactionErrorKind::kProducerLost);
  cluster.AdvanceTime(Millis(10));
  EXPECT_EQ(Content(Topic::kStatusChanges), "");
}

TEST_F(SimulatedProcessTest, CallsOutOfTurnAreFatal) {
  auto client = Client("a");
  EXPECT_EQ(KindOf(client->producer->Begin()), TransactionErrorKind::kFatal);
  client = ReadyClient("a");
  EXPECT_EQ(KindOf(client->producer->Commit()), TransactionErrorKind::kFatal);
  EXPECT_EQ(KindOf(client->Produce(OutputTopic::kStatusChanges, "a", "1")), TransactionErrorKind::kFatal);
}

TEST_F(SimulatedProcessTest, ARecordWithoutPartitionGoesWhereTheDefaultPartitionerPutsIt) {
  auto client = ReadyClient("a");
  EXPECT_EQ(client->producer->Begin(), std::nullopt);
  EXPECT_EQ(client->producer->Produce({OutputTopic::kDeadLetters, std::nullopt, "21", "1", {}}), std::nullopt);
  EXPECT_EQ(client->producer->Commit(), std::nullopt);
  cluster.AdvanceTime(Millis(10));
  // org.apache.kafka.common.utils.UtilsTest: murmur2("21") is -973932308.
  EXPECT_EQ(Content(Topic::kDeadLetters, PartitionId{(-973932308 & 0x7fffffff) % 3}), "21=1");
}

}  // namespace leadpulse::testing::simulated_cluster_test
