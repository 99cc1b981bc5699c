// What the cluster says of Leadpulse's topics. Inner to rdkafka_*.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {

// What is to be said of a call that gave `code`. Where that says that nobody answered, the connection knows why: a
// refused login shows as a call that times out.
Status NoAnswer(const Client& client, const std::string& call, rd_kafka_resp_err_t code);

// The number of partitions that the input topics and the changelog have. Fatal where a topic is not there, or their
// numbers differ; retriable where the cluster does not answer.
Result<uint32_t> CheckTopics(const Client& client, const TopicNames& topics);

// Of one topic; the same errors. `rights`: the advice where the user may not ask for it; null: that of a live run.
Result<uint32_t> PartitionCount(const Client& client, const std::string& name, const char* rights = nullptr);

// The first offset there is, and the end: of committed records where `client` reads these only.
struct Watermarks {
  int64_t low = 0;
  int64_t high = 0;
};
Result<Watermarks> QueryWatermarks(const Client& client, const std::string& topic, int32_t partition);

enum class LogSide : uint8_t { kBeginning, kEnd };
// Sets `offset` of each partition of the list to its first offset or its end, by one request to each broker. Where that
// cannot be had (nobody leads the partition, or its leader does not answer), `err` of the partition says why.
void QueryOffsets(const Client& client, LogSide side, rd_kafka_topic_partition_list_t* partitions);
// What is to be said of a partition that was asked so.
Status OffsetProblem(const Client& client, const rd_kafka_topic_partition_t& asked);

// Of the first record of that time or later; nothing where there is none.
Result<std::optional<int64_t>> QueryOffsetAt(const Client& client, const std::string& topic, int32_t partition,
                                             Instant time);

// For one question to the brokers; the answer of one that is there takes milliseconds. Far below what the group allows
// between two polls.
inline constexpr std::chrono::milliseconds kAnswerPatience{5'000};

}  // namespace leadpulse::kafka
