#include "processor/kafka/client/rdkafka_group_lag.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"

namespace leadpulse::kafka {
namespace {

constexpr std::chrono::milliseconds kAskAgainAfter{100};

class RdkafkaGroupLag : public GroupLag, public ClientListener {
 public:
  explicit RdkafkaGroupLag(const ConnectionOptions& options) : options_(options) {}

  Status Connect() {
    // Records of open transactions count as lag.
    const Settings settings = ChangelogSettings(options_, /*committed=*/false);
    LP_RETURN_IF_ERROR(Client::Check(RD_KAFKA_CONSUMER, settings));
    LP_ASSIGN_OR_RETURN(client_, Client::Make(RD_KAFKA_CONSUMER, settings, options_.log, this));
    rd_kafka_poll_set_consumer(client_->get());
    return Status::Ok();
  }

  Result<uint64_t> Ask() override {
    uint64_t lag = 0;
    for (const std::string& topic : {options_.topics.events, options_.topics.commands}) {
      LP_ASSIGN_OR_RETURN(uint64_t of_topic, AskTopic(topic));
      lag += of_topic;
    }
    return lag;
  }

  Result<bool> HasPassed(TopicPlace place, int64_t offset) override {
    const bool events = place.topic == engine::InputTopic::kEvents;
    const std::string& topic = events ? options_.topics.events : options_.topics.commands;
    const PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int32_t>(place.partition.value));
    LP_RETURN_IF_ERROR(AskCommitted(topic, list.get()));
    return list->elems[0].offset > offset;  // without a commit the offset is negative
  }

 private:
  // Sets the committed offsets in `list`, all of one topic. Asks again while the group's coordinator moves.
  Status AskCommitted(const std::string& topic, rd_kafka_topic_partition_list_t* list) {
    const auto deadline = MonotonicNow() + kAnswerPatience;
    while (true) {
      Status asked = AskCommittedOnce(topic, list);
      if (asked.ok() || asked.kind() != ErrorKind::kRetriable || MonotonicNow() >= deadline) return asked;
      std::this_thread::sleep_for(kAskAgainAfter);
    }
  }

  Status AskCommittedOnce(const std::string& topic, rd_kafka_topic_partition_list_t* list) {
    const std::string call = "ask for the offsets that " + options_.application + " has committed of " + topic;
    const rd_kafka_resp_err_t code = rd_kafka_committed(client_->get(), list, Milliseconds(kAnswerPatience));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return NoAnswer(*client_, call, code);
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_resp_err_t err = list->elems[i].err;
      if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(call, err, rd_kafka_err2str(err));
    }
    return Status::Ok();
  }

  Result<uint64_t> AskTopic(const std::string& topic) {
    LP_ASSIGN_OR_RETURN(const uint32_t partitions, PartitionCount(*client_, topic));
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
    for (uint32_t i = 0; i < partitions; ++i) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int32_t>(i));
    }
    LP_RETURN_IF_ERROR(AskCommitted(topic, list.get()));
    uint64_t lag = 0;
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& committed = list->elems[i];
      LP_ASSIGN_OR_RETURN(const LogBounds marks, QueryWatermarks(*client_, topic, committed.partition));
      // Records below the low watermark are deleted; without a commit the offset is negative.
      lag += static_cast<uint64_t>(std::max<int64_t>(marks.high - std::max(committed.offset, marks.low), 0));
    }
    return lag;
  }

  const ConnectionOptions options_;
  std::unique_ptr<Client> client_;
};

}  // namespace

Result<std::unique_ptr<GroupLag>> WatchGroupLag(const ConnectionOptions& options) {
  auto lag = std::make_unique<RdkafkaGroupLag>(options);
  LP_RETURN_IF_ERROR(lag->Connect());
  return std::unique_ptr<GroupLag>(std::move(lag));
}

}  // namespace leadpulse::kafka
