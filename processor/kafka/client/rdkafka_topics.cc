#include "processor/kafka/client/rdkafka_topics.h"

#include <algorithm>
#include <map>
#include <span>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/topic_table.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyWith<rd_kafka_metadata_destroy>>;

// A topic that was just created is not known to every broker at once.
constexpr milliseconds kCreationTimeout{1'500};
constexpr milliseconds kPause{100};
constexpr milliseconds kLookTimeout{1'000};
constexpr milliseconds kWakeTimeout{100};
// The default of queued.max.messages.kbytes.
constexpr size_t kUsualQueueBytes = size_t{64} << 20;

bool IsUnknown(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

// Asks again while leaders are being elected, and for a short time if a topic is missing. `ask` returns a code.
template <typename Ask>
rd_kafka_resp_err_t AskPatiently(const Ask& ask) {
  const auto begin = MonotonicNow();
  while (true) {
    const rd_kafka_resp_err_t code = ask();
    const bool unknown = IsUnknown(code);
    if (!unknown && MeaningOf(code).kind != ErrorClass::kTransient) return code;
    if (MonotonicNow() - begin > (unknown ? kCreationTimeout : kAnswerTimeout)) return code;
    std::this_thread::sleep_for(kPause);
  }
}

rd_kafka_resp_err_t AskAboutTopic(const RdkafkaClient& client, rd_kafka_topic_t* topic, milliseconds timeout,
                                  Metadata* metadata) {
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(client.get(), /*all_topics=*/0, topic, &answer, Milliseconds(timeout));
  metadata->reset(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  return answer->topic_cnt == 1 ? answer->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

// Finds a partition; null if the topic has no such partition.
const rd_kafka_metadata_partition_t* FindPartition(const rd_kafka_metadata_topic_t& topic, int32_t partition) {
  const std::span all(topic.partitions, static_cast<size_t>(topic.partition_cnt));
  const auto found = std::ranges::find(all, partition, &rd_kafka_metadata_partition_t::id);
  return found == all.end() ? nullptr : &*found;
}

// Refreshes the topic's metadata after a leader's response was an error, and returns the meaning of that error.
// librdkafka 2.0.2 keeps asking a broker that answers NOT_LEADER until its next refresh, up to five minutes later
// (topic.metadata.refresh.interval.ms). It also reports a partition as unknown if it had no leader at the last refresh
// (rd_kafka_topic_partition_list_get_leaders). If the partition exists, this error is transient.
rd_kafka_resp_err_t LookForLeader(const RdkafkaClient& client, const std::string& name, int32_t partition,
                                  rd_kafka_resp_err_t answer) {
  const TopicHandle topic(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
  Metadata metadata;
  if (topic == nullptr || AskAboutTopic(client, topic.get(), kLookTimeout, &metadata) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return answer;  // the caller decides whether to ask again
  }
  const bool passes =
      answer == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && FindPartition(metadata->topics[0], partition) != nullptr;
  return passes ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : answer;
}

// Asks the leader of a partition, like AskPatiently.
template <typename Ask>
rd_kafka_resp_err_t AskLeader(const RdkafkaClient& client, const std::string& topic, int32_t partition,
                              const Ask& ask) {
  return AskPatiently([&] {
    const rd_kafka_resp_err_t answer = ask();
    return answer == RD_KAFKA_RESP_ERR_NO_ERROR ? answer : LookForLeader(client, topic, partition, answer);
  });
}

// Sets `err` of each partition from the brokers' metadata: no error, no leader, or unknown. Without this check,
// librdkafka would wait for a missing leader until its timeout and hold up the whole list.
void NoteLeaders(const RdkafkaClient& client, rd_kafka_topic_partition_list_t* partitions) {
  struct Topic {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    Metadata metadata;
  };
  std::map<std::string, Topic> topics;
  for (int i = 0; i < partitions->cnt; ++i) {
    rd_kafka_topic_partition_t& partition = partitions->elems[i];
    const auto [topic, is_new] = topics.try_emplace(partition.topic);
    auto& [code, metadata] = topic->second;
    if (is_new) {
      const TopicHandle handle(rd_kafka_topic_new(client.get(), partition.topic, nullptr));
      code = handle == nullptr ? rd_kafka_last_error() : AskAboutTopic(client, handle.get(), kLookTimeout, &metadata);
    }
    partition.err = code;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const rd_kafka_metadata_partition_t* found = FindPartition(metadata->topics[0], partition.partition);
    if (found == nullptr) {
      partition.err = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    } else if (found->leader < 0) {
      partition.err = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    }
  }
}

// Sends one ListOffsets request to each leader of the partitions whose `err` is not set.
rd_kafka_resp_err_t AskLeaders(const RdkafkaClient& client, LogSide side, rd_kafka_topic_partition_list_t* partitions) {
  const PartitionList asked(rd_kafka_topic_partition_list_new(partitions->cnt));
  for (int i = 0; i < partitions->cnt; ++i) {
    const rd_kafka_topic_partition_t& partition = partitions->elems[i];
    if (partition.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    // ListOffsets of Kafka's protocol takes these two values as timestamps: the first and the next offset.
    rd_kafka_topic_partition_list_add(asked.get(), partition.topic, partition.partition)->offset =
        side == LogSide::kBeginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  }
  if (asked->cnt == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client.get(), asked.get(), Milliseconds(kAnswerTimeout));
  for (int i = 0; i < partitions->cnt; ++i) {
    rd_kafka_topic_partition_t& partition = partitions->elems[i];
    if (partition.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const auto* answer = rd_kafka_topic_partition_list_find(asked.get(), partition.topic, partition.partition);
    const bool answered = code == RD_KAFKA_RESP_ERR_NO_ERROR && answer->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    partition.err = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : answer->err;
    if (answered && answer->offset < 0) partition.err = RD_KAFKA_RESP_ERR__BAD_MSG;
    if (partition.err == RD_KAFKA_RESP_ERR_NO_ERROR) partition.offset = answer->offset;
  }
  return code;
}

}  // namespace

void QueryOffsets(const RdkafkaClient& client, LogSide side, rd_kafka_topic_partition_list_t* partitions) {
  AskPatiently([&] {
    NoteLeaders(client, partitions);
    const rd_kafka_resp_err_t code = AskLeaders(client, side, partitions);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
    // A broker may not know a new topic yet: asks again. Does not wait for a partition without a leader.
    const rd_kafka_topic_partition_t* begin = partitions->elems;
    const rd_kafka_topic_partition_t* end = begin + partitions->cnt;
    const auto* unknown = std::find_if(begin, end, [](const auto& partition) { return IsUnknown(partition.err); });
    return unknown == end ? RD_KAFKA_RESP_ERR_NO_ERROR : unknown->err;
  });
}

FullQueue::FullQueue(const ConnectionOptions& options)
    : full_bytes_(options.most_fetched == 0 ? kUsualQueueBytes : options.most_fetched) {}

bool FullQueue::Took(std::span<const Message> messages, bool is_empty) {
  for (const Message& message : messages) taken_bytes_ += message->len;
  if (!is_empty) return false;
  // Keys and the next response count in the queue, too: half of it may have stopped the fetch.
  return std::exchange(taken_bytes_, 0) >= full_bytes_ / 2 && rd_kafka_version() < kQueueBackoffSince;
}

void WakeFetching(const RdkafkaClient& client, rd_kafka_topic_partition_list_t* partitions) {
  const std::span all(partitions->elems, static_cast<size_t>(partitions->cnt));
  for (rd_kafka_topic_partition_t& partition : all) partition.offset = RD_KAFKA_OFFSET_END;
  rd_kafka_offsets_for_times(client.get(), partitions, Milliseconds(kWakeTimeout));
}

Status OffsetProblem(const RdkafkaClient& client, const rd_kafka_topic_partition_t& asked) {
  if (asked.err == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::Ok();
  return NoAnswer(client, "ask for the offsets of " + PlaceName(asked.topic, asked.partition), asked.err);
}

Result<std::unique_ptr<RdkafkaClient>> MakeAskingClient(const ConnectionOptions& options) {
  static ClientListener nobody;
  return RdkafkaClient::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options, /*committed=*/true), options, &nobody);
}

Status NoAnswer(const RdkafkaClient& client, const std::string& call, rd_kafka_resp_err_t code) {
  const bool answered = code > 0;  // by a broker; librdkafka's own codes are negative
  if (answered || MeaningOf(code).kind != ErrorClass::kTransient) return ToStatus(call, code);
  rd_kafka_poll(client.get(), 0);  // reports connection errors to the listener
  const ErrorMeaning why = MeaningOfSilence(client.last_broker_error_code(), client.last_broker_error());
  return ToStatus(call, why, rd_kafka_err2str(code) + SaidByConnection(client));
}

namespace {

// Returns the number of partitions, 0 if there is no such topic. Otherwise like PartitionCount.
Result<uint32_t> CountIfAny(const RdkafkaClient& client, const std::string& name, const char* rights) {
  const std::string call = "ask the brokers for the topic " + name;
  const TopicHandle topic(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
  if (topic == nullptr) return ToStatus(call, rd_kafka_last_error());
  Metadata metadata;
  const rd_kafka_resp_err_t code =
      AskPatiently([&] { return AskAboutTopic(client, topic.get(), kAnswerTimeout, &metadata); });
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && rights != nullptr) {
    return ToStatus(call, {ErrorClass::kStop, rights}, rd_kafka_err2str(code));
  }
  if (IsUnknown(code)) return 0U;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return NoAnswer(client, call, code);
  return static_cast<uint32_t>(metadata->topics[0].partition_cnt);
}

}  // namespace

Result<uint32_t> PartitionCount(const RdkafkaClient& client, const std::string& name, const char* rights) {
  LP_ASSIGN_OR_RETURN(const uint32_t count, CountIfAny(client, name, rights));
  if (count > 0) return count;
  return ToStatus("ask the brokers for the topic " + name, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

Result<uint32_t> CheckTopics(const RdkafkaClient& client, const TopicNames& names) {
  uint32_t expected = 0;
  for (const NamedTopic& topic : TopicsOfRun(names)) {
    LP_ASSIGN_OR_RETURN(const uint32_t count, CountIfAny(client, topic.name, nullptr));
    if (count == 0) {
      return Status::Retriable("the topic " + topic.name +
                               " does not exist. If this deployment has had it, restore it, for "
                               "an empty one does not replace it; else create it with `leadpulse topics create "
                               "--config FILE`. `leadpulse doctor` names all that is missing");
    }
    if (expected == 0) expected = count;
    if (HasLeads(topic.role) && count != expected) {
      return Status::Fatal("the topics " + names.events + " and " + topic.name + " have " + std::to_string(expected) +
                           " and " + std::to_string(count) +
                           " partitions; they need the same number, for a lead lives in one partition number of all. " +
                           kAfterPartitionsWereAdded + ". A topic that has never had a record may be created again");
    }
  }
  return expected;
}

Result<LogBounds> QueryWatermarks(const RdkafkaClient& client, const std::string& topic, int32_t partition) {
  LogBounds marks;
  const rd_kafka_resp_err_t code = AskLeader(client, topic, partition, [&] {
    return rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &marks.begin, &marks.end,
                                            Milliseconds(kAnswerTimeout));
  });
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return marks;
  return NoAnswer(client, "ask for the offsets of " + PlaceName(topic.c_str(), partition), code);
}

Result<std::optional<int64_t>> QueryOffsetAt(const RdkafkaClient& client, const std::string& topic, int32_t partition,
                                             Instant time) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* asked = rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  const rd_kafka_resp_err_t code = AskLeader(client, topic, partition, [&] {
    asked->offset = std::max<int64_t>(time.millis, 0);  // negative values have other meanings (beginning, end)
    const rd_kafka_resp_err_t answer =
        rd_kafka_offsets_for_times(client.get(), list.get(), Milliseconds(kAnswerTimeout));
    return answer == RD_KAFKA_RESP_ERR_NO_ERROR ? asked->err : answer;
  });
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return asked->offset < 0 ? std::optional<int64_t>() : std::optional<int64_t>(asked->offset);
  }
  return NoAnswer(client, "ask where " + PlaceName(topic.c_str(), partition) + " stood at " + FormatRfc3339(time),
                  code);
}

}  // namespace leadpulse::kafka
