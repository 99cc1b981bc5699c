// Topics that do not match, against a real broker.
#include "processor/kafka/client/rdkafka_client.h"
#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

using testing::HasSubstr;

Status ConsumerStatus(const ConnectionOptions& options) {
  const auto connection = Connect(options);
  return connection->MakeConsumer().status();
}

TEST(ConsumerTopicsTest, UnequalPartitionCounts) {
  KafkaByHand kafka(TestBroker());
  TopicNames three = kafka.CreateTopics(3);
  const TopicNames two = kafka.CreateTopics(2);
  for (std::string TopicNames::*topic :
       {&TopicNames::commands, &TopicNames::lead_state, &TopicNames::lead_journal, &TopicNames::lead_profiles}) {
    TopicNames names = three;
    names.*topic = two.*topic;
    const Status status = ConsumerStatus(PlaceIn(TestBroker(), names));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.kind(), ErrorKind::kFatal);
    EXPECT_THAT(status.message(), HasSubstr("have 3 and 2 partitions"));
    EXPECT_THAT(status.message(), HasSubstr(two.*topic));
  }
  three.status_changes = two.status_changes;
  EXPECT_TRUE(ConsumerStatus(PlaceIn(TestBroker(), three)).ok()) << "output topics may have any number of partitions";
}

// Brokers learn of a new topic after a while.
TEST(ConsumerTopicsTest, UnknownTopics) {
  KafkaByHand kafka(TestBroker());
  const TopicNames names = kafka.CreateTopics(1);
  for (std::string TopicNames::*topic :
       {&TopicNames::events, &TopicNames::commands, &TopicNames::status_changes, &TopicNames::segment_changes,
        &TopicNames::lead_state, &TopicNames::lead_journal, &TopicNames::lead_profiles, &TopicNames::dead_letters,
        &TopicNames::exchange}) {
    TopicNames wrong = names;
    wrong.*topic = UniqueName("nowhere");
    const Status status = ConsumerStatus(PlaceIn(TestBroker(), wrong));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.kind(), ErrorKind::kRetriable);
    EXPECT_THAT(status.message(), HasSubstr("the topic " + wrong.*topic + " does not exist"));
    EXPECT_THAT(status.message(), HasSubstr("else create it with `leadpulse topics create --config FILE`"));
  }
}

TEST(ConsumerTopicsTest, NoBroker) {
  ConnectionOptions options = PlaceIn("127.0.0.1:1", {});
  const auto begin = MonotonicNow();
  const Status status = ConsumerStatus(options);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kRetriable);
  EXPECT_THAT(status.message(), HasSubstr("Connection refused"));
  EXPECT_LT(MonotonicNow() - begin, milliseconds(20'000));
}

}  // namespace
}  // namespace leadpulse::kafka
