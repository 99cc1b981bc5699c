// The input consumer against a real broker.
#include <thread>

#include "processor/kafka/client/rdkafka_client.h"
#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConsumerTest : public testing::Test {
 protected:
  ConsumerTest() : kafka_(TestBroker()) {}

  // Makes a consumer and waits until it has its partitions. `instance_id` makes it a static member.
  void Begin(int partitions, const std::string& instance_id = "") {
    topics_ = kafka_.CreateTopics(partitions);
    options_ = PlaceIn(TestBroker(), topics_);
    options_.instance_id = instance_id;
    connection_ = Connect(options_);
    consumer_ = Must(connection_->MakeConsumer());
    PollUntilAssigned(consumer_.get(), &ears_, static_cast<size_t>(partitions));
  }

  // Returns the error with which it ends.
  std::string FatalOfPoll() {
    std::vector<InputRecord> records;
    Status status;
    const auto deadline = MonotonicNow() + milliseconds(10'000);
    while (status.ok() && MonotonicNow() < deadline)
      status = consumer_->Poll(milliseconds(50), kMany, &ears_, &records);
    if (status.ok()) return "no error";
    EXPECT_EQ(status.kind(), ErrorKind::kFatal);
    return status.message();
  }

  KafkaByHand kafka_;
  TopicNames topics_;
  ConnectionOptions options_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<InputConsumer> consumer_;
  Ears ears_;
};

TEST_F(ConsumerTest, NothingIsFetchedBeforeItIsSaidFromWhere) {
  Begin(2);
  EXPECT_EQ(consumer_->partition_count(), 2U);
  EXPECT_THAT(ears_.assigned, ElementsAre(PartitionId{0}, PartitionId{1}));
  kafka_.WriteNumbers(topics_.events, 0, 0, 10);
  kafka_.WriteNumbers(topics_.events, 1, 0, 10);
  kafka_.WriteNumbers(topics_.commands, 0, 0, 3);
  EXPECT_TRUE(PollFor(consumer_.get(), &ears_, milliseconds(700)).empty());

  FetchSoon(consumer_.get(), PartitionId{0}, {{4, 1}});
  const auto records = PollUntil(consumer_.get(), &ears_, [](const auto& all) { return all.size() >= 8; });
  EXPECT_EQ(OffsetsOf(records, InputTopic::kEvents, 0), Range(4, 10));
  EXPECT_EQ(OffsetsOf(records, InputTopic::kCommands, 0), Range(1, 3));
  EXPECT_TRUE(OffsetsOf(records, InputTopic::kEvents, 1).empty());
  for (const StoredRecord& r : records) {
    EXPECT_EQ(r.key, std::to_string(r.offset));
    EXPECT_EQ(r.value, std::to_string(r.offset));
  }
}

