#include "processor/kafka/client/rdkafka_connection.h"

#include <cstdint>
#include <utility>

#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_consumer.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"

namespace leadpulse::kafka {
namespace {

class RdkafkaConnection : public Connection {
 public:
  explicit RdkafkaConnection(ConnectionOptions options) : options_(std::move(options)) {}
  Result<uint32_t> CountPartitions() override {
    LP_ASSIGN_OR_RETURN(const auto client, MakeAskingClient(options_));
    return CheckTopics(*client, options_.topics);
  }
  Result<std::unique_ptr<InputConsumer>> MakeConsumer() override { return RdkafkaConsumer::Make(options_); }
  Result<std::unique_ptr<TransactionalProducer>> MakeProducer() override { return kafka::MakeProducer(options_); }
  Result<std::unique_ptr<ChangelogReader>> MakeChangelogReader() override {
    LP_ASSIGN_OR_RETURN(auto reader, MakeReader(options_, options_.topics.lead_state));
    return std::unique_ptr<ChangelogReader>(std::move(reader));
  }
  Result<std::unique_ptr<DeltaReader>> MakeDeltaReader() override {
    return MakeReader(options_, options_.topics.lead_journal);
  }
  Result<std::unique_ptr<InputConsumer>> MakeOffsetReader(uint32_t partition_count) override {
    return RdkafkaConsumer::MakeOutside(options_, partition_count);
  }
  Result<std::unique_ptr<ChangelogReader>> MakeExchangeReader() override {
    LP_ASSIGN_OR_RETURN(auto reader, MakeReader(options_, options_.topics.exchange));
    return std::unique_ptr<ChangelogReader>(std::move(reader));
  }
  Result<std::optional<GroupMember>> FindInstanceHolder() override {
    LP_ASSIGN_OR_RETURN(const std::unique_ptr<Admin> admin, AdministerKafka(options_));
    return admin->FindInstance(options_.instance_id);
  }

 private:
  const ConnectionOptions options_;
};

Status CheckOptions(const ConnectionOptions& options) {
  const auto missing = [](const char* what) { return Status::Rejected(std::string("no ") + what + " is given"); };
  if (options.bootstrap_servers.empty()) return missing("address of a Kafka broker (`bootstrap_servers`)");
  if (options.application.empty()) return missing("name of the application");
  if (options.transactional_id.empty()) return missing("transactional id");
  return Status::Ok();
}

}  // namespace

const std::string& NameOf(const TopicNames& topics, InputTopic topic) {
  if (topic == InputTopic::kEvents) return topics.events;
  return topic == InputTopic::kCommands ? topics.commands : topics.exchange;
}

std::string RdkafkaVersion() { return rd_kafka_version_str(); }

bool ScramWorksSinceKafka4() {
  constexpr int kMended = 0x02060100;  // 2.6.1
  return rd_kafka_version() >= kMended;
}

Result<std::unique_ptr<Connection>> ConnectToKafka(ConnectionOptions options) {
  LP_RETURN_IF_ERROR(CheckOptions(options));
  LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_PRODUCER, ProducerSettings(options)));
  LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_CONSUMER, ConsumerSettings(options)));
  LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_CONSUMER, ChangelogSettings(options, true)));
  return std::unique_ptr<Connection>(std::make_unique<RdkafkaConnection>(std::move(options)));
}

Result<DeadLetterTopic> OpenDeadLetters(const ConnectionOptions& options) {
  LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_CONSUMER, ChangelogSettings(options, /*committed=*/true)));
  LP_ASSIGN_OR_RETURN(const auto client, MakeAskingClient(options));
  LP_ASSIGN_OR_RETURN(const uint32_t count, PartitionCount(*client, options.topics.dead_letters,
                                                           "give the Kafka user READ and DESCRIBE on that topic"));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<ChangelogReader> reader, MakeReader(options, options.topics.dead_letters));
  DeadLetterTopic topic{std::move(reader), {}};
  for (uint32_t i = 0; i < count; ++i) topic.partitions.push_back(PartitionId{i});
  return topic;
}

std::string GroupInstanceId(const std::string& application, const std::string& instance, size_t worker) {
  return application + "-" + instance + "-" + std::to_string(worker);
}

std::string TransactionalId(const std::string& application, const std::string& instance, size_t worker) {
  const std::string id = application + "-" + instance + "-" + std::to_string(worker);
  const bool is_ambiguous = (application + instance).find('-') != std::string::npos;
  return is_ambiguous ? id + "." + std::to_string(application.size()) : id;
}

}  // namespace leadpulse::kafka
