// Requests to the cluster about topics. Only client/ includes this.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {

// Returns the error of a call that returned `code`. If it timed out, the last connection error says why: a refused
// login shows as a timeout.
Status NoAnswer(const RdkafkaClient& client, const std::string& call, rd_kafka_resp_err_t code);

// Makes a client outside the group, for the requests below. Rejected if librdkafka does not accept a setting.
Result<std::unique_ptr<RdkafkaClient>> MakeAskingClient(const ConnectionOptions& options);

// Returns the number of partitions of each topic that has leads. Fatal if the numbers differ; retriable if the cluster
// does not respond, or if a topic is missing, because brokers learn of a new one after a while.
Result<uint32_t> CheckTopics(const RdkafkaClient& client, const TopicNames& names);

// Returns the number of partitions of one topic. Fatal if it is missing; retriable if the cluster does not respond.
// `rights` is the advice if access is denied; null means that of a live run.
Result<uint32_t> PartitionCount(const RdkafkaClient& client, const std::string& name, const char* rights = nullptr);

// Returns a partition's first offset and its end. The end is that of committed records if `client` reads only these.
Result<LogBounds> QueryWatermarks(const RdkafkaClient& client, const std::string& topic, int32_t partition);

enum class LogSide : uint8_t { kBeginning, kEnd };
// Sets `offset` of each partition in the list to its first offset or its end, with one request to each broker. If that
// fails (the partition has no leader, or its leader does not respond), the partition's `err` says why.
void QueryOffsets(const RdkafkaClient& client, LogSide side, rd_kafka_topic_partition_list_t* partitions);
// Returns the error of a partition after QueryOffsets.
Status OffsetProblem(const RdkafkaClient& client, const rd_kafka_topic_partition_t& asked);

// Tells when a consumer's queue was full and is empty now. While it holds `queued.max.messages.kbytes`, librdkafka
// before 2.2 fetches nothing, and the broker's thread looks at it again only after a second, or when there is a request
// to send (rd_kafka_broker_consumer_serve). A restore empties it in a fifth of that. Later versions have a setting
// (fetch.queue.backoff.ms). One thread.
class FullQueue {
 public:
  explicit FullQueue(const ConnectionOptions& options);
  // Notes what was taken from the queue, and whether nothing is left. Returns whether to call WakeFetching.
  bool Took(std::span<const Message> messages, bool is_empty);

 private:
  const size_t full_bytes_;
  size_t taken_bytes_ = 0;  // since the queue was empty
};
// Sends a request to the leaders of these partitions, whose offsets it changes. Waits for a moment; a failure is no
// harm.
void WakeFetching(const RdkafkaClient& client, rd_kafka_topic_partition_list_t* partitions);

// Returns the offset of the first record at or after `time`; nullopt if none.
Result<std::optional<int64_t>> QueryOffsetAt(const RdkafkaClient& client, const std::string& topic, int32_t partition,
                                             Instant time);

// Timeout of one request to the brokers. A broker that is up responds within milliseconds. Far below the limit of the
// group between two polls.
inline constexpr std::chrono::milliseconds kAnswerTimeout{5'000};

}  // namespace leadpulse::kafka
