// The transactional producer against a real broker, with the consumer's group metadata.
#include <thread>

#include "processor/engine/partitioner.h"
#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::Pair;
using Kind = TransactionErrorKind;

#define EXPECT_WORKS(call)                                                        \
  do {                                                                            \
    const TransactionOutcome lp_outcome = (call);                                 \
    EXPECT_FALSE(lp_outcome.has_value()) << #call << ": " << lp_outcome->message; \
  } while (false)

OutputRecord StateRecord(uint32_t partition, const std::string& key, std::optional<std::string> value) {
  return {OutputTopic::kLeadState, PartitionId{partition}, key, std::move(value), {}};
}

OutputRecord DeltaRecord(uint32_t partition, const std::string& key, std::optional<std::string> value) {
  return {OutputTopic::kLeadJournal, PartitionId{partition}, key, std::move(value), {}};
}

class ProducerTest : public testing::Test {
 protected:
  ProducerTest()
      : kafka_(TestBroker()),
        topics_(kafka_.CreateTopics(2)),
        options_(PlaceIn(TestBroker(), topics_)),
        connection_(Connect(options_)) {}

  std::unique_ptr<TransactionalProducer> MakeProducer() {
    auto producer = Must(connection_->MakeProducer());
    EXPECT_WORKS(producer->Init());
    return producer;
  }
  void JoinGroup() {
    consumer_ = Must(connection_->MakeConsumer());
    PollUntilAssigned(consumer_.get(), &ears_, 2);
  }
  // Returns the outcome of the first step that fails.
  TransactionOutcome OneTransaction(TransactionalProducer* producer, const std::string& value) {
    TransactionOutcome outcome = producer->Begin();
    if (!outcome) outcome = producer->Produce(StateRecord(0, "lead", value));
    if (!outcome) outcome = producer->Commit();
    return outcome;
  }
  std::vector<std::string> Values(const std::string& topic) {
    std::vector<std::string> values;
    for (const SeenRecord& r : kafka_.ReadCommitted(topic, 2)) values.push_back(r.value.value_or("(tombstone)"));
    return values;
  }

  KafkaByHand kafka_;
  const TopicNames topics_;
  ConnectionOptions options_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<InputConsumer> consumer_;
  Ears ears_;
};

TEST_F(ProducerTest, ACommitShowsAllOfIt) {
  JoinGroup();
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->Produce(StateRecord(1, "a", "state")));
  EXPECT_WORKS(producer->Produce(StateRecord(1, "b", std::nullopt)));
  EXPECT_WORKS(producer->Produce(StateRecord(1, "c", "")));
  EXPECT_WORKS(producer->Produce({OutputTopic::kStatusChanges,
                                  PartitionId{0},
                                  "a",
                                  "change",
                                  {{"tenant", "acme"}, {"cause", std::string("\0x", 2)}}}));
  EXPECT_WORKS(producer->Produce({OutputTopic::kSegmentChanges, PartitionId{1}, "a", "segment", {}}));
  EXPECT_WORKS(producer->Produce({OutputTopic::kDeadLetters, PartitionId{1}, "", "letter", {}}));
  EXPECT_WORKS(producer->SendOffsets({{PartitionId{0}, {{11, 3}}}, {PartitionId{1}, {{7, 0}}}},
                                     *consumer_->CurrentGroupMetadata()));
  EXPECT_TRUE(Values(topics_.lead_state).empty());
  EXPECT_WORKS(producer->Commit());

  const auto states = kafka_.ReadCommitted(topics_.lead_state, 2);
  ASSERT_EQ(states.size(), 3U);
  for (const SeenRecord& r : states) EXPECT_EQ(r.partition, 1);
  EXPECT_EQ(states[0].value, "state");
  EXPECT_EQ(states[1].key, "b");
  EXPECT_EQ(states[1].value, std::nullopt);
  EXPECT_EQ(states[2].value, "");
  const auto changes = kafka_.ReadCommitted(topics_.status_changes, 2);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].partition, 0);
  EXPECT_EQ(changes[0].key, "a");
  EXPECT_THAT(changes[0].headers, ElementsAre(Pair("tenant", "acme"), Pair("cause", std::string("\0x", 2))));
  EXPECT_THAT(Values(topics_.segment_changes), ElementsAre("segment"));
  EXPECT_THAT(Values(topics_.dead_letters), ElementsAre("letter"));
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{0})), (InputOffsets{{11, 3}}));
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{1})), (InputOffsets{{7, 0}}));
  EXPECT_FALSE(producer->may_have_stray_requests());
}

