#include "tests/kafka/kafka_by_hand.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>

#include "processor/base/assert.h"
#include "processor/base/clock.h"

namespace leadpulse::kafka {
namespace {

constexpr int kTimeoutMs = 20'000;

void MustWork(rd_kafka_error_t* error) {
  if (error == nullptr) return;
  ADD_FAILURE() << rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  LP_ASSERT(false);
}

void MustWork(rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  ADD_FAILURE() << rd_kafka_err2str(code);
  LP_ASSERT(false);
}

// The answer to an admin request.
class Answer {
 public:
  explicit Answer(rd_kafka_t* handle) : queue_(rd_kafka_queue_new(handle)) {}
  ~Answer() {
    if (event_ != nullptr) rd_kafka_event_destroy(event_);
    rd_kafka_queue_destroy(queue_);
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  rd_kafka_queue_t* queue() { return queue_; }
  rd_kafka_event_t* Wait() {
    event_ = rd_kafka_queue_poll(queue_, kTimeoutMs);
    LP_ASSERT(event_ != nullptr);
    MustWork(rd_kafka_event_error(event_));
    return event_;
  }

 private:
  rd_kafka_queue_t* queue_;
  rd_kafka_event_t* event_ = nullptr;
};

SeenRecord Seen(const rd_kafka_message_t& message) {
  SeenRecord seen{message.partition, message.offset, {}, {}, {}};
  if (message.key != nullptr) seen.key.assign(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr) seen.value.emplace(static_cast<const char*>(message.payload), message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return seen;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    seen.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  return seen;
}

void WriteOne(rd_kafka_t* producer, const std::string& topic, int32_t partition, const std::string& key,
              const std::optional<std::string>& value) {
  void* bytes = value ? const_cast<char*>(value->data()) : nullptr;
  const size_t size = value ? value->size() : 0;
  MustWork(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                             RD_KAFKA_V_VALUE(bytes, size), RD_KAFKA_V_END));
}

// Waits until no transaction is undecided, except one that stays open. The response to a commit comes a moment before
// its records are visible.
void WaitForControlRecords(rd_kafka_t* committed, rd_kafka_t* uncommitted, const std::string& topic,
                           int32_t partition) {
  const auto deadline = MonotonicNow() + std::chrono::seconds(1);
  int64_t low = 0;
  int64_t visible = 0;
  int64_t end = 0;
  do {
    MustWork(rd_kafka_query_watermark_offsets(uncommitted, topic.c_str(), partition, &low, &end, kTimeoutMs));
    MustWork(rd_kafka_query_watermark_offsets(committed, topic.c_str(), partition, &low, &visible, kTimeoutMs));
  } while (visible < end && MonotonicNow() < deadline);
}

}  // namespace

Handle MakeHandle(rd_kafka_type_t type, const std::map<std::string, std::string>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> problem{};
  for (const auto& [name, value] : settings) {
    const auto set = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), problem.data(), problem.size());
    LP_ASSERT(set == RD_KAFKA_CONF_OK);
  }
  Handle handle(rd_kafka_new(type, conf, problem.data(), problem.size()));
  LP_ASSERT(handle != nullptr);
  return handle;
}

KafkaByHand::KafkaByHand(std::string bootstrap_servers)
    : bootstrap_servers_(std::move(bootstrap_servers)),
      producer_(MakeHandle(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap_servers_}, {"linger.ms", "5"}})) {}

void KafkaByHand::CreateTopic(const std::string& name, int partitions,
                              const std::map<std::string, std::string>& settings) {
  std::array<char, 512> problem{};
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, problem.data(), problem.size());
  for (const auto& [setting, value] : settings) rd_kafka_NewTopic_set_config(topic, setting.c_str(), value.c_str());
  Answer answer(producer_.get());
  rd_kafka_CreateTopics(producer_.get(), &topic, 1, nullptr, answer.queue());
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.Wait()), &count);
  for (size_t i = 0; i < count; ++i) MustWork(rd_kafka_topic_result_error(results[i]));
  rd_kafka_NewTopic_destroy(topic);
  AwaitLeaders(name, partitions);
}

