#include "processor/kafka/client/rdkafka_record_writer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/base/ids.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"
#include "schemas/codec/confluent_framing.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollSlice{100};
constexpr milliseconds kRoomSlice{50};
constexpr milliseconds kPurgeTimeout{10'000};  // a purge usually takes milliseconds
constexpr const char* kWriteRights = "give the Kafka user WRITE and DESCRIBE on the input topics";
constexpr const char* kRecordTooLarge =
    "the topic takes none of that size: raise its `max.message.bytes`, or leave the record out";

struct InputTopicWriter {
  TopicHandle handle;
  config::RecordFormat format = config::RecordFormat::kProtobuf;
  std::string head;  // Confluent's, before each record

  std::string Encode(const auto& record) const {
    std::string value = head;
    format == config::RecordFormat::kJson ? codec::AppendTopicJson(record, &value)
                                          : codec::AppendTopicProtobuf(record, &value);
    return value;
  }
};

// Returns the error of a record that a broker or librdkafka has refused.
Status Refusal(const std::string& call, rd_kafka_resp_err_t code) {
  const std::string text = rd_kafka_err2str(code);
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return Status::Rejected(ToStatus(call, {ErrorClass::kStop, kRecordTooLarge}, text).message());
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return Status::Rejected(ToStatus(call, code, text).message());
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return ToStatus(call, {ErrorClass::kStop, kWriteRights}, text);
    default:
      return ToStatus(call, code, text);
  }
}

