#include "processor/kafka/client/rdkafka_group_lag.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"
#include "processor/kafka/topic_range_reader.h"

namespace leadpulse::kafka {
namespace {

constexpr std::chrono::milliseconds kAskAgainAfter{100};
constexpr std::chrono::milliseconds kMarkerTimeout{1'000};

class RdkafkaGroupLag : public GroupLag, public ClientListener {
 public:
  explicit RdkafkaGroupLag(const ConnectionOptions& options) : options_(options) {}

  Status Connect() {
    // Records of open transactions count as lag.
    const Settings settings = ChangelogSettings(options_, /*committed=*/false);
    LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_CONSUMER, settings));
    LP_ASSIGN_OR_RETURN(client_, RdkafkaClient::Make(RD_KAFKA_CONSUMER, settings, options_, this));
    rd_kafka_poll_set_consumer(client_->get());
    return Status::Ok();
  }

  Result<uint64_t> Ask(uint64_t enough) override {
    std::map<TopicPlace, PlaceRange> unread;
    for (const engine::InputTopic topic : {engine::InputTopic::kEvents, engine::InputTopic::kCommands}) {
      LP_RETURN_IF_ERROR(AddUnread(topic, &unread));
    }
    uint64_t lag = 0;
    for (const auto& [place, range] : unread) lag += static_cast<uint64_t>(range.until - range.from);
    if (lag <= enough) return lag;
    if (log_ == nullptr) {
      LP_ASSIGN_OR_RETURN(log_, OpenTopicLog(options_));
    }
    return CountUnread(std::move(unread), kMarkerTimeout, log_.get());
  }

  Result<bool> HasPassed(TopicPlace place, int64_t offset) override {
    const std::string& topic = NameOf(place.topic);
    const PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int32_t>(place.partition.value));
    LP_RETURN_IF_ERROR(AskCommitted(topic, list.get()));
    return list->elems[0].offset > offset;  // without a commit the offset is negative
  }

 private:
  const std::string& NameOf(engine::InputTopic topic) const {
    return topic == engine::InputTopic::kEvents ? options_.topics.events : options_.topics.commands;
  }

  // Sets the committed offsets in `list`, all of one topic. Asks again while the group's coordinator moves.
  Status AskCommitted(const std::string& topic, rd_kafka_topic_partition_list_t* list) {
    const auto deadline = MonotonicNow() + kAnswerTimeout;
    while (true) {
      Status asked = AskCommittedOnce(topic, list);
      if (asked.ok() || asked.kind() != ErrorKind::kRetriable || MonotonicNow() >= deadline) return asked;
      std::this_thread::sleep_for(kAskAgainAfter);
    }
  }

  Status AskCommittedOnce(const std::string& topic, rd_kafka_topic_partition_list_t* list) {
    const std::string call = "ask for the offsets that " + options_.application + " has committed of " + topic;
    const rd_kafka_resp_err_t code = rd_kafka_committed(client_->get(), list, Milliseconds(kAnswerTimeout));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return NoAnswer(*client_, call, code);
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_resp_err_t err = list->elems[i].err;
      if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(call, err, rd_kafka_err2str(err));
    }
    return Status::Ok();
  }

  // Adds the offsets of each partition after the group's committed one.
  Status AddUnread(engine::InputTopic topic, std::map<TopicPlace, PlaceRange>* unread) {
    const std::string& name = NameOf(topic);
    LP_ASSIGN_OR_RETURN(const uint32_t partitions, PartitionCount(*client_, name));
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
    for (uint32_t i = 0; i < partitions; ++i) {
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), static_cast<int32_t>(i));
    }
    LP_RETURN_IF_ERROR(AskCommitted(name, list.get()));
    for (uint32_t i = 0; i < partitions; ++i) {
      const rd_kafka_topic_partition_t& committed = list->elems[i];
      LP_ASSIGN_OR_RETURN(const LogBounds marks, QueryWatermarks(*client_, name, committed.partition));
      // Records below the low watermark are deleted; without a commit the offset is negative.
      const int64_t next = std::max(committed.offset, marks.begin);
      if (next < marks.end) (*unread)[{topic, PartitionId{i}}] = {next, marks.end};
    }
    return Status::Ok();
  }

  const ConnectionOptions options_;
  std::unique_ptr<RdkafkaClient> client_;
  std::unique_ptr<TopicLog> log_;  // null until it is needed
};

}  // namespace

Result<std::unique_ptr<GroupLag>> WatchGroupLag(const ConnectionOptions& options) {
  auto lag = std::make_unique<RdkafkaGroupLag>(options);
  LP_RETURN_IF_ERROR(lag->Connect());
  return std::unique_ptr<GroupLag>(std::move(lag));
}

}  // namespace leadpulse::kafka
