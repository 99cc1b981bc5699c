#include "tests/bench/kafka_client.h"

#include <time.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace leadpulse::bench {
namespace {

// A broker may not know a topic for a moment after it was created.
constexpr int64_t kUnknownNanos = 10'000'000'000;

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  // An aborted transaction purges its records: that is no failure.
  if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) return;
  Check(message->err, "a record was not delivered");
}

KafkaHandle Make(rd_kafka_type_t type, const std::string& servers, const KafkaSettings& settings) {
  rd_kafka_conf_t* configuration = rd_kafka_conf_new();
  std::array<char, 512> error{};
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), error.data(), error.size()) != RD_KAFKA_CONF_OK) {
      Die(error.data());
    }
  };
  set("bootstrap.servers", servers);
  for (const auto& [name, value] : settings) set(name, value);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(configuration, OnDelivery);
  rd_kafka_t* handle = rd_kafka_new(type, configuration, error.data(), error.size());
  if (handle == nullptr) Die(error.data());
  return KafkaHandle(handle);
}

// Returns 0 if the broker does not know the topic.
int32_t KnownPartitions(rd_kafka_t* handle, const std::string& topic) {
  rd_kafka_topic_t* asked = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  Check(rd_kafka_metadata(handle, 0, asked, &metadata, kTimeoutMs), "the partitions of " + topic);
  const int32_t count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(asked);
  return count;
}

int64_t Nanos(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void Die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::_Exit(1);  // handles have threads, so do not run destructors
}

void Check(rd_kafka_resp_err_t code, std::string_view what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Die(std::string(what) + ": " + rd_kafka_err2str(code));
}

void Check(rd_kafka_error_t* error, std::string_view what) {
  if (error != nullptr) Die(std::string(what) + ": " + rd_kafka_error_string(error));
}

KafkaHandle MakeProducer(const std::string& servers, const KafkaSettings& settings) {
  return Make(RD_KAFKA_PRODUCER, servers, settings);
}

KafkaHandle MakeConsumer(const std::string& servers, const KafkaSettings& settings) {
  KafkaHandle handle = Make(RD_KAFKA_CONSUMER, servers, settings);
  rd_kafka_poll_set_consumer(handle.get());
  return handle;
}

int32_t PartitionCount(rd_kafka_t* handle, const std::string& topic) {
  int32_t count = KnownPartitions(handle, topic);
  for (const int64_t until = SteadyNanos() + kUnknownNanos; count == 0 && SteadyNanos() < until;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    count = KnownPartitions(handle, topic);
  }
  if (count == 0) Die("there is no topic " + topic);
  return count;
}

PartitionList AllPartitions(rd_kafka_t* handle, const std::vector<std::string>& topics, int64_t offset) {
  PartitionList list(rd_kafka_topic_partition_list_new(16));
  for (const std::string& topic : topics) {
    const int32_t count = PartitionCount(handle, topic);
    for (int32_t partition = 0; partition < count; ++partition) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
  }
  return list;
}

int64_t WallNanos() { return Nanos(CLOCK_REALTIME); }
int64_t SteadyNanos() { return Nanos(CLOCK_MONOTONIC); }

}  // namespace leadpulse::bench
