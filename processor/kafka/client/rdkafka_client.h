// librdkafka's handles with owners. Only rdkafka_*.cc use them.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

template <auto kDestroy>
struct DestroyWith {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyWith<rd_kafka_topic_partition_list_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, DestroyWith<rd_kafka_message_destroy>>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_t, DestroyWith<rd_kafka_queue_destroy>>;
using CallError = std::unique_ptr<rd_kafka_error_t, DestroyWith<rd_kafka_error_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, DestroyWith<rd_kafka_topic_destroy>>;

// Adds an entry to the list. Its offset is not set yet.
inline rd_kafka_topic_partition_t& AddPartition(const std::string& topic, PartitionId partition,
                                                const PartitionList& list) {
  return *rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int32_t>(partition.value));
}

// Returns a view of a message's key or value; nullopt for null, which is not the same as empty.
inline std::optional<std::string_view> BytesAt(const void* bytes, size_t size) {
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(bytes), size);
}

// Returns the record's timestamp in the topic; nullopt if it has none.
std::optional<Instant> TimeOf(const rd_kafka_message_t& message);
// Returns the text of a message that reports an error.
std::string ErrorText(const rd_kafka_message_t& message);

// Settings. A later one overrides an earlier one of the same name.
using Settings = std::vector<std::pair<std::string, std::string>>;
// The callbacks of a client. They run on the owner's thread while it polls, except OnRequestFailed.
class ClientListener {
 public:
  virtual ~ClientListener() = default;
  virtual void OnDelivery(const rd_kafka_message_t& /*message*/) {}
  virtual void OnRebalance(rd_kafka_resp_err_t /*what*/, rd_kafka_topic_partition_list_t* /*partitions*/) {}
  // Reports that a connection failed. librdkafka reports the same error of a broker only once in 30 s, so this does not
  // show which requests were lost; OnRequestFailed does.
  virtual void OnBrokerError(rd_kafka_resp_err_t /*code*/, const std::string& /*reason*/) {}
  // Reports that a request ended without the broker's response: it was lost, or is still in flight. Called by any
  // thread.
  virtual void OnRequestFailed(int16_t /*api_key*/, rd_kafka_resp_err_t /*code*/) {}
};

// The owner of one rd_kafka_t. Destroy its messages, queues and topics first.
class RdkafkaClient {
 public:
  // Whether librdkafka accepts the settings. Does not connect to the cluster.
  static Status Check(rd_kafka_type_t type, const Settings& settings);
  // Makes a client with these settings, which must have passed Check; it takes its log and its tokens from `options`.
  static Result<std::unique_ptr<RdkafkaClient>> Make(rd_kafka_type_t type, const Settings& settings,
                                                     const ConnectionOptions& options, ClientListener* listener);
  ~RdkafkaClient();
  RdkafkaClient(const RdkafkaClient&) = delete;
  RdkafkaClient& operator=(const RdkafkaClient&) = delete;

  rd_kafka_t* get() const { return handle_; }
  void Log(int level, const std::string& line) const {
    if (options_.log) options_.log(level, line);
  }
  // Returns the last connection error, for the message of a call that timed out; empty if there was none.
  // last_broker_error_code() returns its code.
  std::string last_broker_error() const { return last_broker_error_; }
  rd_kafka_resp_err_t last_broker_error_code() const { return last_broker_error_code_; }

 private:
  RdkafkaClient(const ConnectionOptions& options, ClientListener* listener) : options_(options), listener_(listener) {}
  static rd_kafka_resp_err_t WatchRequests(rd_kafka_t* handle, const rd_kafka_conf_t* settings, void* client,
                                           char* problem, size_t problem_size);
  void SetCallbacks(rd_kafka_type_t type, rd_kafka_conf_t* conf);
  // Gives librdkafka a token. If none can be had, librdkafka calls this again after ten seconds. Its background thread
  // calls this, so a token is renewed while the owner waits for a call.
  void RefreshToken(rd_kafka_t* handle);
  // Keeps an error of the connection for the message of a call that times out.
  void NoteBrokerError(rd_kafka_resp_err_t code, const char* reason);

  const ConnectionOptions options_;
  ClientListener* const listener_;
  rd_kafka_t* handle_ = nullptr;
  std::atomic<bool> may_have_token_later_ = false;  // the last one could not be had, for a reason that may pass
  std::string last_broker_error_;
  rd_kafka_resp_err_t last_broker_error_code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// The limit of one poll: a worker applies this many records within a few milliseconds.
inline constexpr size_t kMostMessages = 2048;
// Polls a consumer: waits up to `timeout` for the first message, then takes those that are there, up to `most` (> 0)
// and kMostMessages. Callbacks run inside, also between messages; the result includes the messages before a callback.
// rd_kafka_consume_batch_queue alone would wait until its array is full or the timeout is over.
std::vector<Message> TakeMessages(const RdkafkaClient& client, rd_kafka_queue_t* queue,
                                  std::chrono::milliseconds timeout, uint64_t most = kMostMessages);

int Milliseconds(std::chrono::milliseconds duration);
// Returns ` (the connection said: …)`, or an empty string.
std::string SaidByConnection(const RdkafkaClient& client);
// Returns a partition's name, such as `topic [3]`.
std::string PlaceName(const char* topic, int32_t partition);

// ---- The consumer's membership of its group, which the producer's commit sends ----

using GroupMetadataHandle = std::shared_ptr<const rd_kafka_consumer_group_metadata_t>;

class RdkafkaGroupMetadata : public GroupMetadata {
 public:
  explicit RdkafkaGroupMetadata(GroupMetadataHandle handle) : handle_(std::move(handle)) {}
  const rd_kafka_consumer_group_metadata_t* get() const { return handle_.get(); }
  int32_t generation() const override;

 private:
  GroupMetadataHandle handle_;
};

// Returns the current membership of `consumer`; NoPlaceInGroup if it is not a member.
GroupMetadataHandle PlaceInGroup(rd_kafka_t* consumer, const std::string& group);
// Returns a membership that no broker accepts. librdkafka's own metadata of a consumer that is not a member has
// generation -1. Brokers accept that, because clients older than KIP-447 send it.
GroupMetadataHandle NoPlaceInGroup(const std::string& group);

}  // namespace leadpulse::kafka
