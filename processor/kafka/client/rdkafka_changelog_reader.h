// ChangelogReader over librdkafka. Only client/ includes this.
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
  std::map<PartitionId, int64_t> positions_;  // next offsets of the partitions that are read
  // The partitions have changed. The next read assigns all of them to librdkafka at once.
  bool must_assign_ = false;
  std::set<PartitionId> paused_;  // in librdkafka

  std::unique_ptr<Client> client_;
  // For ends that include open transactions: a client of committed records gets the begin of the first open one.
  std::unique_ptr<Client> uncommitted_client_;
  QueueHandle queue_;
  std::vector<Message> messages_;  // the records of the last read point into these
};

}  // namespace leadpulse::kafka
