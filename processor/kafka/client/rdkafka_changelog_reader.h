// Reads changelog partitions side by side, over librdkafka. Inner to rdkafka_*.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

class RdkafkaChangelogReader : public ChangelogReader, private ClientListener {
 public:
  static Result<std::unique_ptr<ChangelogReader>> Make(const ConnectionOptions& options);

  Result<std::map<PartitionId, ChangelogBounds>> Bounds(const std::vector<PartitionId>& partitions) override;
  Status Start(PartitionId partition, int64_t from) override;
  Status Read(std::chrono::milliseconds timeout, ChangelogPiece* piece) override;
  void Stop(PartitionId partition) override;
  void Stop() override;

 private:
  explicit RdkafkaChangelogReader(const ConnectionOptions& options) : topic_(options.topics.lead_state) {}
  Status Connect(const ConnectionOptions& options);
  Status Assign();
  void SetPaused(bool paused, const std::set<PartitionId>& partitions);
  Status Take(const rd_kafka_message_t& message, std::vector<ChangelogRecord>* records);

  const std::string topic_;
  std::map<PartitionId, int64_t> positions_;  // of what is being read
  // What librdkafka reads is something else: it is told with the next read, of all partitions at once.
  bool must_assign_ = false;
  std::set<PartitionId> paused_;  // at librdkafka

  std::unique_ptr<Client> client_;
  // A client is told ends as it reads: one that reads committed records, where the first open transaction begins.
  std::unique_ptr<Client> uncommitted_client_;
  QueueHandle queue_;
  std::vector<Message> messages_;  // that the last records given out are views of
};

}  // namespace leadpulse::kafka