void KafkaByHand::AwaitLeaders(const std::string& name, int partitions) {
  const auto until = MonotonicNow() + std::chrono::milliseconds(kTimeoutMs);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer_.get(), name.c_str(), nullptr);
  for (int led = 0; led < partitions;) {
    ASSERT_LT(MonotonicNow(), until) << name << " gets no leaders";
    const struct rd_kafka_metadata* metadata = nullptr;
    MustWork(rd_kafka_metadata(producer_.get(), 0, topic, &metadata, kTimeoutMs));
    led = 0;
    for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) led += metadata->topics[0].partitions[i].leader >= 0;
    rd_kafka_metadata_destroy(metadata);
  }
  rd_kafka_topic_destroy(topic);
}

TopicNames KafkaByHand::CreateTopics(int partitions) {
  const std::string prefix = UniqueName("topics") + ".";
  TopicNames names;
  for (std::string* name :
       {&names.events, &names.commands, &names.status_changes, &names.segment_changes, &names.lead_state,
        &names.lead_journal, &names.lead_profiles, &names.dead_letters, &names.exchange}) {
    *name = prefix + *name;
    CreateTopic(*name, partitions);
  }
  return names;
}

void KafkaByHand::DeleteRecords(const std::string& topic, int32_t partition, int64_t before) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = before;
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list);
  Answer answer(producer_.get());
  rd_kafka_DeleteRecords(producer_.get(), &request, 1, nullptr, answer.queue());
  answer.Wait();
  rd_kafka_DeleteRecords_destroy(request);
  rd_kafka_topic_partition_list_destroy(list);
}

void KafkaByHand::CommitOffset(const std::string& group, const std::string& topic, int32_t partition, int64_t offset) {
  const Handle consumer =
      MakeHandle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap_servers_}, {"group.id", group}});
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
  MustWork(rd_kafka_commit(consumer.get(), list, 0));
  rd_kafka_topic_partition_list_destroy(list);
}

void KafkaByHand::WriteNumbers(const std::string& topic, int32_t partition, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    WriteOne(producer_.get(), topic, partition, std::to_string(i), std::to_string(i));
  }
  MustWork(rd_kafka_flush(producer_.get(), kTimeoutMs));
}

std::vector<SeenRecord> KafkaByHand::ReadCommitted(const std::string& topic, int partitions) {
  std::map<std::string, std::string> settings = {{"bootstrap.servers", bootstrap_servers_},
                                                 {"group.id", UniqueName("by-hand")},
                                                 {"isolation.level", "read_committed"},
                                                 {"enable.auto.commit", "false"},
                                                 {"enable.partition.eof", "true"}};
  const Handle consumer = MakeHandle(RD_KAFKA_CONSUMER, settings);
  settings["isolation.level"] = "read_uncommitted";
  const Handle uncommitted = MakeHandle(RD_KAFKA_CONSUMER, settings);
  std::vector<SeenRecord> seen;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    WaitForControlRecords(consumer.get(), uncommitted.get(), topic, partition);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = 0;
    MustWork(rd_kafka_assign(consumer.get(), list));
    rd_kafka_topic_partition_list_destroy(list);
    for (bool at_end = false; !at_end;) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), kTimeoutMs);
      LP_ASSERT(message != nullptr);
      at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
      if (!at_end) {
        MustWork(message->err);
        seen.push_back(Seen(*message));
      }
      rd_kafka_message_destroy(message);
    }
  }
  return seen;
}

TransactionByHand::TransactionByHand(const std::string& bootstrap_servers, const std::string& transactional_id)
    : producer_(MakeHandle(
          RD_KAFKA_PRODUCER,
          {{"bootstrap.servers", bootstrap_servers}, {"transactional.id", transactional_id}, {"linger.ms", "5"}})) {
  MustWork(rd_kafka_init_transactions(producer_.get(), kTimeoutMs));
  MustWork(rd_kafka_begin_transaction(producer_.get()));
}

void TransactionByHand::Write(const std::string& topic, int32_t partition, const std::string& key,
                              const std::optional<std::string>& value) {
  WriteOne(producer_.get(), topic, partition, key, value);
  MustWork(rd_kafka_flush(producer_.get(), kTimeoutMs));
}

void TransactionByHand::Commit() { MustWork(rd_kafka_commit_transaction(producer_.get(), kTimeoutMs)); }

void TransactionByHand::Abort() { MustWork(rd_kafka_abort_transaction(producer_.get(), kTimeoutMs)); }

std::string UniqueName(const std::string& what) {
  static std::atomic<int> next{0};
  return what + "-" + std::to_string(getpid()) + "-" + std::to_string(next++);
}

}  // namespace leadpulse::kafka
