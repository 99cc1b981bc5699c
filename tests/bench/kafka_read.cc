#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/kafka_client.h"
#include "tests/bench/kafka_load.h"
#include "tests/bench/record_samples.h"

namespace leadpulse::bench {
namespace {

// How long librdkafka waits for a batch to fill.
constexpr int kBatchMs = 10;
constexpr int64_t kSilenceNanos = 30'000'000'000;
constexpr size_t kAtOnce = 1'000;
constexpr int64_t kMostSamples = 8'000;

struct Counted {
  uint64_t records = 0;
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
  uint64_t header_bytes = 0;
};

using Headers = std::vector<std::pair<std::string, std::string>>;
using TopicPartition = std::pair<std::string, int32_t>;

// Returns the offset behind the last record of each partition, committed or not. A reader of committed records sees an
// end before every transaction that has no marker yet, and the marker may come after the response to the commit.
std::map<TopicPartition, int64_t> EndsOf(const std::string& servers, rd_kafka_topic_partition_list_t* partitions) {
  const KafkaHandle handle =
      MakeConsumer(servers, {{"group.id", "kafka-load-ends"}, {"isolation.level", "read_uncommitted"}});
  std::map<TopicPartition, int64_t> ends;
  for (int i = 0; i < partitions->cnt; ++i) {
    const rd_kafka_topic_partition_t& of = partitions->elems[i];
    int64_t low = 0;
    int64_t high = 0;
    Check(rd_kafka_query_watermark_offsets(handle.get(), of.topic, of.partition, &low, &high, kTimeoutMs),
          "the ends of the topics");
    ends[{of.topic, of.partition}] = high;
  }
  return ends;
}

Headers HeadersOf(const rd_kafka_message_t& message) {
  Headers found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    found.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  return found;
}

class TopicReader {
 public:
  explicit TopicReader(const ReadCommand& command)
      : keep_(!command.samples.empty()),
        handle_(MakeConsumer(command.servers, {{"group.id", "kafka-load-read"},
                                               {"enable.auto.commit", "false"},
                                               {"isolation.level", "read_committed"},
                                               {"enable.partition.eof", "true"},
                                               {"fetch.wait.max.ms", "100"}})),
        partitions_(AllPartitions(handle_.get(), command.topics, RD_KAFKA_OFFSET_BEGINNING)),
        ends_(EndsOf(command.servers, partitions_.get())) {
    for (const std::string& topic : command.topics) counted_[topic] = {};
    int64_t all = 0;
    for (const auto& [partition, end] : ends_) all += end;
    if (keep_) every_ = std::max<int64_t>(1, all / kMostSamples);
  }

  void Read() {
    const KafkaQueue queue(rd_kafka_queue_get_consumer(handle_.get()));
    Check(rd_kafka_assign(handle_.get(), partitions_.get()), "assign");
    std::vector<rd_kafka_message_t*> messages(kAtOnce);
    int ended = 0;
    int64_t heard_at = SteadyNanos();
    while (ended < partitions_->cnt) {
      const ssize_t count = rd_kafka_consume_batch_queue(queue.get(), kBatchMs, messages.data(), messages.size());
      if (count > 0) heard_at = SteadyNanos();
      if (SteadyNanos() - heard_at > kSilenceNanos) Die("nothing came for long, and the topics have not ended");
      for (ssize_t i = 0; i < count; ++i) {
        const KafkaMessage message(messages[static_cast<size_t>(i)]);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
          if (IsEnd(*message)) ++ended;
          continue;
        }
        Check(message->err, "read");
        Count(*message);
      }
    }
  }

  const std::map<std::string, Counted, std::less<>>& counted() const { return counted_; }
  const std::vector<RecordSample>& samples() const { return samples_; }

 private:
  bool IsEnd(const rd_kafka_message_t& at) const {
    return at.offset >= ends_.at({rd_kafka_topic_name(at.rkt), at.partition});
  }

  void Count(const rd_kafka_message_t& message) {
    const char* topic = rd_kafka_topic_name(message.rkt);
    Counted& counted = counted_.find(topic)->second;
    ++counted.records;
    counted.key_bytes += message.key_len;
    counted.value_bytes += message.len;
    Headers headers = HeadersOf(message);
    for (const auto& [name, value] : headers) counted.header_bytes += name.size() + value.size();
    if (!keep_) return;
    // Takes the first record of each topic, so that rare ones have a sample, too.
    if (static_cast<int64_t>(counted.records - 1) % every_ != 0) return;
    RecordSample& sample = samples_.emplace_back(RecordSample{topic, std::nullopt, std::move(headers)});
    if (message.payload != nullptr) sample.value = ValueOf(message);
  }

  const bool keep_;
  const KafkaHandle handle_;
  const PartitionList partitions_;
  const std::map<TopicPartition, int64_t> ends_;
  int64_t every_ = 1;
  std::map<std::string, Counted, std::less<>> counted_;
  std::vector<RecordSample> samples_;
};

}  // namespace

void ReadTopics(const ReadCommand& command) {
  TopicReader reader(command);
  const int64_t began = SteadyNanos();
  reader.Read();
  const double seconds = static_cast<double>(SteadyNanos() - began) * 1e-9;
  std::printf("{\"seconds\": %.4f, \"topics\": {", seconds);
  const char* separator = "";
  for (const auto& [topic, counted] : reader.counted()) {
    std::printf("%s\"%s\": {\"records\": %lu, \"key_bytes\": %lu, \"value_bytes\": %lu, \"header_bytes\": %lu}",
                separator, topic.c_str(), static_cast<unsigned long>(counted.records),
                static_cast<unsigned long>(counted.key_bytes), static_cast<unsigned long>(counted.value_bytes),
                static_cast<unsigned long>(counted.header_bytes));
    separator = ", ";
  }
  std::printf("}}\n");
  if (!command.samples.empty()) WriteSamples(command.samples, reader.samples());
}

}  // namespace leadpulse::bench
