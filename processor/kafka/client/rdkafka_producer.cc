// TransactionalProducer over librdkafka: MakeProducer of rdkafka_connection.h.
#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/base/ids.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollPause{50};  // until a full queue has room or a delivery report arrives
constexpr milliseconds kReportTimeout{1000};
// Records queued between two calls of rd_kafka_poll, because a poll costs as much as queueing a record.
constexpr size_t kRecordsUnheard = 256;
// A commit takes some 10 ms. A slower one than this may have sent its request twice.
constexpr milliseconds kSlowCommit{2'000};
constexpr milliseconds kAbortTimeout{2'000};

// The requests of a transaction (https://kafka.apache.org/protocol#protocol_api_keys). If one arrives late, it
// affects the next transaction: it ends it, or adds records or offsets to it.
constexpr int16_t kEndTxn = 26;
constexpr std::array<int16_t, 5> kTransactionRequests = {0 /* Produce */, 24 /* AddPartitionsToTxn */,
                                                         25 /* AddOffsetsToTxn */, kEndTxn, 28 /* TxnOffsetCommit */};

// The names of topics, by OutputTopic.
constexpr std::array<std::string TopicNames::*, kOutputTopicCount> kOutputTopics = {
    &TopicNames::status_changes, &TopicNames::segment_changes, &TopicNames::lead_state,   &TopicNames::dead_letters,
    &TopicNames::exchange,       &TopicNames::lead_journal,    &TopicNames::lead_profiles};

rd_kafka_vu_t Part(rd_kafka_vtype_t type) {
  rd_kafka_vu_t part{};
  part.vtype = type;
  return part;
}

rd_kafka_vu_t Bytes(rd_kafka_vtype_t type, const std::string& bytes) {
  rd_kafka_vu_t part = Part(type);
  part.u.mem.ptr = const_cast<char*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): it is copied
  part.u.mem.size = bytes.size();
  return part;
}

// Sets the parts of a message to views of `record`.
void SetParts(const OutputRecord& record, rd_kafka_topic_t* topic, std::vector<rd_kafka_vu_t>* into) {
  std::vector<rd_kafka_vu_t>& parts = *into;
  parts.clear();
  parts.push_back(Part(RD_KAFKA_VTYPE_RKT));
  parts.back().u.rkt = topic;
  parts.push_back(Part(RD_KAFKA_VTYPE_PARTITION));
  parts.back().u.i32 =
      record.partition.has_value() ? static_cast<int32_t>(record.partition->value) : RD_KAFKA_PARTITION_UA;
  parts.push_back(Part(RD_KAFKA_VTYPE_MSGFLAGS));
  parts.back().u.i = RD_KAFKA_MSG_F_COPY;
  if (!record.key.empty()) parts.push_back(Bytes(RD_KAFKA_VTYPE_KEY, record.key));
  if (record.value.has_value()) parts.push_back(Bytes(RD_KAFKA_VTYPE_VALUE, *record.value));
  for (const auto& [name, value] : record.headers) {
    parts.push_back(Part(RD_KAFKA_VTYPE_HEADER));
    parts.back().u.header = {name, value.data(), static_cast<ssize_t>(value.size())};
  }
}

// Makes the error of a record that is too large. Of a record of a lead it names the tenant. It goes into logs, so it
// has no id: that is often an address.
TransactionError TooLarge(OutputTopic topic, std::string_view key, size_t bytes, const std::string& place,
                          rd_kafka_resp_err_t code) {
  std::string call = "write a record of " + std::to_string(bytes) + " bytes";
  const ChangelogKind kind = KindOfChangelogKey(key);
  const bool is_lead = kind == ChangelogKind::kLead || kind == ChangelogKind::kHiddenLead;
  const Result<LeadKey> lead = state::ParseLeadKey(is_lead ? RowKeyOf(key) : key);
  if (lead.ok() && topic == OutputTopic::kExchange) call += " for a lead of tenant \"" + lead->tenant + "\",";
  if (lead.ok() && topic == OutputTopic::kLeadState && is_lead) {
    call += " with a lead of tenant \"" + lead->tenant + "\",";
  }
  if (topic == OutputTopic::kLeadProfiles) {
    call += " with a lead of tenant \"" + std::string(key.substr(0, key.find('/'))) + "\",";
  }
  TransactionError error = ToTransactionError(call + " to " + place, code, rd_kafka_err2str(code));
  return {TransactionErrorKind::kTooLarge, std::move(error.message), topic};
}

// Returns the error, abortable if a record was too large. It does not name the record, so the transaction is repeated
// and the next report names it.
TransactionError WithoutReport(TransactionError error, rd_kafka_resp_err_t code) {
  if (IsTooLarge(code)) error.kind = TransactionErrorKind::kAbortable;
  return error;
}

// Returns the reason of a failed transaction. After the failure, librdkafka refuses each further call without the
// reason. Only the refusal of a new rd_kafka_begin_transaction contains it, in every state of the failed transaction.
rd_kafka_error_t* WhyTheTransactionFailed(const RdkafkaClient& client) {
  rd_kafka_error_t* reason = rd_kafka_begin_transaction(client.get());
  LP_ASSERT(reason != nullptr);  // a transaction is open
  return reason;
}

class RdkafkaProducer : public TransactionalProducer, private ClientListener {
 public:
  explicit RdkafkaProducer(const ConnectionOptions& options) : options_(options) {}
  Status Connect() {
    LP_ASSIGN_OR_RETURN(client_, RdkafkaClient::Make(RD_KAFKA_PRODUCER, ProducerSettings(options_), options_, this));
    for (size_t i = 0; i < kOutputTopicCount; ++i) {
      const std::string& name = options_.topics.*kOutputTopics[i];
      if (name.empty()) continue;
      topics_[i].reset(rd_kafka_topic_new(client_->get(), name.c_str(), SettingsOf(static_cast<OutputTopic>(i))));
      if (topics_[i] == nullptr) return Status::Rejected("`" + name + "` cannot be the name of a topic");
    }
    return Status::Ok();
  }

  TransactionOutcome Init() override {
    // Twice the time, because the coordinator first ends an open transaction of the previous producer.
    return Attempt("take over the transactional id " + options_.transactional_id, 2 * options_.transaction_timeout,
                   [&](int timeout_ms) { return rd_kafka_init_transactions(client_->get(), timeout_ms); });
  }

  TransactionOutcome Begin() override {
    positions_.clear();
    delivery_problem_.reset();
    slow_or_retried_ = false;
    request_failed_ = false;
    end_request_failed_ = false;  // after the other: a failure meanwhile counts at least as one of the two
    return Attempt("begin a transaction", options_.transaction_timeout,
                   [&](int) { return rd_kafka_begin_transaction(client_->get()); });
  }

  TransactionOutcome Produce(OutputRecord record) override {
    rd_kafka_topic_t* topic = topics_[static_cast<size_t>(record.topic)].get();
    SetParts(record, topic, &parts_);
    std::optional<std::chrono::steady_clock::time_point> deadline;
    while (true) {
      const CallError error(rd_kafka_produceva(client_->get(), parts_.data(), parts_.size()));
      if (error == nullptr) {
        if (++unheard_ < kRecordsUnheard) return std::nullopt;
        unheard_ = 0;
        rd_kafka_poll(client_->get(), 0);
        return std::nullopt;
      }
      const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return Refused(record, code);
      if (!deadline) deadline = MonotonicNow() + options_.transaction_timeout;
      if (MonotonicNow() >= *deadline) return Refused(record, code);
      rd_kafka_poll(client_->get(), Milliseconds(kPollPause));
    }
  }

  TransactionOutcome SendOffsets(const std::map<PartitionId, InputOffsets>& offsets,
                                 const GroupMetadata& group) override {
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size() * kInputTopicCount)));
    for (const auto& [partition, next] : offsets) {
      for (const InputTopic topic : kInputTopics) {
        AddPartition(NameOf(options_.topics, topic), partition, list).offset = next[topic];
      }
    }
    const auto* place = dynamic_cast<const RdkafkaGroupMetadata*>(&group);
    LP_ASSERT(place != nullptr);
    TransactionOutcome outcome = Attempt("commit offsets", options_.transaction_timeout, [&](int timeout_ms) {
      return rd_kafka_send_offsets_to_transaction(client_->get(), list.get(), place->get(), timeout_ms);
    });
    if (!outcome.has_value() || outcome->kind == TransactionErrorKind::kRetriable) return outcome;
    AwaitReport();
    if (delivery_problem_.has_value()) return delivery_problem_;
    if (outcome->kind != TransactionErrorKind::kAbortable) return outcome;
    // An earlier failure caused the refusal. Return its reason, which may need more than an abort. A reason of the kind
    // kProducerLost is not used.
    const CallError reason(WhyTheTransactionFailed(*client_));
    const TransactionError why =
        WithoutReport(ToTransactionError("commit offsets", reason.get()), rd_kafka_error_code(reason.get()));
    return why.kind == TransactionErrorKind::kProducerLost ? outcome : why;
  }

  TransactionOutcome Commit() override {
    const auto begin = MonotonicNow();
    TransactionOutcome outcome = Flush();
    if (outcome.has_value()) return outcome;
    outcome = Attempt("commit the transaction", options_.transaction_timeout,
                      [&](int timeout_ms) { return rd_kafka_commit_transaction(client_->get(), timeout_ms); });
    if (MonotonicNow() - begin > kSlowCommit) slow_or_retried_ = true;
    if (!outcome.has_value()) {
      committed_positions_ = positions_;
    } else if (outcome->kind == TransactionErrorKind::kAbortable && end_request_failed_) {
      // librdkafka has given up, but the coordinator may have executed the unanswered EndTxn request.
      outcome->kind = TransactionErrorKind::kProducerLost;
    }
    return outcome;
  }

  TransactionOutcome Abort() override {
    // Flushes first. Otherwise librdkafka drops the queued records and sends EndTxn at once. If the coordinator does
    // not know the transaction yet (for some milliseconds after the previous one it answers CONCURRENT_TRANSACTIONS),
    // it answers EndTxn with INVALID_TXN_STATE, which is fatal to the producer.
    rd_kafka_flush(client_->get(), Milliseconds(kAbortTimeout));
    return Attempt("abort the transaction", options_.transaction_timeout,
                   [&](int timeout_ms) { return rd_kafka_abort_transaction(client_->get(), timeout_ms); });
  }

  const std::map<PartitionId, int64_t>& delta_positions() const override { return committed_positions_; }
  bool may_have_stray_requests() const override { return slow_or_retried_ || request_failed_; }

 private:
  void OnDelivery(const rd_kafka_message_t& message) override {
    const auto place = [&] { return PlaceName(rd_kafka_topic_name(message.rkt), message.partition); };
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      // A purge is the consequence of another failure. librdkafka keeps the reason (WhyTheTransactionFailed).
      const bool purged =
          message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
      if (purged || delivery_problem_.has_value()) return;
      if (IsTooLarge(message.err)) {
        delivery_problem_ = TooLarge(TopicOf(message.rkt), BytesAt(message.key, message.key_len).value_or(""),
                                     message.len, place(), message.err);
        return;
      }
      delivery_problem_ =
          ToTransactionError("write a record of " + std::to_string(message.len) + " bytes to " + place(), message.err,
                             rd_kafka_err2str(message.err));
      // The transaction can be aborted whether or not the record was written, as long as librdkafka works.
      if (delivery_problem_->kind != TransactionErrorKind::kFatal) {
        delivery_problem_->kind = TransactionErrorKind::kAbortable;
      }
      return;
    }
    if (options_.topics.lead_journal != rd_kafka_topic_name(message.rkt)) return;
    if (message.offset < 0) {
      // A retried request was a duplicate to the broker, which then does not return the offsets of its records.
      if (!delivery_problem_.has_value()) {
        delivery_problem_ = {TransactionErrorKind::kAbortable,
                             "could not learn where a record of " + place() + " was written"};
      }
      return;
    }
    int64_t& position = positions_[PartitionId{static_cast<uint32_t>(message.partition)}];
    position = std::max(position, message.offset + 1);
  }

  void OnBrokerError(rd_kafka_resp_err_t, const std::string&) override { slow_or_retried_ = true; }
  void OnRequestFailed(int16_t api_key, rd_kafka_resp_err_t code) override {
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE) return;  // it was never sent
    if (std::ranges::find(kTransactionRequests, api_key) == kTransactionRequests.end()) return;
    request_failed_ = true;
    if (api_key == kEndTxn) end_request_failed_ = true;
  }

  // Repeats `call` while its error is retriable and `bound` is not over. `attempt` gets the remaining time.
  TransactionOutcome Attempt(const std::string& call, milliseconds bound,
                             const std::function<rd_kafka_error_t*(int timeout_ms)>& attempt) {
    const auto deadline = MonotonicNow() + bound;
    while (true) {
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - MonotonicNow());
      const CallError error(attempt(Milliseconds(std::max(left, milliseconds(1)))));
      rd_kafka_poll(client_->get(), 0);  // calls OnBrokerError for lost brokers
      if (error == nullptr) return std::nullopt;
      TransactionError outcome = ToTransactionError(call, error.get());
      if (outcome.kind != TransactionErrorKind::kRetriable) return outcome;
      slow_or_retried_ = true;
      if (MonotonicNow() + kPollPause >= deadline) {
        outcome.message += SaidByConnection(*client_);
        return outcome;
      }
      rd_kafka_poll(client_->get(), Milliseconds(kPollPause));
    }
  }

  TransactionOutcome Flush() {
    const rd_kafka_resp_err_t code = rd_kafka_flush(client_->get(), Milliseconds(options_.transaction_timeout));
    if (delivery_problem_.has_value()) return delivery_problem_;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    slow_or_retried_ = true;
    return ToTransactionError("write all records of the transaction", code,
                              rd_kafka_err2str(code) + SaidByConnection(*client_));
  }

  // Waits for the delivery report of a refused record, which may be the cause of the failure.
  void AwaitReport() {
    const auto deadline = MonotonicNow() + kReportTimeout;
    while (!delivery_problem_.has_value() && rd_kafka_outq_len(client_->get()) > 0 && MonotonicNow() < deadline) {
      rd_kafka_poll(client_->get(), Milliseconds(kPollPause));
    }
  }

  OutputTopic TopicOf(const rd_kafka_topic_t* topic) const {
    const std::string_view name = rd_kafka_topic_name(topic);
    size_t found = 0;
    while (found + 1 < kOutputTopicCount && options_.topics.*kOutputTopics[found] != name) ++found;
    return static_cast<OutputTopic>(found);
  }

  // Returns the settings of a topic's handle, which takes them.
  rd_kafka_topic_conf_t* SettingsOf(OutputTopic topic) const {
    rd_kafka_topic_conf_t* conf = rd_kafka_default_topic_conf_dup(client_->get());
    for (const auto& [name, value] : TopicSettings(options_, topic)) {
      std::array<char, 256> error{};
      LP_ASSERT(rd_kafka_topic_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size()) ==
                RD_KAFKA_CONF_OK);
    }
    return conf;
  }

  TransactionOutcome Refused(const OutputRecord& record, rd_kafka_resp_err_t code) {
    const std::string& topic = options_.topics.*kOutputTopics[static_cast<size_t>(record.topic)];
    const std::string call = "write to " + topic;
    if (IsTooLarge(code)) return TooLarge(record.topic, record.key, record.value.value_or("").size(), topic, code);
    // After a transaction has failed, librdkafka takes no record and does not return the reason here.
    const bool failed = code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__FATAL;
    if (!failed) return ToTransactionError(call, code, rd_kafka_err2str(code));
    AwaitReport();
    if (delivery_problem_.has_value()) return delivery_problem_;
    const CallError reason(WhyTheTransactionFailed(*client_));
    return WithoutReport(ToTransactionError(call, reason.get()), rd_kafka_error_code(reason.get()));
  }

  const ConnectionOptions options_;
  std::map<PartitionId, int64_t> positions_;            // in the open transaction
  std::map<PartitionId, int64_t> committed_positions_;  // in the last committed one
  TransactionOutcome delivery_problem_;                 // the first in the open transaction
  std::vector<rd_kafka_vu_t> parts_;                    // the record that is being queued
  size_t unheard_ = 0;                                  // records queued since the last poll of librdkafka

  // State of the transaction since Begin.
  bool slow_or_retried_ = false;
  std::atomic<bool> request_failed_{false};
  std::atomic<bool> end_request_failed_{false};

  std::unique_ptr<RdkafkaClient> client_;
  std::array<TopicHandle, kOutputTopicCount> topics_;
};

}  // namespace

Result<std::unique_ptr<TransactionalProducer>> MakeProducer(const ConnectionOptions& options) {
  auto producer = std::make_unique<RdkafkaProducer>(options);
  LP_RETURN_IF_ERROR(producer->Connect());
  return std::unique_ptr<TransactionalProducer>(std::move(producer));
}

}  // namespace leadpulse::kafka