TEST_F(ProducerTest, DeltaPositionsAreThoseOfTheLastCommit) {
  kafka_.WriteNumbers(topics_.lead_journal, 0, 0, 5);
  const auto producer = MakeProducer();
  EXPECT_TRUE(producer->delta_positions().empty());
  EXPECT_WORKS(producer->Begin());
  for (int i = 0; i < 300; ++i) EXPECT_WORKS(producer->Produce(DeltaRecord(0, std::to_string(i), "x")));
  EXPECT_WORKS(producer->Produce(DeltaRecord(1, "a", "x")));
  EXPECT_WORKS(producer->Produce({OutputTopic::kStatusChanges, PartitionId{0}, "a", "change", {}}));
  EXPECT_TRUE(producer->delta_positions().empty());
  EXPECT_WORKS(producer->Commit());
  EXPECT_THAT(producer->delta_positions(), ElementsAre(Pair(PartitionId{0}, 305), Pair(PartitionId{1}, 1)));

  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->Produce(DeltaRecord(0, "a", "dropped")));  // 306, after a control record
  EXPECT_WORKS(producer->Abort());
  EXPECT_THAT(producer->delta_positions(), ElementsAre(Pair(PartitionId{0}, 305), Pair(PartitionId{1}, 1)));

  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->Produce(DeltaRecord(1, "a", "last")));
  EXPECT_WORKS(producer->Commit());
  const SeenRecord last = kafka_.ReadCommitted(topics_.lead_journal, 2).back();
  EXPECT_EQ(last.value, "last");
  EXPECT_THAT(producer->delta_positions(), ElementsAre(Pair(PartitionId{1}, last.offset + 1)));
}

// Without our workaround librdkafka may lose the producer when a transaction is aborted soon after another.
TEST_F(ProducerTest, AbortsInARow) {
  const auto producer = MakeProducer();
  const auto write_everywhere = [&](const std::string& value) {
    EXPECT_WORKS(producer->Begin());
    for (const OutputTopic topic : {OutputTopic::kLeadState, OutputTopic::kStatusChanges, OutputTopic::kSegmentChanges,
                                    OutputTopic::kDeadLetters}) {
      for (const uint32_t p : {0, 1}) EXPECT_WORKS(producer->Produce({topic, PartitionId{p}, "key", value, {}}));
    }
  };
  for (int i = 0; i < 20; ++i) {
    write_everywhere("kept");
    EXPECT_WORKS(producer->Commit());
    write_everywhere("dropped");
    EXPECT_WORKS(producer->Abort());
  }
  EXPECT_EQ(Values(topics_.lead_state), std::vector<std::string>(40, "kept"));
}

TEST_F(ProducerTest, AnAbortShowsNothing) {
  JoinGroup();
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->Produce(StateRecord(0, "a", "dropped")));
  EXPECT_WORKS(producer->SendOffsets({{PartitionId{0}, {{5, 5}}}}, *consumer_->CurrentGroupMetadata()));
  EXPECT_WORKS(producer->Abort());
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{0})), std::nullopt);
  EXPECT_WORKS(OneTransaction(producer.get(), "kept"));
  EXPECT_THAT(Values(topics_.lead_state), ElementsAre("kept"));
  EXPECT_FALSE(producer->may_have_stray_requests());
}