class RdkafkaRecordWriter : public RecordWriter, private ClientListener {
 public:
  RdkafkaRecordWriter(ConnectionOptions connection, const WriterOptions& options)
      : connection_(std::move(connection)), options_(options) {}
  ~RdkafkaRecordWriter() override {
    if (!poller_.joinable()) return;
    stop_ = true;
    poller_.join();
    // OnDelivery gets every record that is still waiting, with a purge error.
    rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client_->get(), Milliseconds(kPurgeTimeout));
    LP_ASSERT(waiting_ == 0);
  }

  Status Start() {
    const Settings settings = RecordWriterSettings(connection_, options_.timeout, options_.queue_bytes);
    LP_RETURN_IF_ERROR(RdkafkaClient::Check(RD_KAFKA_PRODUCER, settings));
    LP_ASSIGN_OR_RETURN(client_, RdkafkaClient::Make(RD_KAFKA_PRODUCER, settings, connection_, this));
    const config::FormatSettings& formats = options_.formats;
    LP_RETURN_IF_ERROR(
        OpenTopic(connection_.topics.events, "events", formats.events, formats.schema_ids.events, &events_));
    LP_RETURN_IF_ERROR(
        OpenTopic(connection_.topics.commands, "commands", formats.commands, formats.schema_ids.commands, &commands_));
    poller_ = std::thread([this] {
      while (!stop_) rd_kafka_poll(client_->get(), Milliseconds(kPollSlice));
    });
    return Status::Ok();
  }

  Status Write(const codec::Record& record, codec::Done done) override {
    const InputTopicWriter& topic = std::holds_alternative<codec::Event>(record) ? events_ : commands_;
    return std::visit([&](const auto& one) { return Send(topic, one.key, topic.Encode(one), std::move(done)); },
                      record);
  }
  Status Flush(milliseconds timeout) override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (changed_.wait_for(lock, timeout, [this] { return waiting_ == 0; })) return Status::Ok();
    return Status::Retriable(std::to_string(waiting_) + " records wait for the brokers to acknowledge them");
  }

 private:
  Status OpenTopic(const std::string& name, const char* setting, config::RecordFormat format, int32_t schema_id,
                   InputTopicWriter* topic) const {
    topic->format = format;
    if (format == config::RecordFormat::kConfluent) {
      if (schema_id == 0) {
        return Status::Rejected(std::string("formats.") + setting +
                                " is confluent: to write them, give formats.schema_registry.url, or their id there as"
                                " formats.schema_ids." +
                                setting);
      }
      codec::AppendConfluentHead(static_cast<uint32_t>(schema_id), &topic->head);
    }
    topic->handle.reset(rd_kafka_topic_new(client_->get(), name.c_str(), nullptr));
    if (topic->handle == nullptr) return Status::Rejected("`" + name + "` cannot be the name of a topic");
    return Status::Ok();
  }

  Status Send(const InputTopicWriter& topic, const LeadKey& key, const std::string& value, codec::Done done) {
    const std::string lead = EncodeLeadKey(key);
    auto kept = std::make_unique<codec::Done>(std::move(done));
    const auto deadline = MonotonicNow() + options_.room_timeout;
    while (true) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++waiting_;  // first, because the report may arrive before the call returns
      }
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): it is copied
      if (rd_kafka_produce(topic.handle.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                           const_cast<char*>(value.data()), value.size(), lead.data(), lead.size(), kept.get()) == 0) {
        [[maybe_unused]] const codec::Done* reported = kept.release();
        return Status::Ok();
      }
      const rd_kafka_resp_err_t code = rd_kafka_last_error();
      CountOut();
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || MonotonicNow() >= deadline) {
        return NotTaken("write a record of " + std::to_string(value.size()) + " bytes to " +
                            rd_kafka_topic_name(topic.handle.get()),
                        code);
      }
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait_for(lock, kRoomSlice);
    }
  }

  // Returns why librdkafka takes no record now.
  Status NotTaken(const std::string& call, rd_kafka_resp_err_t code) const {
    if (code != RD_KAFKA_RESP_ERR__FATAL) return Refusal(call, code);
    std::array<char, 512> text{};
    const rd_kafka_resp_err_t why = rd_kafka_fatal_error(client_->get(), text.data(), text.size());
    const ErrorMeaning meaning = MeaningOf(why);
    const char* advice = *meaning.advice == '\0' ? "start the command again" : meaning.advice;
    return ToStatus(call, {ErrorClass::kStop, advice}, text.data());
  }

  void CountOut() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --waiting_;
    changed_.notify_all();
  }

  // Calls the record's Done. Called inside rd_kafka_poll, on the poller's thread; during a purge on the destructor's
  // thread.
  void OnDelivery(const rd_kafka_message_t& message) override {
    const std::unique_ptr<codec::Done> done(static_cast<codec::Done*>(message._private));
    (*done)(StoredAt(message));
    CountOut();
  }

  codec::Stored StoredAt(const rd_kafka_message_t& message) const {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return codec::SourcePosition{rd_kafka_topic_name(message.rkt), message.partition,
                                   std::max<int64_t>(message.offset, -1), 0};
    }
    // The partition is negative if librdkafka never learned the topic's partitions.
    const char* topic = rd_kafka_topic_name(message.rkt);
    const std::string call = "write a record of " + std::to_string(message.len) + " bytes to " +
                             (message.partition < 0 ? topic : PlaceName(topic, message.partition));
    if (message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
      return Status::Retriable("could not " + call + ": the writer was stopped before it was acknowledged");
    }
    // After a fatal error, report that error and not the record's own.
    const bool ended = rd_kafka_fatal_error(client_->get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (ended) return NotTaken(call, RD_KAFKA_RESP_ERR__FATAL);
    if (message.err != RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) return Refusal(call, message.err);
    // The connection's last error may be old, so it is used for the advice only.
    const ErrorMeaning why = MeaningOfSilence(client_->last_broker_error_code(), client_->last_broker_error());
    return ToStatus(call, {ErrorClass::kTransient, why.advice},
                    "not acknowledged within " + std::to_string(options_.timeout.count() / 1000) + " s" +
                        SaidByConnection(*client_));
  }

  const ConnectionOptions connection_;
  const WriterOptions options_;
  std::unique_ptr<RdkafkaClient> client_;
  InputTopicWriter events_, commands_;

  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t waiting_ = 0;  // to be acknowledged

  std::atomic<bool> stop_{false};
  std::thread poller_;
};

}  // namespace

Result<std::unique_ptr<RecordWriter>> MakeRecordWriter(const ConnectionOptions& connection,
                                                       const WriterOptions& options) {
  auto writer = std::make_unique<RdkafkaRecordWriter>(connection, options);
  LP_RETURN_IF_ERROR(writer->Start());
  return std::unique_ptr<RecordWriter>(std::move(writer));
}

Status CheckInputTopics(const ConnectionOptions& connection) {
  const TopicNames& topics = connection.topics;
  LP_ASSIGN_OR_RETURN(const auto client, MakeAskingClient(connection));
  LP_ASSIGN_OR_RETURN(const uint32_t events, PartitionCount(*client, topics.events, kWriteRights));
  LP_ASSIGN_OR_RETURN(const uint32_t commands, PartitionCount(*client, topics.commands, kWriteRights));
  if (events == commands) return Status::Ok();
  return Status::Fatal("the topics " + topics.events + " and " + topics.commands + " have " + std::to_string(events) +
                       " and " + std::to_string(commands) + " partitions; they need the same number. " +
                       kAfterPartitionsWereAdded + ". A topic that has never had a record may be created again");
}

}  // namespace leadpulse::kafka
