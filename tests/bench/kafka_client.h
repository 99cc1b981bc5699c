// librdkafka's C interface for the programs of the Kafka benchmark, which share no code with the measured program. Any
// failure ends the program with a message.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leadpulse::bench {

// Time limit of a call to the brokers.
inline constexpr int kTimeoutMs = 30'000;

using KafkaSettings = std::vector<std::pair<std::string, std::string>>;

struct HandleDestroyer {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, HandleDestroyer>;

struct PartitionListDestroyer {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, PartitionListDestroyer>;

struct QueueDestroyer {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, QueueDestroyer>;

struct KafkaMessageDestroyer {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaMessageDestroyer>;

// Ends the program with 1.
[[noreturn]] void Die(const std::string& what);
void Check(rd_kafka_resp_err_t code, std::string_view what);
// Takes the error, which may be null.
void Check(rd_kafka_error_t* error, std::string_view what);

// Ends the program from the producer's poll or flush if a record is not delivered.
KafkaHandle MakeProducer(const std::string& servers, const KafkaSettings& settings);
// Makes a consumer whose events come by rd_kafka_consumer_poll or the consumer's queue only.
KafkaHandle MakeConsumer(const std::string& servers, const KafkaSettings& settings);

// Waits for a topic that was just created, which a broker may not know for a moment. Ends the program after ten
// seconds.
int32_t PartitionCount(rd_kafka_t* handle, const std::string& topic);
// Lists all partitions of the topics at one offset, such as RD_KAFKA_OFFSET_BEGINNING. Assigns them to no consumer.
PartitionList AllPartitions(rd_kafka_t* handle, const std::vector<std::string>& topics, int64_t offset);

inline std::string_view KeyOf(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key_len};
}
inline std::string_view ValueOf(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

// Returns the wall clock, which processes can compare. SteadyNanos returns a clock that never jumps.
int64_t WallNanos();
int64_t SteadyNanos();

}  // namespace leadpulse::bench
