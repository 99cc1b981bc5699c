// ChangelogReader over librdkafka: MakeReader of rdkafka_connection.h.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"

namespace leadpulse::kafka {
namespace {

// A deletion that takes longer goes on at the brokers; the worker must stay in its group.
constexpr std::chrono::milliseconds kDeleteTimeout{1'000};

class RdkafkaChangelogReader : public DeltaReader, private ClientListener {
 public:
  RdkafkaChangelogReader(const ConnectionOptions& options, std::string topic)
      : topic_(std::move(topic)), full_queue_(options) {}
  Status Connect(const ConnectionOptions& options) {
    LP_ASSIGN_OR_RETURN(client_,
                        RdkafkaClient::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options, true), options, this));
    LP_ASSIGN_OR_RETURN(uncommitted_client_,
                        RdkafkaClient::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options, false), options, this));
    rd_kafka_poll_set_consumer(client_->get());
    queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
    return Status::Ok();
  }

  Result<std::map<PartitionId, LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
    std::map<PartitionId, LogBounds> bounds;
    for (const LogSide side : {LogSide::kBeginning, LogSide::kEnd}) {
      const PartitionList list = ListOf(partitions);
      QueryOffsets(*uncommitted_client_, side, list.get());
      for (int i = 0; i < list->cnt; ++i) {
        const rd_kafka_topic_partition_t& said = list->elems[i];
        LP_RETURN_IF_ERROR(OffsetProblem(*uncommitted_client_, said));
        LogBounds& of_partition = bounds[PartitionId{static_cast<uint32_t>(said.partition)}];
        (side == LogSide::kBeginning ? of_partition.begin : of_partition.end) = said.offset;
      }
    }
    return bounds;
  }

  Status Start(PartitionId partition, int64_t from) override {
    LP_ASSERT(from >= 0);
    positions_[partition] = from;
    must_assign_ = true;
    return Status::Ok();
  }

  Status Read(std::chrono::milliseconds timeout, ChangelogPiece* piece) override {
    LP_ASSERT(!positions_.empty());
    piece->records.clear();
    messages_.clear();
    if (must_assign_) LP_RETURN_IF_ERROR(Assign());
    messages_ = TakeMessages(*client_, queue_.get(), timeout);
    const bool is_empty = messages_.size() < kMostMessages;
    if (full_queue_.Took(messages_, is_empty)) WakeFetching(*client_, ListOfRead().get());
    const std::map<PartitionId, int64_t> before = positions_;
    Status problem;
    for (const Message& message : messages_) {
      Status status = Take(*message, &piece->records);
      if (status.ok()) continue;
      if (status.kind() == ErrorKind::kFatal) return status;
      problem = std::move(status);
    }
    piece->reached = positions_;
    // If records have come, the error waits: librdkafka reports a lasting error again.
    return positions_ == before ? problem : Status::Ok();
  }

  Status DeleteBefore(const std::map<PartitionId, int64_t>& offsets) override {
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
    for (const auto& [partition, offset] : offsets) AddPartition(topic_, partition, list).offset = offset;
    rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
    const QueueHandle answers(rd_kafka_queue_new(uncommitted_client_->get()));
    // Null options: librdkafka's default timeouts. The answer is waited for a shorter time.
    rd_kafka_DeleteRecords(uncommitted_client_->get(), &request, 1, nullptr, answers.get());
    rd_kafka_DeleteRecords_destroy(request);
    const std::string call = "delete old records of " + topic_;
    const std::unique_ptr<rd_kafka_event_t, DestroyWith<rd_kafka_event_destroy>> event(
        rd_kafka_queue_poll(answers.get(), Milliseconds(kDeleteTimeout)));
    if (event == nullptr) return ToStatus(call, RD_KAFKA_RESP_ERR__TIMED_OUT);
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus(call, rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
    }
    const rd_kafka_topic_partition_list_t* done =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
    for (int i = 0; i < done->cnt; ++i) {
      if (done->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(call, done->elems[i].err);
    }
    return Status::Ok();
  }

  // Pauses the partition. A new assignment would fetch queued records of the others again.
  void Stop(PartitionId partition) override {
    if (positions_.erase(partition) == 0) return;
    paused_.insert(partition);
    if (positions_.empty()) return Stop();
    SetPaused(true, {partition});
  }

  void Stop() override {
    messages_.clear();
    if (positions_.empty() && paused_.empty()) return;
    SetPaused(false, std::exchange(paused_, {}));
    positions_.clear();
    must_assign_ = false;
    rd_kafka_assign(client_->get(), nullptr);
  }

 private:
  // Assigns the partitions at their positions. rd_kafka_assign drops records that were fetched but not yet returned;
  // they are fetched again.
  Status Assign() {
    SetPaused(false, std::exchange(paused_, {}));
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
    for (const auto& [partition, position] : positions_) AddPartition(topic_, partition, list).offset = position;
    const rd_kafka_resp_err_t code = rd_kafka_assign(client_->get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus("read " + topic_, code);
    must_assign_ = false;
    return Status::Ok();
  }

  PartitionList ListOfRead() const {
    std::vector<PartitionId> partitions;
    for (const auto& [partition, position] : positions_) partitions.push_back(partition);
    return ListOf(partitions);
  }

  template <typename Partitions>
  PartitionList ListOf(const Partitions& partitions) const {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const PartitionId partition : partitions) AddPartition(topic_, partition, list);
    return list;
  }

  void SetPaused(bool paused, const std::set<PartitionId>& partitions) {
    if (partitions.empty()) return;
    const auto call = paused ? rd_kafka_pause_partitions : rd_kafka_resume_partitions;
    const rd_kafka_resp_err_t code = call(client_->get(), ListOf(partitions).get());
    // Without the pause, Take ignores the partition's records.
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) client_->Log(5, "PAUSE: " + std::string(rd_kafka_err2str(code)));
  }

  Status Take(const rd_kafka_message_t& message, std::vector<ChangelogRecord>* records) {
    const PartitionId partition{static_cast<uint32_t>(message.partition)};
    const auto position = message.rkt == nullptr ? positions_.end() : positions_.find(partition);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // The offset after control records, aborted records and gaps left by compaction, which are not messages.
      if (position != positions_.end()) position->second = std::max(position->second, message.offset);
      return Status::Ok();
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus("read " + (message.rkt == nullptr ? topic_ : PlaceName(topic_.c_str(), message.partition)),
                      message.err, ErrorText(message));
    }
    if (position == positions_.end() || message.offset < position->second) return Status::Ok();
    position->second = message.offset + 1;
    records->push_back({partition, message.offset, BytesAt(message.key, message.key_len).value_or(""),
                        BytesAt(message.payload, message.len), TimeOf(message).value_or(Instant())});
    return Status::Ok();
  }

  const std::string topic_;
  std::map<PartitionId, int64_t> positions_;  // next offsets of the partitions that are read
  // The partitions have changed. The next read assigns all of them to librdkafka at once.
  bool must_assign_ = false;
  std::set<PartitionId> paused_;  // librdkafka does not fetch them

  std::unique_ptr<RdkafkaClient> client_;
  // For ends that include open transactions: a client of committed records gets the begin of the first open one.
  std::unique_ptr<RdkafkaClient> uncommitted_client_;
  QueueHandle queue_;
  FullQueue full_queue_;
  std::vector<Message> messages_;  // the records of the last read point into these
};

}  // namespace

Result<std::unique_ptr<DeltaReader>> MakeReader(const ConnectionOptions& options, const std::string& topic) {
  auto reader = std::make_unique<RdkafkaChangelogReader>(options, topic);
  LP_RETURN_IF_ERROR(reader->Connect(options));
  return std::unique_ptr<DeltaReader>(std::move(reader));
}

}  // namespace leadpulse::kafka
