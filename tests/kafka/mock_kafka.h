// librdkafka's own mock of a cluster, with one or two brokers. Its responses can be errors, lost or late.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>
#include <vector>

#include "processor/kafka/client/rdkafka_client.h"
#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {

// Requests by their numbers in Kafka's protocol.
enum class Request : int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kInitProducerId = 22,
  kAddPartitionsToTxn = 24,
  kAddOffsetsToTxn = 25,
  kEndTxn = 26,
  kTxnOffsetCommit = 28,
};

class MockKafka {
 public:
  explicit MockKafka(int brokers = 1)
      : handle_(MakeHandle(RD_KAFKA_PRODUCER, {})), cluster_(rd_kafka_mock_cluster_new(handle_.get(), brokers)) {
    for (const std::string& name :
         {names_.events, names_.commands, names_.status_changes, names_.segment_changes, names_.lead_state,
          names_.lead_journal, names_.lead_profiles, names_.dead_letters, names_.exchange}) {
      CreateTopic(name, 2);
    }
  }

  void CreateTopic(const std::string& name, int partitions) {
    rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), partitions, 1);
  }

  // Sets the next responses to such requests. RD_KAFKA_RESP_ERR__TRANSPORT means no response: the connection is closed.
  void Answer(Request request, const std::vector<rd_kafka_resp_err_t>& codes) {
    rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<int16_t>(request), codes.size(), codes.data());
  }
  void AnswerAsUsual(Request request) {
    rd_kafka_mock_clear_request_errors(cluster_.get(), static_cast<int16_t>(request));
  }
  void AnswerLate(Request request, milliseconds delay) {
    rd_kafka_mock_broker_push_request_error_rtts(cluster_.get(), 1, static_cast<int16_t>(request), 1,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, Milliseconds(delay));
  }
  void RefuseTopic(const std::string& topic, rd_kafka_resp_err_t code) {
    rd_kafka_mock_topic_set_error(cluster_.get(), topic.c_str(), code);
  }

  // Makes the broker the partition's leader. -1 means no leader, as while the brokers that have the partition are down.
  void MakeLeader(const std::string& topic, int32_t partition, int32_t broker) {
    rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), partition, broker);
  }

  ConnectionOptions Place() const {
    ConnectionOptions options = PlaceIn(rd_kafka_mock_cluster_bootstraps(cluster_.get()), names_);
    options.transaction_timeout = milliseconds(4'000);
    return options;
  }
  const TopicNames& names() const { return names_; }

 private:
  const TopicNames names_;
  Handle handle_;
  std::unique_ptr<rd_kafka_mock_cluster_t, DestroyWith<rd_kafka_mock_cluster_destroy>> cluster_;
};

}  // namespace leadpulse::kafka
