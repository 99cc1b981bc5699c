// Accepted settings of librdkafka, and the settings of the clients.
#include "processor/kafka/client/rdkafka_settings.h"

#include <mutex>
#include <thread>

#include "config/settings_checks.h"
#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

using testing::HasSubstr;

ConnectionOptions Options() { return PlaceIn("127.0.0.1:1", {}); }

// Returns the value of the last setting of this name.
std::string ValueOf(const Settings& settings, const std::string& name) {
  std::string value = "(none)";
  for (const auto& [n, v] : settings) {
    if (n == name) value = v;
  }
  return value;
}

Status StatusOf(const ConnectionOptions& options) { return ConnectToKafka(options).status(); }

// Refused when the file is read, with its line, although the settings here would override it.
TEST(RdkafkaSettingsTest, WhatWouldBreakExactlyOnceIsRefused) {
  for (const char* name : {"enable.auto.commit",
                           "auto.commit.enable",
                           "auto.commit.interval.ms",
                           "enable.auto.offset.store",
                           "offset.store.method",
                           "isolation.level",
                           "auto.offset.reset",
                           "enable.partition.eof",
                           "partition.assignment.strategy",
                           "group.id",
                           "group.instance.id",
                           "transactional.id",
                           "transaction.timeout.ms",
                           "session.timeout.ms",
                           "bootstrap.servers",
                           "metadata.broker.list",
                           "client.id",
                           "enable.idempotence",
                           "acks",
                           "request.required.acks",
                           "retries",
                           "message.send.max.retries",
                           "max.in.flight",
                           "max.in.flight.requests.per.connection",
                           "partitioner",
                           "delivery.report.only.error",
                           "allow.auto.create.topics",
                           "enabled_events",
                           "log.queue",
                           "opaque"}) {
    EXPECT_TRUE(config::WhyClientSettingIsRefused(name).has_value()) << name;
  }
}

TEST(RdkafkaSettingsTest, WhatLibrdkafkaRefuses) {
  ConnectionOptions options = Options();
  options.producer_settings = {{"linger.mss", "3"}};
  EXPECT_THAT(StatusOf(options).message(), HasSubstr("`linger.mss`: No such configuration property"));
  options.producer_settings.clear();
  options.consumer_settings = {{"fetch.wait.max.ms", "soon"}};
  EXPECT_THAT(StatusOf(options).message(), HasSubstr("`fetch.wait.max.ms`: Invalid value"));
  options.consumer_settings.clear();
  options.producer_settings = {{"message.timeout.ms", "30000"}};  // records could arrive after their transaction
  EXPECT_THAT(StatusOf(options).message(), HasSubstr("transaction.timeout.ms"));
  options.producer_settings.clear();
  options.client_settings = {{"security.protocol", "sasl_plaintext"}, {"sasl.mechanism", "nothing"}};
  EXPECT_EQ(StatusOf(options).kind(), ErrorKind::kRejected);
}

TEST(RdkafkaSettingsTest, WhatIsMissing) {
  for (std::string ConnectionOptions::*part :
       {&ConnectionOptions::bootstrap_servers, &ConnectionOptions::application, &ConnectionOptions::transactional_id}) {
    ConnectionOptions options = Options();
    EXPECT_TRUE(StatusOf(options).ok());
    (options.*part).clear();
    EXPECT_THAT(StatusOf(options).message(), HasSubstr("no "));
  }
}

TEST(RdkafkaSettingsTest, OthersTopicsAreCompressedAsEveryClientReadsThem) {
  ConnectionOptions options = Options();
  EXPECT_EQ(ValueOf(ProducerSettings(options), "compression.type"), "gzip");
  for (size_t i = 0; i < kOutputTopicCount; ++i) {
    const auto topic = static_cast<OutputTopic>(i);
    const bool is_own =
        topic == OutputTopic::kLeadState || topic == OutputTopic::kLeadJournal || topic == OutputTopic::kExchange;
    EXPECT_EQ(ValueOf(TopicSettings(options, topic), "compression.codec"), is_own ? "lz4" : "(none)");
  }
  options.client_settings = {{"compression.codec", "none"}};
  EXPECT_EQ(ValueOf(ProducerSettings(options), "compression.type"), "(none)");
  EXPECT_EQ(ValueOf(TopicSettings(options, OutputTopic::kLeadState), "compression.codec"), "(none)");
}

