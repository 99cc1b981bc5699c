#include "processor/kafka/rdkafka_definitions_topic.h"

#include <utility>
#include <vector>

#include "processor/base/clock.h"
#include "processor/kafka/rdkafka_changelog_reader.h"
#include "processor/kafka/rdkafka_client.h"
#include "processor/kafka/rdkafka_errors.h"
#include "processor/kafka/rdkafka_settings.h"
#include "processor/kafka/rdkafka_topics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr PartitionId kOnlyPartition{0};
constexpr milliseconds kReadSlice{100};
// An attempt asks the brokers and may wait for them, and the process has other things to do.
constexpr milliseconds kBeginInterval{10'000};
constexpr milliseconds kAcknowledgementPatience{30'000};

Status CheckPartitions(const ConnectionOptions& options, const std::string& topic) {
  ClientListener nobody;
  const auto client = Client::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options, true), options.log, &nobody);
  if (!client.ok()) return client.status();
  const Result<uint32_t> partitions = PartitionCount(**client, topic);
  if (!partitions.ok()) return partitions.status();
  if (*partitions == 1) return Status::Ok();
  return Status::Fatal("the topic " + topic + " has " + std::to_string(*partitions) +
                       " partitions; definitions need one, for the last of them counts. Create it anew with one,"
                       " compacted (cleanup.policy=compact)");
}

// Hears what became of the one record.
class Acknowledgement : public ClientListener {
 public:
  void OnDelivery(const rd_kafka_message_t& message) override {
    arrived_ = true;
    code_ = message.err;
    offset_ = message.offset;
  }
  bool arrived() const { return arrived_; }
  rd_kafka_resp_err_t code() const { return code_; }
  int64_t offset() const { return offset_; }

 private:
  bool arrived_ = false;
  rd_kafka_resp_err_t code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  int64_t offset_ = -1;
};

}  // namespace

Result<std::unique_ptr<DefinitionsTopic>> DefinitionsTopic::Open(const ConnectionOptions& options,
                                                                 const std::string& topic) {
  LP_RETURN_IF_ERROR(CheckPartitions(options, topic));
  ConnectionOptions of_topic = options;
  of_topic.topics.lead_state = topic;  // which a changelog's reader reads
  Result<std::unique_ptr<ChangelogReader>> reader = RdkafkaChangelogReader::Make(of_topic);
  if (!reader.ok()) return reader.status();
  return std::unique_ptr<DefinitionsTopic>(new DefinitionsTopic(topic, std::move(*reader)));
}

Status DefinitionsTopic::Begin() {
  next_attempt_ = MonotonicNow() + kBeginInterval;
  const Result<ChangelogBounds> bounds = reader_->Bounds(kOnlyPartition);
  if (!bounds.ok()) return bounds.status();
  LP_RETURN_IF_ERROR(reader_->Start(kOnlyPartition, bounds->begin));
  reading_ = true;
  return Status::Ok();
}

Result<int64_t> DefinitionsTopic::Read(milliseconds wait, const Visit& visit) {
  std::vector<ChangelogRecord> records;
  Result<int64_t> position = reader_->Read(wait, &records);
  if (!position.ok() && position.status().kind() == ErrorKind::kFatal) {
    reader_->Stop();
    reading_ = false;
  }
  if (!position.ok()) return position;
  for (const ChangelogRecord& record : records) {
    if (record.key != kPublishedDefinitionsKey) {
      telemetry::LogWarning(name_ + " has a record under another key than `" + std::string(kPublishedDefinitionsKey) +
                            "` at offset " + std::to_string(record.offset) + "; it is ignored");
      continue;
    }
    PublishedDefinitions published{record.offset, std::nullopt};
    if (record.value.has_value()) published.text = std::string(*record.value);
    visit(std::move(published));
  }
  return position;
}

Status DefinitionsTopic::ReadToEnd(milliseconds bound, const std::atomic<bool>& stop, const Visit& visit) {
  const auto deadline = MonotonicNow() + bound;
  if (!reading_) LP_RETURN_IF_ERROR(Begin());
  const Result<ChangelogBounds> bounds = reader_->Bounds(kOnlyPartition);
  if (!bounds.ok()) return bounds.status();
  int64_t position = bounds->begin;
  Status last_problem;
  while (position < bounds->end) {
    if (stop) return Status::Retriable("stopped while reading " + name_);
    if (MonotonicNow() > deadline) {
      return Status::Retriable("could not read " + name_ + " to its end: it is at offset " + std::to_string(position) +
                               " of " + std::to_string(bounds->end) +
                               (last_problem.ok() ? std::string() : "; " + last_problem.message()));
    }
    const Result<int64_t> next = Read(kReadSlice, visit);
    if (next.ok()) {
      position = *next;
      continue;
    }
    last_problem = next.status();
    if (last_problem.kind() == ErrorKind::kFatal) return last_problem;
  }
  return Status::Ok();
}

Status DefinitionsTopic::ReadMore(const Visit& visit) {
  if (!reading_) {
    if (MonotonicNow() < next_attempt_) return Status::Ok();
    LP_RETURN_IF_ERROR(Begin());
  }
  return Read(milliseconds(0), visit).status();
}

Result<int64_t> PublishDefinitions(const ConnectionOptions& options, const std::string& topic,
                                   const std::string& text) {
  Acknowledgement acknowledgement;
  const auto client = Client::Make(RD_KAFKA_PRODUCER, PublisherSettings(options, kAcknowledgementPatience), options.log,
                                   &acknowledgement);
  if (!client.ok()) return client.status();
  const std::string call = "publish definitions of " + std::to_string(text.size()) + " bytes to " + topic;
  const TopicHandle handle(rd_kafka_topic_new((*client)->get(), topic.c_str(), nullptr));
  if (handle == nullptr) return ToStatus(call, rd_kafka_last_error(), rd_kafka_err2str(rd_kafka_last_error()));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): it is copied
  if (rd_kafka_produce(handle.get(), 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(text.data()), text.size(),
                       kPublishedDefinitionsKey.data(), kPublishedDefinitionsKey.size(), nullptr) != 0) {
    return ToStatus(call, rd_kafka_last_error(), rd_kafka_err2str(rd_kafka_last_error()));
  }
  const auto deadline = MonotonicNow() + kAcknowledgementPatience + kReadSlice;
  while (!acknowledgement.arrived() && MonotonicNow() < deadline) {
    rd_kafka_poll((*client)->get(), Milliseconds(kReadSlice));
  }
  if (acknowledgement.arrived() && acknowledgement.code() == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return acknowledgement.offset();
  }
  if (acknowledgement.arrived() && acknowledgement.code() != RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) {
    return ToStatus(call, acknowledgement.code(), rd_kafka_err2str(acknowledgement.code()));
  }
  return Status::Retriable("could not " + call + ": no acknowledgement within " +
                           std::to_string(kAcknowledgementPatience.count() / 1000) + " s" + SaidByConnection(**client) +
                           "; it may be there all the same. Publish it again once the brokers answer");
}

}  // namespace leadpulse::kafka
