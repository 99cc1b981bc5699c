#include "processor/kafka/rdkafka_changelog_reader.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/kafka/rdkafka_errors.h"
#include "processor/kafka/rdkafka_settings.h"
#include "processor/kafka/rdkafka_topics.h"

namespace leadpulse::kafka {

Result<std::unique_ptr<ChangelogReader>> RdkafkaChangelogReader::Make(const ConnectionOptions& options) {
  std::unique_ptr<RdkafkaChangelogReader> reader(new RdkafkaChangelogReader(options));
  LP_RETURN_IF_ERROR(reader->Connect(options));
  return std::unique_ptr<ChangelogReader>(std::move(reader));
}

Status RdkafkaChangelogReader::Connect(const ConnectionOptions& options) {
  Result<std::unique_ptr<Client>> client =
      Client::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options, true), options.log, this);
  if (!client.ok()) return client.status();
  client_ = std::move(*client);
  client = Client::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options, false), options.log, this);
  if (!client.ok()) return client.status();
  uncommitted_client_ = std::move(*client);
  rd_kafka_poll_set_consumer(client_->get());
  queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
  return Status::Ok();
}

Result<ChangelogBounds> RdkafkaChangelogReader::Bounds(PartitionId partition) {
  const Result<Watermarks> marks = QueryWatermarks(*uncommitted_client_, topic_, static_cast<int32_t>(partition.value));
  if (!marks.ok()) return marks.status();
  return ChangelogBounds{marks->low, marks->high};
}

Status RdkafkaChangelogReader::Start(PartitionId partition, int64_t from) {
  LP_ASSERT(from >= 0);
  Stop();
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  const auto number = static_cast<int32_t>(partition.value);
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), number)->offset = from;
  const rd_kafka_resp_err_t code = rd_kafka_assign(client_->get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus("read " + PlaceName(topic_.c_str(), number), code, rd_kafka_err2str(code));
  }
  partition_ = partition;
  position_ = from;
  reading_ = true;
  return Status::Ok();
}

Result<int64_t> RdkafkaChangelogReader::Read(std::chrono::milliseconds timeout, std::vector<ChangelogRecord>* records) {
  LP_ASSERT(reading_);
  records->clear();
  messages_.clear();
  messages_ = TakeMessages(*client_, queue_.get(), timeout);
  const int64_t before = position_;
  Status problem;
  for (const Message& message : messages_) {
    const Status status = Take(*message, records);
    if (status.ok()) continue;
    if (status.kind() == ErrorKind::kFatal) return status;
    problem = status;
  }
  // Where something has come the error waits: librdkafka says it again where it lasts.
  if (!problem.ok() && position_ == before) return problem;
  return position_;
}

Status RdkafkaChangelogReader::Take(const rd_kafka_message_t& message, std::vector<ChangelogRecord>* records) {
  const bool of_partition = message.rkt != nullptr && message.partition == static_cast<int32_t>(partition_.value);
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // Behind what delivers no message: control records, aborted ones, gaps that compaction left.
    if (of_partition) position_ = std::max(position_, message.offset);
    return Status::Ok();
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* said = rd_kafka_message_errstr(&message);
    return ToStatus("read " + PlaceName(topic_.c_str(), static_cast<int32_t>(partition_.value)), message.err,
                    said == nullptr ? rd_kafka_err2str(message.err) : said);
  }
  if (!of_partition || message.offset < position_) return Status::Ok();
  position_ = message.offset + 1;
  ChangelogRecord& record = records->emplace_back();
  record.offset = message.offset;
  record.key = BytesAt(message.key, message.key_len).value_or("");
  record.value = BytesAt(message.payload, message.len);
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t millis = rd_kafka_message_timestamp(&message, &kind);
  if (kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) record.time = Instant{millis};
  return Status::Ok();
}

void RdkafkaChangelogReader::Stop() {
  messages_.clear();
  if (!reading_) return;
  reading_ = false;
  rd_kafka_assign(client_->get(), nullptr);
}

}  // namespace leadpulse::kafka
