// Reads one changelog partition at a time, over librdkafka. Inner to rdkafka_*.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "processor/kafka/ports.h"
#include "processor/kafka/rdkafka_client.h"
#include "processor/kafka/rdkafka_connection.h"

namespace leadpulse::kafka {

class RdkafkaChangelogReader : public ChangelogReader, private ClientListener {
 public:
  static Result<std::unique_ptr<ChangelogReader>> Make(const ConnectionOptions& options);

  Result<ChangelogBounds> Bounds(PartitionId partition) override;
  Status Start(PartitionId partition, int64_t from) override;
  Result<int64_t> Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records) override;
  void Stop() override;

 private:
  explicit RdkafkaChangelogReader(const ConnectionOptions& options) : topic_(options.topics.lead_state) {}
  Status Connect(const ConnectionOptions& options);
  Status Take(const rd_kafka_message_t& message, std::vector<ChangelogRecord>* records);

  const std::string topic_;
  PartitionId partition_;
  int64_t position_ = 0;
  bool reading_ = false;

  std::unique_ptr<Client> client_;
  // A client is told ends as it reads: one that reads committed records, where the first open transaction begins.
  std::unique_ptr<Client> uncommitted_client_;
  QueueHandle queue_;
  std::vector<Message> messages_;  // that the last records given out are views of
};

}  // namespace leadpulse::kafka
