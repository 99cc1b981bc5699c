// InputConsumer over librdkafka: rdkafka_consumer.cc reads, rdkafka_consumer_group.cc is a member of the group.
// Only client/ includes this.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_topics.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

class RdkafkaConsumer : public InputConsumer, private ClientListener {
 public:
  static Result<std::unique_ptr<InputConsumer>> Make(const ConnectionOptions& options);
  // Makes a consumer that joins no group (Connection::MakeOffsetReader).
  static Result<std::unique_ptr<InputConsumer>> MakeOutside(const ConnectionOptions& options, uint32_t partition_count);

  uint32_t partition_count() const override { return static_cast<uint32_t>(assigned_.size()); }
  Status Poll(std::chrono::milliseconds timeout, uint64_t most, RebalanceListener* listener,
              std::vector<InputRecord>* records) override;
  bool has_more() const override { return has_more_; }
  Status FetchFrom(PartitionId partition, const InputOffsets& offsets, const LookBack& look_back) override;
  Status Pause(PartitionId partition) override;
  Result<std::map<PartitionId, std::optional<InputOffsets>>> Committed(
      const std::vector<PartitionId>& partitions) override;
  Result<InputOffsets> Beginning(PartitionId partition) override { return Marks(partition, &LogBounds::begin); }
  // Returns the last stable offset, because the client reads only committed records and asks with the same isolation
  // level.
  Result<InputOffsets> End(PartitionId partition) override { return Marks(partition, &LogBounds::end); }
  InputOffsets LastHeardEnd(PartitionId partition) const override;
  std::unique_ptr<GroupMetadata> CurrentGroupMetadata() override {
    return std::make_unique<RdkafkaGroupMetadata>(place_in_group_);
  }
  bool is_fenced() const override { return !fenced_.ok(); }
  void Close(RebalanceListener* listener) override;

 private:
  // An assigned partition.
  struct Assigned {
    bool fetching = false;
    bool paused = true;                // in librdkafka
    std::optional<InputOffsets> next;  // where the next record that Poll returns is; nullopt before FetchFrom
    LookBack looks_back{};             // by topic: the next record is the one before the requested offset
    InputOffsets read_to;              // where the last fetch ended, behind markers of transactions
  };

  explicit RdkafkaConsumer(const ConnectionOptions& options);
  Status Join();
  Status Subscribe();
  std::vector<PartitionId> Fetched() const;
  PartitionList AllTopics(const std::vector<PartitionId>& partitions) const;
  Assigned& AssignedOf(PartitionId partition);
  // Finds a message's topic and assigned partition; null if it is not of one, or of no input topic.
  std::pair<InputTopic, Assigned*> AssignedOf(const rd_kafka_message_t& message);

  Status SortOut(std::vector<InputRecord>* records);
  Status Give(const rd_kafka_message_t& message, std::vector<InputRecord>* records);
  void NoteEnd(const rd_kafka_message_t& message);
  Status ErrorOf(const rd_kafka_message_t& message);
  Status OutOfRange(const rd_kafka_message_t& message, const std::string& said);
  Status FatalError();
  Status Seek(PartitionId partition, const InputOffsets& offsets);
  Status SetPaused(PartitionId partition, bool paused);
  Result<int64_t> FirstOffset(InputTopic topic, PartitionId partition);
  Result<InputOffsets> Marks(PartitionId partition, int64_t LogBounds::*mark);

  void OnRebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions) override;
  Status PlaceAtBeginning(rd_kafka_topic_partition_list_t* partitions) const;
  void TakeOver(rd_kafka_topic_partition_list_t* partitions);
  void GiveBack();
  Result<std::vector<PartitionId>> InAllTopics(const rd_kafka_topic_partition_list_t& given) const;

  const ConnectionOptions options_;
  std::vector<std::optional<Assigned>> assigned_;  // by partition; nullopt if it is not assigned
  GroupMetadataHandle place_in_group_;
  std::map<std::pair<InputTopic, PartitionId>, int64_t> first_offsets_;  // the last answer, without those used since
  std::chrono::steady_clock::time_point first_offsets_asked_;
  std::chrono::steady_clock::time_point asks_alone_until_;  // until then FirstOffset asks for each partition alone
  // Set while Poll or Close runs.
  RebalanceListener* listener_ = nullptr;
  bool listener_was_called_ = false;
  Status rebalance_problem_;
  Status fenced_;             // an error if another member has the instance id
  bool joins_again_ = false;  // the next Poll subscribes again
  bool topic_is_absent_ = false;

  std::unique_ptr<RdkafkaClient> client_;
  QueueHandle queue_;
  FullQueue full_queue_;
  std::vector<Message> messages_;  // the records of the last Poll point into these
  bool has_more_ = false;
};

}  // namespace leadpulse::kafka
