// TransactionalProducer over librdkafka. Only client/ includes this.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

class RdkafkaProducer : public TransactionalProducer, private ClientListener {
 public:
  static Result<std::unique_ptr<TransactionalProducer>> Make(const ConnectionOptions& options);

  TransactionOutcome Init() override;
  TransactionOutcome Begin() override;
  TransactionOutcome Produce(OutputRecord record) override;
  TransactionOutcome SendOffsets(const std::map<PartitionId, InputOffsets>& offsets,
                                 const GroupMetadata& group) override;
  TransactionOutcome Commit() override;
  TransactionOutcome Abort() override;
  const std::map<PartitionId, int64_t>& changelog_positions() const override { return committed_positions_; }
  bool may_have_stray_requests() const override;

 private:
  explicit RdkafkaProducer(const ConnectionOptions& options) : options_(options) {}
  Status Connect();

  void OnDelivery(const rd_kafka_message_t& message) override;
  void OnBrokerError(rd_kafka_resp_err_t code, const std::string& reason) override;
  void OnRequestFailed(int16_t api_key, rd_kafka_resp_err_t code) override;

  // Repeats `call` while its error is retriable and `bound` is not over. `attempt` gets the remaining time.
  TransactionOutcome Attempt(const std::string& call, std::chrono::milliseconds bound,
                             const std::function<rd_kafka_error_t*(int timeout_ms)>& attempt);
  TransactionOutcome Flush();
  void AwaitReport();
  OutputTopic TopicOf(const rd_kafka_topic_t* topic) const;
  TransactionOutcome Refused(const OutputRecord& record, rd_kafka_resp_err_t code);

  const ConnectionOptions options_;
  std::map<PartitionId, int64_t> positions_;            // in the open transaction
  std::map<PartitionId, int64_t> committed_positions_;  // in the last committed one
  TransactionOutcome delivery_problem_;                 // the first in the open transaction
  std::vector<rd_kafka_vu_t> parts_;                    // the record that is being queued
  size_t unheard_ = 0;                                  // records queued since the last poll of librdkafka

  // Since Begin.
  bool slow_or_retried_ = false;
  std::atomic<bool> request_failed_{false};
  std::atomic<bool> end_request_failed_{false};

  std::unique_ptr<Client> client_;
  std::array<TopicHandle, kOutputTopicCount> topics_;
};

}  // namespace leadpulse::kafka