TEST_F(ProducerTest, OffsetsAlone) {
  JoinGroup();
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->SendOffsets({{PartitionId{1}, {{5, 6}}}}, *consumer_->CurrentGroupMetadata()));
  EXPECT_WORKS(producer->Commit());
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{1})), (InputOffsets{{5, 6}}));
}

// KIP-447: a request for offsets waits until those about to be committed are.
TEST_F(ProducerTest, CommittedWaitsForAnOpenTransaction) {
  JoinGroup();
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->SendOffsets({{PartitionId{0}, {{5, 6}}}}, *consumer_->CurrentGroupMetadata()));
  const auto open = consumer_->Committed(PartitionId{0});
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.status().kind(), ErrorKind::kRetriable);
  EXPECT_WORKS(producer->Commit());
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{0})), (InputOffsets{{5, 6}}));
}

// The default partitioner of the Java client: a reader by key finds all records of a lead in one partition.
TEST_F(ProducerTest, WithoutAPartitionTheKeyDecides) {
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  for (int i = 0; i < 50; ++i) {
    EXPECT_WORKS(producer->Produce({OutputTopic::kStatusChanges, std::nullopt, "acme:" + std::to_string(i), "x", {}}));
  }
  EXPECT_WORKS(producer->Commit());
  const auto records = kafka_.ReadCommitted(topics_.status_changes, 2);
  EXPECT_EQ(records.size(), 50U);
  for (const SeenRecord& r : records) {
    EXPECT_EQ(static_cast<uint32_t>(r.partition), (engine::Murmur2(r.key) & 0x7fffffff) % 2) << r.key;
  }
}

// ---- commits that must fail -----------------------------------------------------------------------------------------

// A producer whose transactional id another has taken may first get an abortable error. Its abort then reports that it
// is lost.
TEST_F(ProducerTest, AFencedProducerCommitsNothing) {
  const auto first = MakeProducer();
  EXPECT_WORKS(OneTransaction(first.get(), "before"));
  EXPECT_WORKS(first->Begin());
  EXPECT_WORKS(first->Produce(StateRecord(0, "a", "never")));
  const auto second = MakeProducer();
  TransactionOutcome outcome = first->Commit();
  ASSERT_TRUE(outcome.has_value());
  if (outcome->kind == Kind::kAbortable) outcome = first->Abort();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kProducerLost) << outcome->message;
  EXPECT_WORKS(OneTransaction(second.get(), "after"));
  EXPECT_THAT(Values(topics_.lead_state), ElementsAre("before", "after"));
}

TEST_F(ProducerTest, AFencedProducerWithOffsetsOnly) {
  JoinGroup();
  const auto first = MakeProducer();
  EXPECT_WORKS(first->Begin());
  const auto second = MakeProducer();
  const TransactionOutcome outcome =
      first->SendOffsets({{PartitionId{0}, {{5, 5}}}}, *consumer_->CurrentGroupMetadata());
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kProducerLost) << outcome->message;
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{0})), std::nullopt);
}

TEST_F(ProducerTest, InitEndsTheOpenTransactionOfTheOneBefore) {
  auto first = MakeProducer();
  EXPECT_WORKS(first->Begin());
  EXPECT_WORKS(first->Produce(StateRecord(0, "a", "never")));
  std::this_thread::sleep_for(milliseconds(300));  // it is written
  const auto begin = MonotonicNow();
  first.reset();
  EXPECT_LT(MonotonicNow() - begin, options_.transaction_timeout) << "it waits for the end of its transaction";
  const auto second = MakeProducer();
  EXPECT_WORKS(OneTransaction(second.get(), "after"));
  EXPECT_THAT(Values(topics_.lead_state), ElementsAre("after")) << "an open transaction would hide it";
}