TEST(RdkafkaSettingsTest, AUserOverridesDefaultsAndNothingElse) {
  ConnectionOptions options = Options();
  options.client_settings = {{"socket.keepalive.enable", "false"}, {"security.protocol", "ssl"}, {"linger.ms", "1"}};
  options.consumer_settings = {{"fetch.wait.max.ms", "7"}};
  options.producer_settings = {{"linger.ms", "50"}, {"compression.type", "zstd"}};
  const Settings producer = ProducerSettings(options);
  EXPECT_EQ(ValueOf(producer, "linger.ms"), "50");
  EXPECT_EQ(ValueOf(ProducerSettings(Options()), "linger.ms"), "200");
  EXPECT_EQ(ValueOf(producer, "compression.type"), "zstd");
  EXPECT_EQ(ValueOf(producer, "compression.level"), "(none)");
  EXPECT_EQ(ValueOf(producer, "security.protocol"), "ssl");
  EXPECT_EQ(ValueOf(producer, "fetch.wait.max.ms"), "(none)");
  for (const Settings& reader : {ConsumerSettings(options), ChangelogSettings(options, true)}) {
    EXPECT_EQ(ValueOf(reader, "fetch.wait.max.ms"), "7");
    EXPECT_EQ(ValueOf(reader, "security.protocol"), "ssl");
    EXPECT_EQ(ValueOf(reader, "socket.keepalive.enable"), "false");
    EXPECT_EQ(ValueOf(reader, "compression.type"), "(none)");
  }
}

// The README of processor/kafka says how these bounds limit the process.
TEST(RdkafkaSettingsTest, WhatWaitsInQueuesIsBounded) {
  ConnectionOptions options = Options();
  for (const Settings& client :
       {ProducerSettings(options), ConsumerSettings(options), ChangelogSettings(options, true)}) {
    EXPECT_EQ(ValueOf(client, "queued.max.messages.kbytes"), "(none)");
    EXPECT_EQ(ValueOf(client, "queue.buffering.max.kbytes"), "(none)");
  }
  options.most_fetched = 5 << 20;
  options.most_published = 20 << 20;
  for (const Settings& reader : {ConsumerSettings(options), ChangelogSettings(options, true)}) {
    EXPECT_EQ(ValueOf(reader, "queued.max.messages.kbytes"), "5120");
    EXPECT_EQ(ValueOf(reader, "fetch.max.bytes"), "1000000");  // librdkafka refuses less
  }
  EXPECT_EQ(ValueOf(ProducerSettings(options), "queue.buffering.max.kbytes"), "20480");
  EXPECT_TRUE(StatusOf(options).ok());
  options.consumer_settings = {{"queued.max.messages.kbytes", "1000"}};
  options.producer_settings = {{"queue.buffering.max.kbytes", "40000"}};
  EXPECT_EQ(ValueOf(ConsumerSettings(options), "queued.max.messages.kbytes"), "1000");
  options.most_fetched = 64 << 20;
  EXPECT_EQ(ValueOf(ConsumerSettings(options), "fetch.max.bytes"), "8388608");
  options.client_settings = {{"message.max.bytes", "10000000"}};
  EXPECT_EQ(ValueOf(ConsumerSettings(options), "fetch.max.bytes"), "(none)");
  EXPECT_TRUE(StatusOf(options).ok());
  EXPECT_EQ(ValueOf(ProducerSettings(options), "queue.buffering.max.kbytes"), "40000");
}

