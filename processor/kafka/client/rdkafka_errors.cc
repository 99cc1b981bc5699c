#include "processor/kafka/client/rdkafka_errors.h"

#include <algorithm>
#include <array>

#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {
namespace {

struct Entry {
  rd_kafka_resp_err_t code;
  ErrorMeaning meaning;
};

constexpr const char* kTopicRights =
    "give the worker's Kafka user READ on the input topics, WRITE on the others, and READ and WRITE on lead.state";
constexpr const char* kLogin = "check kafka.security.sasl in the settings: mechanism, username and password";
constexpr const char* kOldScram =
    "check kafka.security.sasl in the settings. Are they right, and is it Kafka 4.0 or newer? This program's "
    "librdkafka is"
    " older than 2.6.1 and cannot log in there with SCRAM: use another mechanism, or a newer librdkafka.so.1, for which"
    " the program needs no new build";
constexpr const char* kBrokersCertificate =
    "check kafka.security in the settings: does the listener speak TLS, has the authority in tls.ca_file signed the"
    " broker's certificate, and is that for the name by which the broker is called here?";
constexpr const char* kOwnCertificate =
    "the broker ends the connection: check kafka.security.tls in the settings; where it asks for a certificate, give"
    " certificate_file and key_file, signed by an authority that it knows";
constexpr const char* kNobodyThere =
    "see that brokers run at kafka.bootstrap_servers, and that kafka.security.protocol is that of their listener";
constexpr const char* kTopics = "`tools/kafka topics` creates Leadpulse's, `leadpulse doctor` says what is wrong";
constexpr const char* kTooLarge =
    "raise `max.message.bytes` of the topic and `message.max.bytes` of the producer's settings";
constexpr const char* kClock =
    "a record's time is that of this machine, and the topic takes none so far from the broker's: set the clock, or see"
    " `message.timestamp.*.max.ms` of the topic";
constexpr const char* kOffsetsTooLarge =
    "raise the brokers' `offset.metadata.max.bytes` and `max.message.bytes` of the topic __consumer_offsets";

// Codes that librdkafka 2.0.2's header does not name yet (https://kafka.apache.org/protocol).
constexpr auto kUnknownTopicId = static_cast<rd_kafka_resp_err_t>(100);
constexpr auto kInconsistentTopicId = static_cast<rd_kafka_resp_err_t>(103);
constexpr auto kTransactionAbortable = static_cast<rd_kafka_resp_err_t>(120);
constexpr auto kRebootstrapRequired = static_cast<rd_kafka_resp_err_t>(129);

constexpr std::array kMeanings = {
    // librdkafka's own.
    Entry{RD_KAFKA_RESP_ERR__TRANSPORT, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__RESOLVE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__TIMED_OUT, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR__QUEUE_FULL, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__WAIT_COORD, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__WAIT_CACHE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__IN_PROGRESS, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__RETRY, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR__BAD_MSG, {ErrorClass::kTransient, ""}},  // a damaged answer: it is fetched again
    Entry{RD_KAFKA_RESP_ERR__BAD_COMPRESSION, {ErrorClass::kStop, "the record in the topic is damaged"}},
    Entry{RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR__FENCED, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR__STATE, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR__FATAL, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR__INCONSISTENT, {ErrorClass::kLost, ""}},  // acknowledged, but never sent
    // A call that timed out continues in the background and blocks all other calls until it ends.
    Entry{RD_KAFKA_RESP_ERR__CONFLICT, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR__AUTHENTICATION, {ErrorClass::kStop, kLogin}},
    Entry{RD_KAFKA_RESP_ERR__SSL, {ErrorClass::kStop, kBrokersCertificate}},
    Entry{RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, {ErrorClass::kStop, kTopics}},
    Entry{RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, {ErrorClass::kStop, kTopics}},
    Entry{RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, {ErrorClass::kStop, "the brokers are too old: 2.5 is the oldest"}},
    // A broker or a coordinator is temporarily unavailable.
    Entry{RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_NOT_COORDINATOR, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_MSG, {ErrorClass::kTransient, ""}},  // the checksum is wrong: damaged on the way
    Entry{kUnknownTopicId, {ErrorClass::kTransient, ""}},                // the broker's metadata is old
    Entry{kInconsistentTopicId, {ErrorClass::kTransient, ""}},
    Entry{kRebootstrapRequired, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, {ErrorClass::kTransient, ""}},
    Entry{RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, {ErrorClass::kTransient, ""}},
    // The group has a newer generation (KIP-447).
    Entry{RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED, {ErrorClass::kOutdated, ""}},
    // The coordinator asks for an abort (KIP-890). OPERATION_NOT_ATTEMPTED: another partition of the request failed.
    Entry{kTransactionAbortable, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED, {ErrorClass::kOutdated, ""}},
    Entry{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
          {ErrorClass::kStop, "another process runs with the same instance id; give each its own `instance`"}},
    // Another producer has the id, or the coordinator has forgotten this one (KIP-360).
    Entry{RD_KAFKA_RESP_ERR_PRODUCER_FENCED, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED, {ErrorClass::kLost, ""}},
    // Records are missing, or the broker has forgotten who wrote them.
    Entry{RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, {ErrorClass::kLost, ""}},
    Entry{RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, {ErrorClass::kLost, ""}},
    // Rights and settings.
    Entry{RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, {ErrorClass::kStop, kLogin}},
    Entry{RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, {ErrorClass::kStop, kLogin}},
    Entry{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, {ErrorClass::kStop, kTopicRights}},
    Entry{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
          {ErrorClass::kStop, "give the worker's Kafka user READ on the consumer group"}},
    Entry{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
          {ErrorClass::kStop, "give the worker's Kafka user IDEMPOTENT_WRITE on the cluster"}},
    Entry{RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
          {ErrorClass::kStop, "give the worker's Kafka user WRITE and DESCRIBE on the transactional id"}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
          {ErrorClass::kStop, "lower the transaction timeout, or raise the brokers' `transaction.max.timeout.ms`"}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
          {ErrorClass::kStop,
           "the session timeout must lie between the brokers' `group.min.session.timeout.ms` and"
           " `group.max.session.timeout.ms`"}},
    Entry{RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED,
          {ErrorClass::kStop, "raise the brokers' `group.max.size` or run fewer workers"}},
    Entry{RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
          {ErrorClass::kStop, "another program is in the consumer group; give this one a name of its own"}},
    Entry{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, {ErrorClass::kStop, kTopics}},
    Entry{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, {ErrorClass::kStop, kTopics}},
    Entry{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, {ErrorClass::kStop, kTooLarge}},
    Entry{RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, {ErrorClass::kStop, kTooLarge}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, {ErrorClass::kStop, kClock}},
    Entry{RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, {ErrorClass::kStop, kOffsetsTooLarge}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, {ErrorClass::kStop, kOffsetsTooLarge}},
    Entry{RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
          {ErrorClass::kStop, "set another `compression.type` at kafka.producer in the settings"}},
    Entry{RD_KAFKA_RESP_ERR_INVALID_RECORD, {ErrorClass::kStop, "the topic refuses the record; see its settings"}},
    Entry{RD_KAFKA_RESP_ERR_POLICY_VIOLATION, {ErrorClass::kStop, "the topic refuses the record; see its settings"}},
    Entry{RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, {ErrorClass::kStop, "the brokers are too old: 2.5 is the oldest"}},
    Entry{RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
          {ErrorClass::kStop, "the topic keeps records in a format without transactions (`message.format.version`)"}},
};

std::string Sentence(const std::string& call, const std::string& text, const ErrorMeaning& meaning) {
  std::string sentence = "could not " + call + ": " + text;
  if (*meaning.advice != '\0') sentence.append("; ").append(meaning.advice);
  return sentence;
}

TransactionErrorKind KindWithoutFlags(ErrorClass kind) {
  switch (kind) {
    case ErrorClass::kTransient:
      return TransactionErrorKind::kRetriable;
    case ErrorClass::kOutdated:
      return TransactionErrorKind::kAbortable;
    case ErrorClass::kStop:
      return TransactionErrorKind::kFatal;
    case ErrorClass::kLost:
    case ErrorClass::kUnknown:  // refuse after doubt: a new producer ends this one's transaction
      break;
  }
  return TransactionErrorKind::kProducerLost;
}

// In a transaction an abort is enough: the consumer reports the fence itself.
ErrorClass ClassInTransaction(rd_kafka_resp_err_t code, const ErrorMeaning& meaning) {
  return code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ? ErrorClass::kOutdated : meaning.kind;
}

TransactionErrorKind KindOf(ErrorClass kind, const rd_kafka_error_t* error) {
  if (kind == ErrorClass::kStop) return TransactionErrorKind::kFatal;
  if (rd_kafka_error_is_fatal(error) != 0) return TransactionErrorKind::kProducerLost;
  if (rd_kafka_error_txn_requires_abort(error) != 0) return TransactionErrorKind::kAbortable;
  if (kind == ErrorClass::kLost) return TransactionErrorKind::kProducerLost;
  if (rd_kafka_error_is_retriable(error) != 0) return TransactionErrorKind::kRetriable;
  return KindWithoutFlags(kind);
}

}  // namespace