// Brokers accept librdkafka's metadata of a consumer without a membership: they take it for an old client.
TEST_F(ProducerTest, AConsumerWithoutAPlaceInTheGroupCommitsNothing) {
  const auto not_joined = Must(connection_->MakeConsumer());
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  const TransactionOutcome outcome =
      producer->SendOffsets({{PartitionId{0}, {{5, 5}}}}, *not_joined->CurrentGroupMetadata());
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kAbortable) << outcome->message;
  EXPECT_WORKS(producer->Abort());
  EXPECT_EQ(Must(not_joined->Committed(PartitionId{0})), std::nullopt);
  EXPECT_WORKS(OneTransaction(producer.get(), "after"));
}

TEST_F(ProducerTest, AGenerationThatIsOverCommitsNothing) {
  JoinGroup();
  const auto old_place = consumer_->CurrentGroupMetadata();
  const auto second = Must(connection_->MakeConsumer());
  Ears second_ears;
  const auto producer = MakeProducer();
  std::optional<TransactionOutcome> while_revoked;
  ears_.on_taken = [&] {
    EXPECT_WORKS(producer->Begin());
    while_revoked = producer->SendOffsets({{PartitionId{0}, {{1, 1}}}}, *consumer_->CurrentGroupMetadata());
    EXPECT_WORKS(producer->Commit());
  };
  const auto deadline = MonotonicNow() + milliseconds(30'000);
  while (second_ears.assigned.size() != 1 && MonotonicNow() < deadline) {
    PollFor(consumer_.get(), &ears_, milliseconds(50));
    PollFor(second.get(), &second_ears, milliseconds(50));
  }
  ASSERT_TRUE(while_revoked.has_value());
  EXPECT_FALSE(while_revoked->has_value()) << "until OnRevoked returns, the worker may commit";
  PollUntilAssigned(consumer_.get(), &ears_, 1);

  EXPECT_WORKS(producer->Begin());
  const TransactionOutcome outcome = producer->SendOffsets({{PartitionId{0}, {{9, 9}}}}, *old_place);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kAbortable) << outcome->message;
  EXPECT_WORKS(producer->Abort());
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{0})), (InputOffsets{{1, 1}}));
  // With its new membership it can commit.
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->SendOffsets({{ears_.assigned[0], {{2, 2}}}}, *consumer_->CurrentGroupMetadata()));
  EXPECT_WORKS(producer->Commit());
}

