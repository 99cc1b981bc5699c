// TopicLog over librdkafka: OpenTopicLog of rdkafka_connection.h.
#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {
namespace {

void AddHeaders(const rd_kafka_message_t& message, LogRecord* record) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;  // it has none
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    record->headers.push_back({name, BytesAt(value, size)});
  }
}

class RdkafkaTopicLog : public TopicLog, private ClientListener {
 public:
  explicit RdkafkaTopicLog(const ConnectionOptions& options)
      : topics_{options.topics.events, options.topics.commands} {}
  Status Connect(const ConnectionOptions& options) {
    for (const bool committed : {true, false}) {
      const Settings settings = ChangelogSettings(options, committed);
      LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_CONSUMER, settings));
      LP_ASSIGN_OR_RETURN(std::unique_ptr<RdkafkaClient> client,
                          RdkafkaClient::Make(RD_KAFKA_CONSUMER, settings, options, this));
      (committed ? client_ : uncommitted_client_) = std::move(client);
    }
    rd_kafka_poll_set_consumer(client_->get());
    queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
    return Status::Ok();
  }

  Result<std::vector<TopicPlace>> Places() override {
    std::vector<TopicPlace> places;
    for (size_t topic = 0; topic < topics_.size(); ++topic) {
      // Ask both clients: a client that did not ask does not know added partitions, and its calls for them fail.
      LP_ASSIGN_OR_RETURN(const uint32_t count, PartitionCount(*client_, topics_[topic]));
      LP_ASSIGN_OR_RETURN(const uint32_t also, PartitionCount(*uncommitted_client_, topics_[topic]));
      for (uint32_t i = 0; i < std::min(count, also); ++i)
        places.push_back({static_cast<engine::InputTopic>(topic), PartitionId{i}});
    }
    return places;
  }

  Result<LogBounds> Bounds(TopicPlace place) override {
    return QueryWatermarks(*uncommitted_client_, TopicOf(place), NumberOf(place));
  }

  Result<std::optional<int64_t>> OffsetAt(TopicPlace place, Instant time) override {
    return QueryOffsetAt(*uncommitted_client_, TopicOf(place), NumberOf(place), time);
  }

  std::string NameOf(TopicPlace place) const override { return PlaceName(TopicOf(place).c_str(), NumberOf(place)); }
  Status Start(const std::map<TopicPlace, int64_t>& from) override {
    messages_.clear();
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(from.size())));
    for (const auto& [place, offset] : from) {
      LP_ASSERT(offset >= 0);
      AddPartition(TopicOf(place), place.partition, list).offset = offset;
    }
    const rd_kafka_resp_err_t code = rd_kafka_assign(client_->get(), from.empty() ? nullptr : list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus("read the input topics", code);
    positions_ = from;
    return Status::Ok();
  }

  Status Read(std::chrono::milliseconds timeout, LogPiece* piece) override {
    *piece = {};
    messages_.clear();
    messages_ = TakeMessages(*client_, queue_.get(), timeout);
    Status problem;
    for (const Message& message : messages_) {
      Status status = Take(*message, piece);
      if (status.ok()) continue;
      if (status.kind() == ErrorKind::kFatal) return status;
      problem = std::move(status);
    }
    // With records, the error can wait: librdkafka repeats it if it lasts.
    return piece->reached.empty() && piece->out_of_range.empty() ? problem : Status::Ok();
  }

 private:
  const std::string& TopicOf(TopicPlace place) const { return topics_[static_cast<size_t>(place.topic)]; }
  static int32_t NumberOf(TopicPlace place) { return static_cast<int32_t>(place.partition.value); }
  std::optional<TopicPlace> PlaceOf(const rd_kafka_message_t& message) const {
    if (message.rkt == nullptr) return std::nullopt;
    const auto topic = std::ranges::find(topics_, std::string_view(rd_kafka_topic_name(message.rkt)));
    if (topic == topics_.end()) return std::nullopt;
    const TopicPlace place{static_cast<engine::InputTopic>(topic - topics_.begin()),
                           PartitionId{static_cast<uint32_t>(message.partition)}};
    return positions_.contains(place) ? std::optional<TopicPlace>(place) : std::nullopt;
  }

  Status Take(const rd_kafka_message_t& message, LogPiece* piece) {
    const std::optional<TopicPlace> place = PlaceOf(message);
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return TakeError(message, place, piece);
    if (!place.has_value() || message.offset < positions_.at(*place)) return Status::Ok();
    positions_[*place] = piece->reached[*place] = message.offset + 1;
    LogRecord& record = piece->records.emplace_back();
    record.place = *place;
    record.offset = message.offset;
    record.time = TimeOf(message);
    record.key = BytesAt(message.key, message.key_len);
    record.value = BytesAt(message.payload, message.len);
    AddHeaders(message, &record);
    return Status::Ok();
  }

  Status TakeError(const rd_kafka_message_t& message, std::optional<TopicPlace> place, LogPiece* piece) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // The offset is after control records and aborted records, which are not messages.
      if (place && message.offset > positions_.at(*place)) {
        positions_[*place] = piece->reached[*place] = message.offset;
      }
      return Status::Ok();
    }
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && place) {
      piece->out_of_range.insert(*place);
      return Status::Ok();
    }
    // A broker's metadata may be old. librdkafka continues when it knows the topic again.
    if (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return Status::Retriable(ErrorText(message));
    return ToStatus("read " + (place ? NameOf(*place) : std::string("the input topics")), message.err,
                    ErrorText(message));
  }

  const std::array<std::string, engine::kRecordTopicCount> topics_;
  std::map<TopicPlace, int64_t> positions_;  // next offsets of the places that are read

  std::unique_ptr<RdkafkaClient> client_;
  // For ends that include open transactions: a client of committed records gets the begin of the first open one.
  std::unique_ptr<RdkafkaClient> uncommitted_client_;
  QueueHandle queue_;
  std::vector<Message> messages_;  // the records of the last read point into these
};

}  // namespace

Result<std::unique_ptr<TopicLog>> OpenTopicLog(const ConnectionOptions& options) {
  auto log = std::make_unique<RdkafkaTopicLog>(options);
  LP_RETURN_IF_ERROR(log->Connect(options));
  return std::unique_ptr<TopicLog>(std::move(log));
}

}  // namespace leadpulse::kafka