ErrorMeaning MeaningOf(rd_kafka_resp_err_t code) {
  const auto* found = std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Entry& e) { return e.code == code; });
  return found == kMeanings.end() ? ErrorMeaning{} : found->meaning;
}

ErrorMeaning MeaningOfSilence(rd_kafka_resp_err_t code, const std::string& said) {
  const auto says = [&](const char* words) { return said.find(words) != std::string::npos; };
  // In TLS 1.3 the broker checks our certificate after our side has finished the handshake. Its refusal is an error of
  // the transport, with OpenSSL's text.
  if (says("SSL alert number")) return {ErrorClass::kStop, kOwnCertificate};
  // A bad certificate of the broker that is found while reading, after the handshake, is an error of the transport,
  // too.
  if (says("certificate verify failed")) return {ErrorClass::kStop, kBrokersCertificate};
  if (!ScramWorksSinceKafka4() && says("SASL mechanism SCRAM")) return {ErrorClass::kStop, kOldScram};
  const ErrorMeaning meaning = MeaningOf(code);
  if (meaning.kind == ErrorClass::kStop) return meaning;
  return {ErrorClass::kTransient, kNobodyThere};
}

bool IsTooLarge(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

TransactionError ToTransactionError(const std::string& call, const rd_kafka_error_t* error) {
  const ErrorMeaning meaning = MeaningOf(rd_kafka_error_code(error));
  return {KindOf(ClassInTransaction(rd_kafka_error_code(error), meaning), error),
          Sentence(call, rd_kafka_error_string(error), meaning)};
}

TransactionError ToTransactionError(const std::string& call, rd_kafka_resp_err_t code, const std::string& text) {
  const ErrorMeaning meaning = MeaningOf(code);
  return {KindWithoutFlags(ClassInTransaction(code, meaning)), Sentence(call, text, meaning)};
}

Status ToStatus(const std::string& call, rd_kafka_resp_err_t code, const std::string& text) {
  return ToStatus(call, MeaningOf(code), text);
}

Status ToStatus(const std::string& call, const ErrorMeaning& meaning, const std::string& text) {
  const std::string sentence = Sentence(call, text, meaning);
  const bool passes = meaning.kind == ErrorClass::kTransient || meaning.kind == ErrorClass::kOutdated;
  return passes ? Status::Retriable(sentence) : Status::Fatal(sentence);
}

}  // namespace leadpulse::kafka