// A worker did not poll for too long: the group has given its partitions away, and it has not heard of it yet.
TEST_F(ProducerTest, AWorkerThatWasAwayCommitsNothing) {
  options_.session_timeout = milliseconds(6'000);
  options_.consumer_settings = {{"max.poll.interval.ms", "6000"}};
  connection_ = Connect(options_);
  JoinGroup();
  const auto place = consumer_->CurrentGroupMetadata();
  std::this_thread::sleep_for(milliseconds(8'500));
  const auto producer = MakeProducer();
  for (const GroupMetadata* metadata : {place.get(), consumer_->CurrentGroupMetadata().release()}) {
    EXPECT_WORKS(producer->Begin());
    const TransactionOutcome outcome = producer->SendOffsets({{PartitionId{0}, {{9, 9}}}}, *metadata);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_THAT(outcome->kind, AnyOf(Eq(Kind::kAbortable), Eq(Kind::kProducerLost))) << outcome->message;
    EXPECT_WORKS(producer->Abort());
    if (metadata != place.get()) delete metadata;
  }
  PollUntil(consumer_.get(), &ears_, [&](const auto&) { return ears_.heard.size() >= 3; });
  EXPECT_THAT(ears_.heard, ElementsAre("assigned", "lost", "assigned"));
  EXPECT_EQ(Must(consumer_->Committed(PartitionId{0})), std::nullopt);
}

TEST_F(ProducerTest, CloseLetsTheWorkerCommit) {
  JoinGroup();
  const auto producer = MakeProducer();
  ears_.on_taken = [&] {
    EXPECT_WORKS(producer->Begin());
    EXPECT_WORKS(producer->SendOffsets({{PartitionId{0}, {{3, 4}}}}, *consumer_->CurrentGroupMetadata()));
    EXPECT_WORKS(producer->Commit());
  };
  consumer_->Close(&ears_);
  EXPECT_THAT(ears_.heard, ElementsAre("assigned", "revoked"));
  consumer_.reset();
  const auto next = Must(connection_->MakeConsumer());
  EXPECT_EQ(Must(next->Committed(PartitionId{0})), (InputOffsets{{3, 4}}));
}

// ---- failures -------------------------------------------------------------------------------------------------------

TEST_F(ProducerTest, ARecordThatTheTopicDoesNotTake) {
  TopicNames names = topics_;
  names.lead_state = UniqueName("small");
  kafka_.CreateTopic(names.lead_state, 2, {{"max.message.bytes", "1000"}});
  options_.topics = names;
  options_.producer_settings = {{"compression.type", "none"}};
  connection_ = Connect(options_);
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->Produce(StateRecord(0, EncodeLeadKey({"acme", "ann"}), std::string(100'000, 'x'))));
  const TransactionOutcome outcome = producer->Commit();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kTooLarge);
  EXPECT_EQ(outcome->topic, OutputTopic::kLeadState);
  EXPECT_THAT(outcome->message,
              HasSubstr("write a record of 100000 bytes with a lead of tenant \"acme\", to " + names.lead_state));
  EXPECT_THAT(outcome->message, ::testing::Not(HasSubstr("\"ann\""))) << "it goes into logs";
  EXPECT_THAT(outcome->message, HasSubstr("max.message.bytes"));
  EXPECT_WORKS(OneTransaction(MakeProducer().get(), "small"));
}

TEST_F(ProducerTest, ARecordThatTheClientDoesNotTake) {
  options_.producer_settings = {{"compression.type", "none"}, {"message.max.bytes", "2000"}};
  connection_ = Connect(options_);
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  const TransactionOutcome outcome =
      producer->Produce({OutputTopic::kDeadLetters, std::nullopt, "key", std::string(100'000, 'x'), {}});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kTooLarge);
  EXPECT_EQ(outcome->topic, OutputTopic::kDeadLetters);
  EXPECT_WORKS(OneTransaction(MakeProducer().get(), "small"));
}

TEST_F(ProducerTest, NoBroker) {
  options_.bootstrap_servers = "127.0.0.1:1";
  options_.transaction_timeout = milliseconds(1'500);
  connection_ = Connect(options_);
  auto producer = Must(connection_->MakeProducer());
  auto begin = MonotonicNow();
  const TransactionOutcome outcome = producer->Init();
  EXPECT_LT(MonotonicNow() - begin, milliseconds(10'000));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kRetriable) << outcome->message;
  EXPECT_THAT(outcome->message, HasSubstr("Connection refused"));
  EXPECT_TRUE(producer->may_have_stray_requests());
  begin = MonotonicNow();
  producer.reset();
  EXPECT_LT(MonotonicNow() - begin, milliseconds(10'000)) << "it waits for a broker";
}

// The cluster aborts a transaction that takes too long; later records must not become part of it.
TEST_F(ProducerTest, ATransactionThatTookTooLong) {
  options_.transaction_timeout = milliseconds(1'000);
  connection_ = Connect(options_);
  const auto producer = MakeProducer();
  EXPECT_WORKS(producer->Begin());
  EXPECT_WORKS(producer->Produce(StateRecord(0, "a", "never")));
  std::this_thread::sleep_for(milliseconds(4'500));  // the broker looks once a second
  TransactionOutcome outcome = producer->Produce(StateRecord(0, "b", "never"));
  if (!outcome) outcome = producer->Commit();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_THAT(outcome->kind, AnyOf(Eq(Kind::kAbortable), Eq(Kind::kProducerLost))) << outcome->message;
  EXPECT_TRUE(Values(topics_.lead_state).empty());
}

}  // namespace
}  // namespace leadpulse::kafka
