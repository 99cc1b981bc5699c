// The meaning of each broker response to clients that read or describe topics without a group: readers of the
// definitions topic and of the input topics for copies, and requests for settings. librdkafka's mock gives the
// responses.
#include <thread>

#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_definitions_topic.h"
#include "tests/kafka/mock_kafka.h"

namespace leadpulse::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kDefinitions = "lead.definitions";
constexpr TopicPlace kPlace{InputTopic::kEvents, PartitionId{0}};

void Expect(const Status& status, ErrorKind kind, const std::string& part) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), kind) << status.message();
  EXPECT_THAT(status.message(), HasSubstr(part));
}

class TopicErrorsTest : public testing::Test {
 protected:
  TopicErrorsTest() { kafka_.CreateTopic(kDefinitions, 1); }

  // Prepares more responses than librdkafka asks for during a test.
  void AnswerAlways(Request request, rd_kafka_resp_err_t code) {
    kafka_.Answer(request, std::vector<rd_kafka_resp_err_t>(1'000, code));
  }

  MockKafka kafka_;
};

// ---- definitions ----------------------------------------------------------------------------------------------------

class DefinitionsErrorsTest : public TopicErrorsTest {
 protected:
  Result<int64_t> Publish(const std::string& text) {
    return PublishDefinitions(options_, kDefinitions, text, clock_.Now());
  }
  Status ReadToEnd(DefinitionsTopic* topic, milliseconds bound) {
    return topic->ReadToEnd(bound, stop_, [this](const PublishedDefinitions& one) { texts_.push_back(*one.text); });
  }

  ConnectionOptions options_ = kafka_.Place();
  const SystemClock clock_;
  std::atomic<bool> stop_{false};
  std::vector<std::string> texts_;
};

TEST_F(DefinitionsErrorsTest, ATopicOfSeveralPartitionsIsNotTaken) {
  kafka_.CreateTopic("three.definitions", 3);
  Expect(OpenDefinitionsTopic(options_, "three.definitions", &clock_).status(), ErrorKind::kFatal,
         "the topic three.definitions has 3 partitions; definitions need one");
}

TEST_F(DefinitionsErrorsTest, AnEndThatIsNotReachedInTimeIsReachedLater) {
  EXPECT_EQ(Must(Publish("one")), 0);
  EXPECT_EQ(Must(Publish("two")), 1);
  const auto topic = Must(OpenDefinitionsTopic(options_, kDefinitions, &clock_));
  AnswerAlways(Request::kFetch, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  const auto read_for_a_while = [&] { return ReadToEnd(topic.get(), milliseconds(500)); };
  Status late = read_for_a_while();
  // Repeated until the client reports the cause.
  for (int tries = 0; tries < 40 && !late.ok() && late.message().find("timed out") == std::string::npos; ++tries) {
    late = read_for_a_while();
  }
  Expect(late, ErrorKind::kRetriable, "could not read lead.definitions to its end: it is at offset 0 of 2; could not ");
  EXPECT_THAT(late.message(), HasSubstr("Request timed out"));
  stop_ = true;
  Expect(ReadToEnd(topic.get(), milliseconds(10'000)), ErrorKind::kRetriable, "stopped while reading");
  stop_ = false;
  kafka_.AnswerAsUsual(Request::kFetch);
  const Status read = ReadToEnd(topic.get(), milliseconds(10'000));
  EXPECT_TRUE(read.ok()) << read.message();
  EXPECT_THAT(texts_, ElementsAre("one", "two"));
}

// A problem is logged once, and then the brokers are left alone for a while.
TEST_F(DefinitionsErrorsTest, AfterARefusalTheNextAttemptWaits) {
  const auto topic = Must(OpenDefinitionsTopic(options_, kDefinitions, &clock_));
  ASSERT_TRUE(ReadToEnd(topic.get(), milliseconds(10'000)).ok());
  const auto read_more = [&] { return topic->ReadMore([](const PublishedDefinitions&) {}); };
  Must(Publish("one"));  // otherwise the broker would make the reader wait
  AnswerAlways(Request::kFetch, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  Status refused;
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  while (refused.ok() && MonotonicNow() < deadline) refused = read_more();
  Expect(refused, ErrorKind::kFatal, "could not read lead.definitions [0]");
  AnswerAlways(Request::kListOffsets, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_TRUE(read_more().ok());
}

TEST_F(DefinitionsErrorsTest, WhatIsNotPublishedIsSaid) {
  kafka_.Answer(Request::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  Expect(Publish("text").status(), ErrorKind::kFatal, "could not publish definitions of 4 bytes to lead.definitions: ");
  options_.producer_settings = {{"message.max.bytes", "1000"}, {"message.timeout.ms", "500"}};
  Expect(Publish(std::string(2'000, 'x')).status(), ErrorKind::kFatal, "could not publish definitions of 2000 bytes");
  AnswerAlways(Request::kProduce, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  Expect(Publish("text").status(), ErrorKind::kRetriable, "it may be there all the same. Publish it again");
}

// ---- the input topics, copied ---------------------------------------------------------------------------------------

class TopicLogErrorsTest : public TopicErrorsTest {
 protected:
  // Reads up to the first error of this kind: answers to earlier requests may come before it.
  Status ReadUntil(ErrorKind kind) {
    LogPiece piece;
    Status status;
    const auto deadline = MonotonicNow() + milliseconds(10'000);
    while ((status.ok() || status.kind() != kind) && MonotonicNow() < deadline) {
      status = log_->Read(milliseconds(50), &piece);
    }
    return status;
  }

  const std::unique_ptr<TopicLog> log_ = Must(OpenTopicLog(kafka_.Place()));
};

TEST_F(TopicLogErrorsTest, WhereItStoodAtATime) {
  EXPECT_EQ(Must(log_->OffsetAt(kPlace, Instant{1'750'000'000'000})), std::nullopt);
  AnswerAlways(Request::kListOffsets, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  Expect(log_->OffsetAt(kPlace, Instant{1'750'000'000'000}).status(), ErrorKind::kFatal,
         "could not ask where " + log_->NameOf(kPlace) + " stood at 2025-06-15T15:06:40Z: ");
}

// The client says that the partition does not exist.
TEST_F(TopicLogErrorsTest, APartitionWithoutLeaderHasOneLater) {
  const std::string topic = kafka_.names().events;
  kafka_.MakeLeader(topic, 0, -1);
  ASSERT_TRUE(log_->Places().ok());
  Expect(log_->Bounds(kPlace).status(), ErrorKind::kRetriable, "Leader not available");
  Expect(log_->OffsetAt(kPlace, Instant{0}).status(), ErrorKind::kRetriable, "Leader not available");
  kafka_.MakeLeader(topic, 0, 1);
  EXPECT_TRUE(log_->Bounds(kPlace).ok());
  EXPECT_TRUE(log_->OffsetAt(kPlace, Instant{0}).ok());
}

TEST_F(TopicLogErrorsTest, APartitionThatComesBackLate) {
  kafka_.MakeLeader(kafka_.names().events, 0, -1);
  ASSERT_TRUE(log_->Places().ok());
  std::thread electing([&] {
    std::this_thread::sleep_for(milliseconds(2'500));
    kafka_.MakeLeader(kafka_.names().events, 0, 1);
  });
  const Result<LogBounds> bounds = log_->Bounds(kPlace);
  electing.join();
  EXPECT_TRUE(bounds.ok()) << bounds.status().message();
}

TEST_F(TopicLogErrorsTest, APartitionThatIsNotThere) {
  Expect(log_->Bounds({InputTopic::kEvents, PartitionId{7}}).status(), ErrorKind::kFatal, "Unknown partition");
}

TEST_F(TopicLogErrorsTest, WhatPassesAndWhatDoesNot) {
  ASSERT_TRUE(log_->Start({{kPlace, 0}}).ok());
  AnswerAlways(Request::kFetch, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  Expect(ReadUntil(ErrorKind::kRetriable), ErrorKind::kRetriable, "could not read " + log_->NameOf(kPlace) + ": ");
  kafka_.AnswerAsUsual(Request::kFetch);
  AnswerAlways(Request::kFetch, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  Expect(ReadUntil(ErrorKind::kFatal), ErrorKind::kFatal, "READ on the input topics");
}

// ---- settings -------------------------------------------------------------------------------------------------------

// The mock is such a broker.
TEST_F(TopicErrorsTest, ABrokerThatTellsNoSettings) {
  Expect(Must(AdministerKafka(kafka_.Place()))->BrokerSettings(1).status(), ErrorKind::kFatal,
         "broker 1: DescribeConfigs (KIP-133) not supported by broker");
}

}  // namespace
}  // namespace leadpulse::kafka