// librdkafka may still be asking where a partition begins or ends when an offset is set. The response must then have no
// effect.
TEST_F(ConsumerTest, WhereItIsToldAtOnceNothingIsSkipped) {
  constexpr int kPartitions = 4;
  constexpr int kCount = 50;
  topics_ = kafka_.CreateTopics(kPartitions);
  for (int partition = 0; partition < kPartitions; ++partition) {
    kafka_.WriteNumbers(topics_.events, partition, 0, kCount);
  }
  connection_ = Connect(PlaceIn(TestBroker(), topics_));
  consumer_ = Must(connection_->MakeConsumer());
  ears_.on_assigned = [&] {
    for (const PartitionId partition : ears_.assigned) FetchSoon(consumer_.get(), partition, {});
  };
  const auto all = PollUntil(
      consumer_.get(), &ears_, [](const auto& r) { return r.size() >= kPartitions * kCount; }, milliseconds(10'000));
  for (uint32_t partition = 0; partition < kPartitions; ++partition) {
    EXPECT_EQ(OffsetsOf(all, InputTopic::kEvents, partition), Range(0, kCount)) << partition;
  }
}

// Queued records from before must not be returned, neither earlier nor later ones.
TEST_F(ConsumerTest, GoesBackAndForth) {
  Begin(1);
  constexpr int kCount = 20'000;
  kafka_.WriteNumbers(topics_.events, 0, 0, kCount);
  for (int round = 0; round < 5; ++round) {
    for (const int64_t from : {0, 15'000, 3}) {
      FetchSoon(consumer_.get(), PartitionId{0}, {{from, 0}});
      const auto some = PollUntil(consumer_.get(), &ears_, [](const auto& all) { return !all.empty(); });
      const auto offsets = OffsetsOf(some, InputTopic::kEvents, 0);
      EXPECT_EQ(offsets, Range(from, from + static_cast<int64_t>(offsets.size())));
    }
  }
  FetchSoon(consumer_.get(), PartitionId{0}, {{0, 0}});
  const auto all = PollUntil(consumer_.get(), &ears_, [](const auto& r) { return r.size() >= kCount; });
  EXPECT_EQ(OffsetsOf(all, InputTopic::kEvents, 0), Range(0, kCount));
}

TEST_F(ConsumerTest, APollGivesNoMoreThanItIsAskedFor) {
  Begin(1);
  constexpr int kCount = 50;
  kafka_.WriteNumbers(topics_.events, 0, 0, kCount);
  FetchSoon(consumer_.get(), PartitionId{0}, {{0, 0}});
  std::vector<StoredRecord> all;
  std::vector<InputRecord> records;
  const auto deadline = MonotonicNow() + milliseconds(30'000);
  for (uint64_t most = 1; all.size() < kCount && MonotonicNow() < deadline; most = most % 3 + 1) {
    ASSERT_TRUE(consumer_->Poll(milliseconds(50), most, &ears_, &records).ok());
    ASSERT_LE(records.size(), most);
    if (records.size() == most) {
      EXPECT_TRUE(consumer_->has_more());
    }
    for (StoredRecord& record : Keep(records)) all.push_back(std::move(record));
  }
  EXPECT_EQ(OffsetsOf(all, InputTopic::kEvents, 0), Range(0, kCount));
}

TEST_F(ConsumerTest, WhetherMoreHasCome) {
  Begin(1);
  const auto count = static_cast<int>(2 * kMostMessages);
  kafka_.WriteNumbers(topics_.events, 0, 0, count);
  FetchSoon(consumer_.get(), PartitionId{0}, {{0, 0}});
  bool had_more = false;
  std::vector<InputRecord> records;
  const auto poll = [&] {
    const Status status = consumer_->Poll(milliseconds(50), kMany, &ears_, &records);
    EXPECT_TRUE(status.ok()) << status.message();
    had_more |= consumer_->has_more();
    return static_cast<int>(records.size());
  };
  const auto deadline = MonotonicNow() + milliseconds(30'000);
  for (int read = 0; read < count && MonotonicNow() < deadline;) read += poll();
  EXPECT_TRUE(had_more);
  EXPECT_EQ(poll(), 0);
  EXPECT_FALSE(consumer_->has_more());
}

// librdkafka drops its queue when it is paused. No record may be missing then, whether it was taken or not.
TEST_F(ConsumerTest, APauseLosesNothing) {
  Begin(1);
  constexpr int kCount = 20'000;
  kafka_.WriteNumbers(topics_.events, 0, 0, kCount);
  FetchSoon(consumer_.get(), PartitionId{0}, {{0, 0}});
  std::this_thread::sleep_for(milliseconds(500));  // everything is queued, nothing is taken
  ASSERT_TRUE(consumer_->Pause(PartitionId{0}).ok());
  ASSERT_TRUE(consumer_->Pause(PartitionId{0}).ok());
  EXPECT_TRUE(PollFor(consumer_.get(), &ears_, milliseconds(300)).empty());
  FetchSoon(consumer_.get(), PartitionId{0}, {{0, 0}});
  auto all = PollUntil(consumer_.get(), &ears_, [](const auto& r) { return !r.empty(); });
  ASSERT_LT(all.size(), static_cast<size_t>(kCount));
  ASSERT_TRUE(consumer_->Pause(PartitionId{0}).ok());
  EXPECT_TRUE(PollFor(consumer_.get(), &ears_, milliseconds(300)).empty());
  const size_t before = all.size();
  FetchSoon(consumer_.get(), PartitionId{0}, {{static_cast<int64_t>(before), 0}});
  for (StoredRecord& r :
       PollUntil(consumer_.get(), &ears_, [&](const auto& r) { return before + r.size() >= kCount; })) {
    all.push_back(std::move(r));
  }
  EXPECT_EQ(OffsetsOf(all, InputTopic::kEvents, 0), Range(0, kCount));
}

TEST_F(ConsumerTest, AbortedRecordsAreNotSeenAndOpenOnesNotYet) {
  Begin(1);
  TransactionByHand open(TestBroker(), UniqueName("writer"));
  open.Write(topics_.events, 0, "k", "open");
  {
    TransactionByHand aborted(TestBroker(), UniqueName("writer"));
    aborted.Write(topics_.events, 0, "k", "aborted");
    aborted.Abort();
  }
  FetchSoon(consumer_.get(), PartitionId{0}, {});
  EXPECT_TRUE(PollFor(consumer_.get(), &ears_, milliseconds(700)).empty());
  EXPECT_EQ(Must(consumer_->End(PartitionId{0}))[InputTopic::kEvents], 0);
  open.Commit();
  kafka_.WriteNumbers(topics_.events, 0, 7, 1);
  const auto records = PollUntil(consumer_.get(), &ears_, [](const auto& all) { return all.size() >= 2; });
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].value, "open");
  EXPECT_EQ(records[1].value, "7");
  // Three records and two control records, which are written a moment after the response to a commit.
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  const auto end = [&] { return Must(consumer_->End(PartitionId{0}))[InputTopic::kEvents]; };
  while (end() < 5 && MonotonicNow() < deadline) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(end(), 5);
}

// Otherwise a partition into which a transaction wrote last always had a lag.
TEST_F(ConsumerTest, TheMarkerOfATransactionIsNotLeftToRead) {
  Begin(1);
  TransactionByHand writer(TestBroker(), UniqueName("writer"));
  writer.Write(topics_.events, 0, "k", "committed");
  writer.Commit();
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  const auto end = [&] { return Must(consumer_->End(PartitionId{0}))[InputTopic::kEvents]; };
  while (end() < 2 && MonotonicNow() < deadline) std::this_thread::sleep_for(milliseconds(20));
  FetchSoon(consumer_.get(), PartitionId{0}, {});
  ASSERT_EQ(PollUntil(consumer_.get(), &ears_, [](const auto& all) { return !all.empty(); }).size(), 1U);
  const auto heard = [&] { return consumer_->LastHeardEnd(PartitionId{0})[InputTopic::kEvents]; };
  while (heard() != 1 && MonotonicNow() < deadline) PollFor(consumer_.get(), &ears_, milliseconds(20));
  EXPECT_EQ(heard(), 1);
}

TEST_F(ConsumerTest, BeginningAndEnd) {
  Begin(2);
  kafka_.WriteNumbers(topics_.events, 1, 0, 10);
  kafka_.WriteNumbers(topics_.commands, 1, 0, 4);
  kafka_.DeleteRecords(topics_.events, 1, 6);
  EXPECT_EQ(Must(consumer_->Beginning(PartitionId{1})), (InputOffsets{{6, 0}}));
  EXPECT_EQ(Must(consumer_->End(PartitionId{1})), (InputOffsets{{10, 4}}));
  EXPECT_EQ(Must(consumer_->End(PartitionId{0})), (InputOffsets{{0, 0}}));
}

TEST_F(ConsumerTest, WhatWasDeletedBeforeItWasReadIsAnError) {
  Begin(1);
  kafka_.WriteNumbers(topics_.events, 0, 0, 10);
  kafka_.DeleteRecords(topics_.events, 0, 6);
  FetchSoon(consumer_.get(), PartitionId{0}, {{2, 0}});
  const std::string said = FatalOfPoll();
  EXPECT_THAT(said, HasSubstr("records of " + topics_.events + " [0] from offset 2 to 5 were deleted"));
  EXPECT_THAT(said, HasSubstr("accept-gap --config FILE --topic " + topics_.events + " --partition 0 --from 2 --to 5"));
}

TEST_F(ConsumerTest, WhereTheRecordBeforeIsDeletedTooThatIsTheSameError) {
  Begin(1);
  kafka_.WriteNumbers(topics_.events, 0, 0, 10);
  kafka_.DeleteRecords(topics_.events, 0, 6);
  FetchSoon(consumer_.get(), PartitionId{0}, {{3, 0}}, {true, false});
  EXPECT_THAT(FatalOfPoll(), HasSubstr("records of " + topics_.events + " [0] from offset 3 to 5 were deleted"));
}

TEST_F(ConsumerTest, TheRecordBeforeComesFirstWhereItIsAskedFor) {
  Begin(1);
  kafka_.WriteNumbers(topics_.events, 0, 0, 10);
  kafka_.WriteNumbers(topics_.commands, 0, 0, 3);
  FetchSoon(consumer_.get(), PartitionId{0}, {{10, 1}}, {true, false});
  const auto records = PollUntil(consumer_.get(), &ears_, [](const auto& all) { return all.size() >= 3; });
  EXPECT_EQ(OffsetsOf(records, InputTopic::kEvents, 0), Range(9, 10));
  EXPECT_EQ(OffsetsOf(records, InputTopic::kCommands, 0), Range(1, 3));
}

TEST_F(ConsumerTest, WhereTheRecordBeforeIsDeletedTheReadingGoesOn) {
  Begin(1);
  kafka_.WriteNumbers(topics_.events, 0, 0, 10);
  kafka_.DeleteRecords(topics_.events, 0, 10);
  FetchSoon(consumer_.get(), PartitionId{0}, {{10, 0}}, {true, false});
  EXPECT_TRUE(PollFor(consumer_.get(), &ears_, milliseconds(1500)).empty());
  kafka_.WriteNumbers(topics_.events, 0, 10, 3);
  const auto records = PollUntil(consumer_.get(), &ears_, [](const auto& all) { return all.size() >= 3; });
  EXPECT_EQ(OffsetsOf(records, InputTopic::kEvents, 0), Range(10, 13));
}

TEST_F(ConsumerTest, ATopicThatEndsBeforeTheRecordBeforeIsAnother) {
  Begin(1);
  kafka_.WriteNumbers(topics_.events, 0, 0, 3);
  FetchSoon(consumer_.get(), PartitionId{0}, {{6, 0}}, {true, false});
  EXPECT_THAT(FatalOfPoll(), HasSubstr(topics_.events + " [0] ended before offset 5, up to which it was read: the topic"
                                                        " was deleted and created again"));
}

// At the offset before, the topic has only a record of an aborted transaction.
TEST_F(ConsumerTest, ATopicWithoutTheRecordBeforeIsAnother) {
  Begin(1);
  kafka_.WriteNumbers(topics_.events, 0, 0, 2);
  {
    TransactionByHand aborted(TestBroker(), topics_.events);
    aborted.Write(topics_.events, 0, "2", "aborted");
    aborted.Abort();
  }
  kafka_.WriteNumbers(topics_.events, 0, 4, 1);
  FetchSoon(consumer_.get(), PartitionId{0}, {{3, 0}}, {true, false});
  EXPECT_THAT(FatalOfPoll(), HasSubstr(topics_.events + " [0] has no record at offset 2, where one was read"));
}

TEST_F(ConsumerTest, CommittedOfAGroupThatHasNone) {
  Begin(2);
  EXPECT_FALSE(Must(consumer_->Committed(PartitionId{0})).has_value());
}

TEST(ConsumerOffsetsTest, CommittedForOneTopicOnly) {
  KafkaByHand kafka(TestBroker());
  const ConnectionOptions options = PlaceIn(TestBroker(), kafka.CreateTopics(2));
  kafka.CommitOffset(options.application, options.topics.events, 0, 5);
  kafka.CommitOffset(options.application, options.topics.events, 1, 5);
  kafka.CommitOffset(options.application, options.topics.commands, 1, 0);
  const auto connection = Connect(options);
  const auto consumer = Must(connection->MakeConsumer());
  const auto committed = consumer->Committed(PartitionId{0});
  ASSERT_FALSE(committed.ok());
  EXPECT_EQ(committed.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(committed.status().message(), HasSubstr("one of the input topics only"));
  EXPECT_EQ(Must(consumer->Committed(PartitionId{1})), (InputOffsets{{5, 0}}));
}

TEST_F(ConsumerTest, AnotherMemberTakesItsShare) {
  Begin(2);
  kafka_.WriteNumbers(topics_.events, 0, 0, 10);
  kafka_.WriteNumbers(topics_.events, 1, 0, 10);
  const auto fetch_all = [](InputConsumer* consumer, Ears* ears) {
    for (const PartitionId p : ears->assigned) FetchSoon(consumer, p, {});
  };
  fetch_all(consumer_.get(), &ears_);
  const auto second = Must(connection_->MakeConsumer());
  Ears second_ears;
  ears_.on_assigned = [&] { fetch_all(consumer_.get(), &ears_); };  // inside of Poll
  std::vector<StoredRecord> of_first;
  std::vector<StoredRecord> of_second;
  const auto deadline = MonotonicNow() + milliseconds(30'000);
  while ((second_ears.assigned.size() != 1 || ears_.assigned.size() != 1) && MonotonicNow() < deadline) {
    PollFor(consumer_.get(), &ears_, milliseconds(50));
    PollFor(second.get(), &second_ears, milliseconds(50));
  }
  EXPECT_THAT(ears_.heard, ElementsAre("assigned", "revoked", "assigned"));
  EXPECT_THAT(ears_.taken, ElementsAre(PartitionId{0}, PartitionId{1}));
  ASSERT_EQ(ears_.assigned.size(), 1U);
  ASSERT_EQ(second_ears.assigned.size(), 1U);
  EXPECT_NE(ears_.assigned, second_ears.assigned);

  // Each consumer returns its own records from its offsets on, and none of the other's.
  fetch_all(second.get(), &second_ears);
  ears_.on_assigned = nullptr;
  fetch_all(consumer_.get(), &ears_);
  const auto ten = [](const auto& all) { return all.size() >= 10; };
  of_first = PollUntil(consumer_.get(), &ears_, ten);
  of_second = PollUntil(second.get(), &second_ears, ten);
  EXPECT_EQ(OffsetsOf(of_first, InputTopic::kEvents, ears_.assigned[0].value), Range(0, 10));
  EXPECT_EQ(OffsetsOf(of_second, InputTopic::kEvents, second_ears.assigned[0].value), Range(0, 10));

  second->Close(&second_ears);
  EXPECT_THAT(second_ears.heard, ElementsAre("assigned", "revoked"));
  PollUntilAssigned(consumer_.get(), &ears_, 2);
}

TEST_F(ConsumerTest, WhoIsGivenNothingIsAMemberAndHearsNothing) {
  Begin(1);
  const auto second = Must(connection_->MakeConsumer());
  EXPECT_EQ(second->CurrentGroupMetadata()->generation(), -1);
  Ears second_ears;
  const auto generation_of = [](InputConsumer* consumer) { return consumer->CurrentGroupMetadata()->generation(); };
  const auto deadline = MonotonicNow() + milliseconds(30'000);
  while ((generation_of(second.get()) < 0 || generation_of(consumer_.get()) < 0) && MonotonicNow() < deadline) {
    PollFor(consumer_.get(), &ears_, milliseconds(50));
    PollFor(second.get(), &second_ears, milliseconds(50));
  }
  EXPECT_GE(generation_of(second.get()), 0);
  EXPECT_EQ(generation_of(second.get()), generation_of(consumer_.get()));
  EXPECT_EQ(ears_.assigned.size() + second_ears.assigned.size(), 1U);
  EXPECT_TRUE(ears_.assigned.empty() ? ears_.heard.back() == "revoked" : second_ears.heard.empty());
}

TEST_F(ConsumerTest, TwoWithOneInstanceId) {
  Begin(1, "worker-0");
  const auto second = Must(connection_->MakeConsumer());
  Ears second_ears;
  Status status;
  std::vector<InputRecord> records;
  const auto deadline = MonotonicNow() + milliseconds(30'000);
  while (status.ok() && MonotonicNow() < deadline) {
    PollFor(second.get(), &second_ears, milliseconds(50));
    status = consumer_->Poll(milliseconds(50), kMany, &ears_, &records);
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr("worker-0"));
  EXPECT_THAT(status.message(), HasSubstr("another process runs with the same instance id"));
  EXPECT_TRUE(consumer_->is_fenced());
  EXPECT_FALSE(second->is_fenced());
  EXPECT_EQ(consumer_->CurrentGroupMetadata()->generation(), -1);
  EXPECT_EQ(consumer_->Poll(milliseconds(50), kMany, &ears_, &records).message(), status.message()) << "it lasts";
  const std::optional<GroupMember> holder = Must(connection_->FindInstanceHolder());
  ASSERT_TRUE(holder.has_value());
  EXPECT_EQ(holder->client_id, options_.client_id);
  EXPECT_THAT(holder->host, HasSubstr("127.0.0.1"));
  options_.instance_id = "worker-1";
  EXPECT_EQ(Must(Connect(options_)->FindInstanceHolder()), std::nullopt);
}

// A member that comes back with its instance id keeps its partitions, and no others are moved.
TEST_F(ConsumerTest, AnInstanceThatComesBack) {
  Begin(1, "worker-0");
  consumer_->Close(&ears_);
  EXPECT_THAT(ears_.heard, ElementsAre("assigned", "revoked"));
  consumer_ = Must(connection_->MakeConsumer());
  const auto begin = MonotonicNow();
  PollUntilAssigned(consumer_.get(), &ears_, 1);
  EXPECT_LT(MonotonicNow() - begin, milliseconds(30'000)) << "it waited for its own session to end";
}

}  // namespace
}  // namespace leadpulse::kafka
