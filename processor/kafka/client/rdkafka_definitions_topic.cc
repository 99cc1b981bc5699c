#include "processor/kafka/client/rdkafka_definitions_topic.h"

#include <optional>
#include <utility>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAcknowledgementSlice{100};
constexpr milliseconds kAcknowledgementTimeout{30'000};

// Returns the cluster's id. Fails if the topic does not have exactly one partition.
Result<std::string> CheckTopic(const ConnectionOptions& options, const std::string& topic) {
  LP_ASSIGN_OR_RETURN(const auto client, MakeAskingClient(options));
  LP_ASSIGN_OR_RETURN(const uint32_t partitions, PartitionCount(*client, topic));
  if (partitions != 1) {
    return Status::Fatal("the topic " + topic + " has " + std::to_string(partitions) +
                         " partitions; definitions need one, for the last of them counts. Create it again with one,"
                         " compacted (cleanup.policy=compact)");
  }
  const std::unique_ptr<char, void (*)(void*)> id(rd_kafka_clusterid(client->get(), Milliseconds(kAnswerTimeout)),
                                                  [](void* text) { rd_kafka_mem_free(nullptr, text); });
  if (id == nullptr) return NoAnswer(*client, "ask for the cluster's id", RD_KAFKA_RESP_ERR__TIMED_OUT);
  return std::string(id.get());
}

// A listener that stores the delivery report of one record.
struct Acknowledgement : ClientListener {
  void OnDelivery(const rd_kafka_message_t& message) override {
    code = message.err;
    offset = message.offset;
  }

  std::optional<rd_kafka_resp_err_t> code;  // nullopt: it has not arrived
  int64_t offset = -1;
};

}  // namespace

Result<std::unique_ptr<DefinitionsTopic>> OpenDefinitionsTopic(const ConnectionOptions& options,
                                                               const std::string& topic, const Clock* clock) {
  LP_ASSIGN_OR_RETURN(std::string cluster_id, CheckTopic(options, topic));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<ChangelogReader> reader, MakeReader(options, topic));
  return std::make_unique<DefinitionsTopic>(std::move(cluster_id), topic, std::move(reader), clock);
}

Result<int64_t> PublishDefinitions(const ConnectionOptions& options, const std::string& topic, const std::string& text,
                                   Instant time) {
  Acknowledgement acknowledgement;
  LP_ASSIGN_OR_RETURN(const auto client,
                      RdkafkaClient::Make(RD_KAFKA_PRODUCER, PublisherSettings(options, kAcknowledgementTimeout),
                                          options, &acknowledgement));
  const std::string call = "publish definitions of " + std::to_string(text.size()) + " bytes to " + topic;
  const rd_kafka_resp_err_t code = rd_kafka_producev(
      client->get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(kPublishedDefinitionsKey.data(), kPublishedDefinitionsKey.size()),
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): it is copied
      RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()), RD_KAFKA_V_TIMESTAMP(time.millis), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(call, code);
  const auto deadline = MonotonicNow() + kAcknowledgementTimeout + kAcknowledgementSlice;
  while (!acknowledgement.code && MonotonicNow() < deadline) {
    rd_kafka_poll(client->get(), Milliseconds(kAcknowledgementSlice));
  }
  if (acknowledgement.code == RD_KAFKA_RESP_ERR_NO_ERROR) return acknowledgement.offset;
  if (acknowledgement.code.value_or(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) != RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) {
    return ToStatus(call, *acknowledgement.code);
  }
  return Status::Retriable("could not " + call + ": no acknowledgement within " +
                           std::to_string(kAcknowledgementTimeout.count() / 1000) + " s" + SaidByConnection(*client) +
                           "; it may be there all the same. Publish it again once the brokers answer");
}

}  // namespace leadpulse::kafka
