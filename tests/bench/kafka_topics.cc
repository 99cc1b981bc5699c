#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/kafka_client.h"
#include "tests/bench/kafka_load.h"

namespace leadpulse::bench {
namespace {

struct EventDestroyer {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using KafkaEvent = std::unique_ptr<rd_kafka_event_t, EventDestroyer>;

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

rd_kafka_NewTopic_t* MakeTopic(const std::string& spec) {
  const std::vector<std::string> parts = Split(spec);
  const int partitions = parts.size() < 2 ? 0 : static_cast<int>(std::strtol(parts[1].c_str(), nullptr, 10));
  if (partitions < 1) Die("`" + spec + "` is not NAME:PARTITIONS[:SETTING=VALUE]");
  std::array<char, 512> error{};
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(parts[0].c_str(), partitions, 1, error.data(), error.size());
  if (topic == nullptr) Die(error.data());
  for (size_t i = 2; i < parts.size(); ++i) {
    const size_t equals = parts[i].find('=');
    if (equals == std::string::npos) Die("`" + parts[i] + "` is not SETTING=VALUE");
    Check(rd_kafka_NewTopic_set_config(topic, parts[i].substr(0, equals).c_str(), parts[i].substr(equals + 1).c_str()),
          parts[i]);
  }
  return topic;
}

void CheckResults(const rd_kafka_topic_result_t** results, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Check(rd_kafka_topic_result_error(results[i]), rd_kafka_topic_result_name(results[i]));
  }
}

KafkaEvent NextEvent(rd_kafka_queue_t* queue) {
  KafkaEvent event(rd_kafka_queue_poll(queue, kTimeoutMs));
  if (event == nullptr) Die("the cluster does not answer");
  Check(rd_kafka_event_error(event.get()), "topics");
  return event;
}

}  // namespace

void CreateTopics(const TopicsCommand& command) {
  const KafkaHandle handle = MakeProducer(command.servers, {});
  const KafkaQueue queue(rd_kafka_queue_new(handle.get()));
  std::vector<rd_kafka_NewTopic_t*> topics;
  for (const std::string& spec : command.specs) topics.push_back(MakeTopic(spec));
  rd_kafka_CreateTopics(handle.get(), topics.data(), topics.size(), nullptr, queue.get());
  rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
  const KafkaEvent event = NextEvent(queue.get());
  size_t count = 0;
  CheckResults(rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count), count);
}

void DeleteTopics(const TopicsCommand& command) {
  const KafkaHandle handle = MakeProducer(command.servers, {});
  const KafkaQueue queue(rd_kafka_queue_new(handle.get()));
  std::vector<rd_kafka_DeleteTopic_t*> topics;
  for (const std::string& name : command.specs) topics.push_back(rd_kafka_DeleteTopic_new(name.c_str()));
  rd_kafka_DeleteTopics(handle.get(), topics.data(), topics.size(), nullptr, queue.get());
  rd_kafka_DeleteTopic_destroy_array(topics.data(), topics.size());
  const KafkaEvent event = NextEvent(queue.get());
  size_t count = 0;
  CheckResults(rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count), count);
}

}  // namespace leadpulse::bench
