// The meaning of each broker response to a reader. librdkafka's mock gives the responses.
#include <thread>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "tests/kafka/answered_codes.h"
#include "tests/kafka/mock_kafka.h"

namespace leadpulse::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReadingErrorsTest : public testing::Test {
 protected:
  ReadingErrorsTest() : options_(kafka_.Place()) { options_.session_timeout = milliseconds(6'000); }

  void Join() {
    connection_ = Connect(options_);
    consumer_ = Must(connection_->MakeConsumer());
  }
  void JoinAndFetch() {
    Join();
    PollUntilAssigned(consumer_.get(), &ears_, 2);
    for (const PartitionId p : ears_.assigned) FetchSoon(consumer_.get(), p, {});
  }
  // Polls until the first fatal error, at most `timeout`.
  Status PollToTheEnd(milliseconds timeout = milliseconds(10'000)) {
    std::vector<InputRecord> records;
    Status status;
    const auto deadline = MonotonicNow() + timeout;
    while ((status.ok() || status.kind() != ErrorKind::kFatal) && MonotonicNow() < deadline) {
      status = consumer_->Poll(milliseconds(50), kMany, &ears_, &records);
    }
    return status;
  }

  MockKafka kafka_;
  ConnectionOptions options_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<InputConsumer> consumer_;
  Ears ears_;
};

void ExpectFatal(const Status& status, const std::string& part) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal) << status.message();
  EXPECT_THAT(status.message(), HasSubstr(part));
}

// Otherwise librdkafka 2.0.2 would look for the new leader only after five minutes.
TEST(LeaderErrorsTest, BoundsAreHadOfWhoeverLeads) {
  MockKafka kafka(2);
  const auto reader = Must(Connect(kafka.Place())->MakeChangelogReader());
  for (const int32_t leader : {1, 2, 1, 2}) {
    kafka.MakeLeader(kafka.names().lead_state, 0, leader);
    const Result<LogBounds> bounds = reader->Bounds(PartitionId{0});
    EXPECT_TRUE(bounds.ok()) << "with leader " << leader << ": " << bounds.status().message();
  }
}

// The offsets of a partition without a leader are unknown. It is assigned all the same, and the others continue.
TEST_F(ReadingErrorsTest, OnePartitionThatNobodyLeadsDoesNotHoldUpTheOthers) {
  kafka_.MakeLeader(kafka_.names().events, 1, -1);
  kafka_.MakeLeader(kafka_.names().lead_state, 1, -1);
  Join();
  const auto begin = MonotonicNow();
  PollUntilAssigned(consumer_.get(), &ears_, 2);
  FetchSoon(consumer_.get(), PartitionId{0}, {});
  EXPECT_TRUE(consumer_->Beginning(PartitionId{0}).ok());
  const auto reader = Must(connection_->MakeChangelogReader());
  EXPECT_TRUE(reader->Bounds(PartitionId{0}).ok());
  EXPECT_LT(MonotonicNow() - begin, milliseconds(10'000));
  // The call returns at once, without waiting for a leader.
  const std::vector<PartitionId> both{PartitionId{0}, PartitionId{1}};
  const auto asked = MonotonicNow();
  const Status bounds = reader->Bounds(both).status();
  EXPECT_LT(MonotonicNow() - asked, milliseconds(1'000));
  EXPECT_EQ(bounds.kind(), ErrorKind::kRetriable);
  EXPECT_THAT(bounds.message(), HasSubstr("ask for the offsets of " + kafka_.names().lead_state + " [1]"));
  kafka_.MakeLeader(kafka_.names().events, 1, 1);
  kafka_.MakeLeader(kafka_.names().lead_state, 1, 1);
  EXPECT_EQ(Must(reader->Bounds(both)).size(), 2U);
  FetchSoon(consumer_.get(), PartitionId{1}, {});
  EXPECT_THAT(ears_.heard, ElementsAre("assigned"));
}

TEST_F(ReadingErrorsTest, TheFirstOffsetsOfAllPartitionsAreAskedForAtOnce) {
  Join();
  PollUntilAssigned(consumer_.get(), &ears_, 2);
  FetchSoon(consumer_.get(), PartitionId{0}, {{5, 0}}, {true, false});
  kafka_.Answer(Request::kListOffsets,
                std::vector<rd_kafka_resp_err_t>(100, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  FetchSoon(consumer_.get(), PartitionId{1}, {{5, 5}}, {true, true});
  EXPECT_EQ(consumer_->FetchFrom(PartitionId{1}, {{5, 5}}, {true, true}).kind(), ErrorKind::kFatal)
      << "an answer is used once: the topic may have lost records since";
}

TEST_F(ReadingErrorsTest, WhereTheyAreNotToldTogetherEachIsAskedForByItself) {
  Join();
  PollUntilAssigned(consumer_.get(), &ears_, 2);
  kafka_.Answer(Request::kListOffsets, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  FetchSoon(consumer_.get(), PartitionId{0}, {{5, 0}}, {true, false});
  FetchSoon(consumer_.get(), PartitionId{1}, {{5, 5}}, {true, true});
}

// The leaders do not say where the partitions begin.
TEST_F(ReadingErrorsTest, PartitionsWhoseBeginningNobodySaysAreTakenOver) {
  kafka_.Answer(Request::kListOffsets,
                std::vector<rd_kafka_resp_err_t>(10'000, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION));
  Join();
  PollUntilAssigned(consumer_.get(), &ears_, 2);
  const Status beginning = consumer_->Beginning(PartitionId{0}).status();
  EXPECT_EQ(beginning.kind(), ErrorKind::kRetriable);
  EXPECT_THAT(beginning.message(), HasSubstr("ask for the offsets of"));
  kafka_.AnswerAsUsual(Request::kListOffsets);
  EXPECT_TRUE(consumer_->Beginning(PartitionId{0}).ok());
  EXPECT_THAT(ears_.heard, ElementsAre("assigned"));
  for (const PartitionId p : ears_.assigned) FetchSoon(consumer_.get(), p, {});
}

struct EndOfPolls {
  Request request;
  rd_kafka_resp_err_t code;
  const char* part;  // a part of the message
};
class EndOfPollsTest : public ReadingErrorsTest, public testing::WithParamInterface<EndOfPolls> {};

TEST_P(EndOfPollsTest, SaysWhatToDo) {
  const EndOfPolls& c = GetParam();
  options_.instance_id = "instance-1";
  // Several, because requests that a seek made outdated use up some.
  const std::vector<rd_kafka_resp_err_t> answers(8, c.code);
  if (c.request == Request::kJoinGroup) {
    kafka_.Answer(c.request, answers);
    Join();
  } else {
    JoinAndFetch();
    kafka_.Answer(c.request, answers);
  }
  ExpectFatal(PollToTheEnd(), c.part);
}

const EndOfPolls kEndsOfPolls[] = {
    {Request::kFetch, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "READ on the input"},
    {Request::kFetch, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, "was deleted and created again"},
    {Request::kHeartbeat, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "the same instance id"},
    {Request::kJoinGroup, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "READ on the consumer"},
    {Request::kJoinGroup, RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, "group.min.session"},
    {Request::kJoinGroup, RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, "group.max.size"},
    {Request::kJoinGroup, RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, "another program is in the consumer group"},
};
INSTANTIATE_TEST_SUITE_P(All, EndOfPollsTest, testing::ValuesIn(kEndsOfPolls),
                         [](const auto& which) { return std::string(rd_kafka_err2name(which.param.code)); });

// Records that are not wanted yet are not fetched: they would take the place of others.
TEST_F(ReadingErrorsTest, PausedPartitionsAreNotFetched) {
  JoinAndFetch();
  for (const PartitionId p : ears_.assigned) ASSERT_TRUE(consumer_->Pause(p).ok());
  PollFor(consumer_.get(), &ears_, milliseconds(500));
  const std::vector<rd_kafka_resp_err_t> answers(8, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  kafka_.Answer(Request::kFetch, answers);
  EXPECT_TRUE(PollToTheEnd(milliseconds(1'000)).ok());
  FetchSoon(consumer_.get(), PartitionId{0}, {});
  ExpectFatal(PollToTheEnd(), "READ on the input");
}

TEST_F(ReadingErrorsTest, AssignedPartitionsAreNotFetchedYet) {
  Join();
  PollUntilAssigned(consumer_.get(), &ears_, 2);
  PollFor(consumer_.get(), &ears_, milliseconds(500));
  const std::vector<rd_kafka_resp_err_t> answers(8, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  kafka_.Answer(Request::kFetch, answers);
  EXPECT_TRUE(PollToTheEnd(milliseconds(1'000)).ok());
  FetchSoon(consumer_.get(), PartitionId{0}, {});
  ExpectFatal(PollToTheEnd(), "READ on the input");
}

// Newer than the headers of librdkafka 2.0.2 (https://kafka.apache.org/protocol#protocol_error_codes).
constexpr auto kUnknownTopicId = static_cast<rd_kafka_resp_err_t>(100);
constexpr auto kInconsistentTopicId = static_cast<rd_kafka_resp_err_t>(103);

const rd_kafka_resp_err_t kOutlived[] = {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                         RD_KAFKA_RESP_ERR__TRANSPORT,
                                         RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                         RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                                         RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                                         RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                         RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                                         RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                                         RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
                                         RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
                                         RD_KAFKA_RESP_ERR_INVALID_MSG,
                                         kUnknownTopicId,
                                         kInconsistentTopicId};

TEST_F(ReadingErrorsTest, WhatAPollOutlives) {
  JoinAndFetch();
  for (const rd_kafka_resp_err_t code : kOutlived) {
    kafka_.Answer(Request::kFetch, {code, code});
    const Status status = PollToTheEnd(milliseconds(400));
    EXPECT_TRUE(status.ok() || status.kind() == ErrorKind::kRetriable) << status.message();
  }
  EXPECT_THAT(ears_.heard, ElementsAre("assigned"));
}

// A broker first gives each member an id (KIP-394).
TEST_F(ReadingErrorsTest, AMemberIsAskedToComeAgain) {
  kafka_.Answer(Request::kJoinGroup, {RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED});
  Join();
  PollUntilAssigned(consumer_.get(), &ears_, 2);
  EXPECT_THAT(ears_.heard, ElementsAre("assigned"));
}

std::string Bytes(GroupMetadata* metadata) {
  void* bytes = nullptr;
  size_t size = 0;
  rd_kafka_consumer_group_metadata_write(static_cast<RdkafkaGroupMetadata*>(metadata)->get(), &bytes, &size);
  std::string text(static_cast<const char*>(bytes), size);
  rd_kafka_mem_free(nullptr, bytes);
  return text;
}

// librdkafka forgets its group membership before the worker hears that it was lost. Commits until then must carry the
// old generation: one without a generation passes as that of an old client.
TEST_F(ReadingErrorsTest, ThePlaceInTheGroupIsThatOfTheAssignment) {
  for (const rd_kafka_resp_err_t code : {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID}) {
    SCOPED_TRACE(rd_kafka_err2name(code));
    ears_ = Ears();
    options_.application = UniqueName("group");
    Join();
    const std::string none = Bytes(consumer_->CurrentGroupMetadata().get());
    EXPECT_THAT(none, HasSubstr("leadpulse-not-a-member"));
    PollUntilAssigned(consumer_.get(), &ears_, 2);
    const std::string had = Bytes(consumer_->CurrentGroupMetadata().get());
    EXPECT_NE(had, none);
    kafka_.Answer(Request::kHeartbeat, {code});
    std::this_thread::sleep_for(milliseconds(4'000));  // a heartbeat every 2 s
    EXPECT_EQ(Bytes(consumer_->CurrentGroupMetadata().get()), had);
    std::string while_lost;
    ears_.on_taken = [&] { while_lost = Bytes(consumer_->CurrentGroupMetadata().get()); };
    PollUntil(consumer_.get(), &ears_, [&](const auto&) { return ears_.heard.size() >= 2; });
    EXPECT_EQ(Bytes(consumer_->CurrentGroupMetadata().get()), none);
    PollUntil(consumer_.get(), &ears_, [&](const auto&) { return ears_.heard.size() >= 3; });
    EXPECT_THAT(ears_.heard, ElementsAre("assigned", "lost", "assigned"));
    EXPECT_EQ(while_lost, had);
    EXPECT_NE(Bytes(consumer_->CurrentGroupMetadata().get()), had);
  }
}

const rd_kafka_resp_err_t kOffsetsComeLater[] = {RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                                 RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT};

TEST_F(ReadingErrorsTest, CommittedOffsets) {
  JoinAndFetch();
  EXPECT_FALSE(Must(consumer_->Committed(PartitionId{0})).has_value());
  for (const rd_kafka_resp_err_t code : kOffsetsComeLater) {
    kafka_.Answer(Request::kOffsetFetch, {code});
    const auto later = consumer_->Committed(PartitionId{0});
    EXPECT_TRUE(later.ok() || later.status().kind() == ErrorKind::kRetriable) << later.status().message();
  }
  kafka_.Answer(Request::kOffsetFetch, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
  ExpectFatal(consumer_->Committed(PartitionId{0}).status(), "READ on the consumer group");
}

TEST_F(ReadingErrorsTest, EndsAndBeginnings) {
  JoinAndFetch();
  kafka_.Answer(Request::kListOffsets, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  EXPECT_TRUE(consumer_->End(PartitionId{0}).ok());
  kafka_.Answer(Request::kListOffsets,
                std::vector<rd_kafka_resp_err_t>(4, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  ExpectFatal(consumer_->End(PartitionId{0}).status(), "READ on the input topics");
  const auto reader = Must(connection_->MakeChangelogReader());
  kafka_.Answer(Request::kListOffsets,
                std::vector<rd_kafka_resp_err_t>(4, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  ExpectFatal(reader->Bounds(PartitionId{0}).status(), kafka_.names().lead_state + " [0]");
}

TEST_F(ReadingErrorsTest, ATopicThatMayNotBeSeen) {
  kafka_.RefuseTopic(kafka_.names().lead_state, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  connection_ = Connect(options_);
  const auto consumer = connection_->MakeConsumer();
  ExpectFatal(consumer.status(), kafka_.names().lead_state);
  EXPECT_THAT(consumer.status().message(), HasSubstr("WRITE on the others"));
}

TEST_F(ReadingErrorsTest, AChangelogThatMayNotBeRead) {
  connection_ = Connect(options_);
  const auto reader = Must(connection_->MakeChangelogReader());
  ASSERT_TRUE(reader->Start(PartitionId{0}, 0).ok());
  kafka_.Answer(Request::kFetch, std::vector<rd_kafka_resp_err_t>(4, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  std::vector<ChangelogRecord> records;
  Status status;
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  while (status.ok() && MonotonicNow() < deadline) status = reader->Read(milliseconds(50), &records).status();
  ExpectFatal(status, kafka_.names().lead_state + " [0]");
}

TEST_F(ReadingErrorsTest, AChangelogThatCannotBeReadForAWhile) {
  connection_ = Connect(options_);
  const auto reader = Must(connection_->MakeChangelogReader());
  ASSERT_TRUE(reader->Start(PartitionId{0}, 0).ok());
  kafka_.Answer(Request::kFetch, std::vector<rd_kafka_resp_err_t>(1'000, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT));
  std::vector<ChangelogRecord> records;
  Status status;
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  while (status.ok() && MonotonicNow() < deadline) status = reader->Read(milliseconds(50), &records).status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kRetriable) << status.message();
  EXPECT_THAT(status.message(), HasSubstr(kafka_.names().lead_state + " [0]"));
}

// Each member tells the group which topics it reads, and gets only partitions of those.
TEST_F(ReadingErrorsTest, AnotherProgramInTheGroupStopsTheProcess) {
  const Handle other = MakeHandle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", options_.bootstrap_servers},
                                                      {"group.id", options_.application},
                                                      {"session.timeout.ms", "6000"},
                                                      {"heartbeat.interval.ms", "500"},
                                                      {"partition.assignment.strategy", "range"}});
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), kafka_.names().events.c_str(), RD_KAFKA_PARTITION_UA);
  ASSERT_EQ(rd_kafka_subscribe(other.get(), topics.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  Join();
  std::vector<InputRecord> records;
  Status status;
  const auto deadline = MonotonicNow() + milliseconds(120'000);
  while (status.ok() && MonotonicNow() < deadline) {
    const Message message(rd_kafka_consumer_poll(other.get(), 0));
    status = consumer_->Poll(milliseconds(20), kMany, &ears_, &records);
  }
  ExpectFatal(status, "of one input topic only");
  EXPECT_THAT(status.message(), HasSubstr("another program is in the group"));
  EXPECT_TRUE(ears_.assigned.empty());
}

// ---- the table ------------------------------------------------------------------------------------------------------

TEST(ErrorMeaningTest, WithoutWhatLibrdkafkaSays) {
  const auto kind = [](rd_kafka_resp_err_t code) {
    const TransactionErrorKind plain = ToTransactionError("do it", code, "").kind;
    const CallError unflagged(rd_kafka_error_new(code, "said"));
    EXPECT_EQ(ToTransactionError("do it", unflagged.get()).kind, plain) << rd_kafka_err2name(code);
    return plain;
  };
  EXPECT_EQ(kind(RD_KAFKA_RESP_ERR__TIMED_OUT), TransactionErrorKind::kRetriable);
  EXPECT_EQ(kind(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION), TransactionErrorKind::kAbortable);
  EXPECT_EQ(kind(RD_KAFKA_RESP_ERR__FENCED), TransactionErrorKind::kProducerLost);
  EXPECT_EQ(kind(RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED), TransactionErrorKind::kFatal);
  EXPECT_EQ(kind(RD_KAFKA_RESP_ERR_UNKNOWN), TransactionErrorKind::kProducerLost) << "refuse after doubt";
}

TEST(ErrorMeaningTest, ForReaders) {
  EXPECT_EQ(ToStatus("do it", RD_KAFKA_RESP_ERR__TRANSPORT, "").kind(), ErrorKind::kRetriable);
  EXPECT_EQ(ToStatus("do it", RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, "").kind(), ErrorKind::kRetriable);
  EXPECT_EQ(ToStatus("do it", RD_KAFKA_RESP_ERR_UNKNOWN, "").kind(), ErrorKind::kFatal);
  EXPECT_EQ(ToStatus("do it", RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, "said").message(), "could not do it: said");
  EXPECT_EQ(ToStatus("do it", RD_KAFKA_RESP_ERR__AUTHENTICATION, "said").message(),
            "could not do it: said; check kafka.security.sasl in the settings: mechanism, username and password, or "
            "the token");
}

// No broker answered the call; the texts are those of OpenSSL, librdkafka and Kafka 4.0.
TEST(ErrorMeaningTest, OfSilence) {
  const auto advice = [](rd_kafka_resp_err_t code, const std::string& said) {
    const ErrorMeaning meaning = MeaningOfSilence(code, said);
    return (meaning.kind == ErrorClass::kStop ? "stop: " : "wait: ") + std::string(meaning.advice);
  };
  EXPECT_THAT(advice(RD_KAFKA_RESP_ERR__TRANSPORT, "Connect to ipv4#127.0.0.1:1 failed: Connection refused"),
              testing::StartsWith("wait: see that brokers run at kafka.bootstrap_servers"));
  EXPECT_THAT(advice(RD_KAFKA_RESP_ERR_NO_ERROR, ""), testing::StartsWith("wait: "));
  EXPECT_THAT(advice(RD_KAFKA_RESP_ERR__TRANSPORT, "sslv3 alert bad certificate: SSL alert number 42 (after 1ms)"),
              testing::StartsWith("stop: the broker ends the connection"));
  EXPECT_THAT(advice(RD_KAFKA_RESP_ERR__SSL, "certificate verify failed"), HasSubstr("for the name by which"));
  EXPECT_THAT(advice(RD_KAFKA_RESP_ERR__AUTHENTICATION, "Authentication failed: Invalid username or password"),
              testing::StartsWith("stop: check kafka.security.sasl"));
  const std::string scram = "due to invalid credentials with SASL mechanism SCRAM-SHA-256";
  EXPECT_EQ(advice(RD_KAFKA_RESP_ERR__AUTHENTICATION, scram).find("older than 2.6.1") == std::string::npos,
            ScramWorksSinceKafka4());
}

}  // namespace

std::vector<rd_kafka_resp_err_t> CodesAnsweredToReaders() {
  std::vector<rd_kafka_resp_err_t> codes = {RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED};
  codes.insert(codes.end(), std::begin(kOutlived), std::end(kOutlived));
  codes.insert(codes.end(), std::begin(kOffsetsComeLater), std::end(kOffsetsComeLater));
  for (const EndOfPolls& each : kEndsOfPolls) codes.push_back(each.code);
  return codes;
}

}  // namespace leadpulse::kafka