TEST(RdkafkaSettingsTest, WhatMustBe) {
  ConnectionOptions options = Options();
  options.instance_id = "worker-1";
  options.transaction_timeout = milliseconds(7'000);
  options.client_settings = {{"isolation.level", "read_uncommitted"},
                             {"enable.auto.commit", "true"},
                             {"acks", "1"},
                             {"enable.idempotence", "false"},
                             {"transactional.id", "another"},
                             {"group.id", "another"},
                             {"partitioner", "random"},
                             {"auto.offset.reset", "latest"}};
  const Settings consumer = ConsumerSettings(options);
  EXPECT_EQ(ValueOf(consumer, "enable.auto.commit"), "false");
  EXPECT_EQ(ValueOf(consumer, "enable.auto.offset.store"), "false");
  EXPECT_EQ(ValueOf(consumer, "isolation.level"), "read_committed");
  EXPECT_EQ(ValueOf(consumer, "auto.offset.reset"), "error");
  EXPECT_EQ(ValueOf(consumer, "partition.assignment.strategy"), "range");
  EXPECT_EQ(ValueOf(consumer, "group.id"), options.application);
  EXPECT_EQ(ValueOf(consumer, "group.instance.id"), "worker-1");
  EXPECT_EQ(ValueOf(consumer, "session.timeout.ms"), "45000");
  const Settings producer = ProducerSettings(options);
  EXPECT_EQ(ValueOf(producer, "enable.idempotence"), "true");
  EXPECT_EQ(ValueOf(producer, "acks"), "all");
  EXPECT_EQ(ValueOf(producer, "partitioner"), "murmur2_random");
  EXPECT_EQ(ValueOf(producer, "transactional.id"), options.transactional_id);
  EXPECT_EQ(ValueOf(producer, "transaction.timeout.ms"), "7000");
  EXPECT_EQ(ValueOf(ChangelogSettings(options, true), "isolation.level"), "read_committed");
  EXPECT_EQ(ValueOf(ChangelogSettings(options, false), "isolation.level"), "read_uncommitted");
  EXPECT_EQ(ValueOf(ChangelogSettings(options, true), "group.instance.id"), "(none)");
}

// A restore is not held up by the number of waiting records if their bytes are bounded.
TEST(RdkafkaSettingsTest, TheChangelogsQueueIsBoundedByItsBytes) {
  ConnectionOptions options = Options();
  EXPECT_EQ(ValueOf(ChangelogSettings(options, true), "queued.min.messages"), "(none)");
  options.most_fetched = 5 << 20;
  EXPECT_EQ(ValueOf(ChangelogSettings(options, true), "queued.min.messages"), "10000000");
  EXPECT_EQ(ValueOf(ConsumerSettings(options), "queued.min.messages"), "(none)");
  EXPECT_TRUE(StatusOf(options).ok());
  options.consumer_settings = {{"queued.min.messages", "1000"}};
  EXPECT_EQ(ValueOf(ChangelogSettings(options, true), "queued.min.messages"), "1000");
}

// Earlier versions are woken: ChangelogReaderTest.AFullQueueThatIsReadDoesNotWait.
TEST(RdkafkaSettingsTest, AFullQueueIsLookedAtAgainSoon) {
  const std::string wanted = rd_kafka_version() < kQueueBackoffSince ? "(none)" : "10";
  ConnectionOptions options = Options();
  options.most_fetched = 5 << 20;
  for (const Settings& client : {ConsumerSettings(options), ChangelogSettings(options, true)}) {
    EXPECT_EQ(ValueOf(client, "fetch.queue.backoff.ms"), wanted);
  }
}

// Without it a lost connection may hang a producer: TransactionErrorsTest.ALostRequestIsRememberedUntilTheNextBegin.
TEST(RdkafkaSettingsTest, BrokersAreNotForgottenWhereLibrdkafkaWould) {
  const std::string wanted = rd_kafka_version() < 0x020a0000 ? "(none)" : "none";
  const ConnectionOptions options = Options();
  for (const Settings& client :
       {ProducerSettings(options), ConsumerSettings(options), ChangelogSettings(options, true)}) {
    EXPECT_EQ(ValueOf(client, "metadata.recovery.strategy"), wanted);
  }
  EXPECT_TRUE(StatusOf(options).ok());
}

TEST(RdkafkaSettingsTest, LogLinesComeToTheCallback) {
  ConnectionOptions options = Options();
  std::mutex mutex;
  std::vector<std::string> lines;
  options.log = [&](int level, const std::string& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::to_string(level) + " " + line);
  };
  const auto connection = Connect(options);
  const auto producer = Must(connection->MakeProducer());
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  const auto refused = [&] {
    const std::lock_guard lock(mutex);
    return testing::Matches(testing::Contains(HasSubstr("3 FAIL: ")))(lines);
  };
  while (!refused() && MonotonicNow() < deadline) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_TRUE(refused()) << "nothing listens at port 1";
}

}  // namespace
}  // namespace leadpulse::kafka
