#include "processor/kafka/client/rdkafka_errors.h"

#include <algorithm>
#include <iterator>

#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {
namespace {

constexpr const char* kTopicRights =
    "give the worker's Kafka user READ on the input topics, WRITE on the others, and READ and WRITE on lead.state";
constexpr const char* kLogin =
    "check kafka.security.sasl in the settings: mechanism, username and password, or the token";
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
constexpr const char* kTopics =
    "`leadpulse topics create --config FILE` creates Leadpulse's, `leadpulse doctor` says what is wrong";
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

// Codes of a broker or coordinator that is temporarily unavailable, of data damaged on the way (BAD_MSG, INVALID_MSG),
// and of old metadata (the topic ids).
constexpr rd_kafka_resp_err_t kTransientCodes[] = {
    // librdkafka's own.
    RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
    RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__QUEUE_FULL,
    RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE, RD_KAFKA_RESP_ERR__IN_PROGRESS,
    RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__BAD_MSG,
    // The brokers'.
    RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
    RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
    RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND, RD_KAFKA_RESP_ERR_INVALID_MSG, kUnknownTopicId, kInconsistentTopicId,
    kRebootstrapRequired, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
    RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED};

// The group has a newer generation (KIP-447), or the coordinator asks for an abort (KIP-890). OPERATION_NOT_ATTEMPTED:
// another partition of the request failed.
constexpr rd_kafka_resp_err_t kOutdatedCodes[] = {
    RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,         RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
    RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST,       RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,     RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
    RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED,     kTransactionAbortable,
    RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED};

// Another producer has the id, or the coordinator has forgotten this one (KIP-360); records are missing, or the broker
// has forgotten their producer. _INCONSISTENT: acknowledged, but never sent. _CONFLICT, _PREV_IN_PROGRESS: a call that
// timed out continues in the background and blocks all other calls until it ends.
constexpr rd_kafka_resp_err_t kLostCodes[] = {
    // librdkafka's own.
    RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__INCONSISTENT,
    RD_KAFKA_RESP_ERR__CONFLICT, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
    // The brokers'.
    RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,
    RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED,
    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID};

struct Stop {
  rd_kafka_resp_err_t code;
  const char* advice;
};
constexpr Stop kStops[] = {
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, "the record in the topic is damaged"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, kLogin},
    {RD_KAFKA_RESP_ERR__SSL, kBrokersCertificate},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, kTopics},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, kTopics},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, "the brokers are too old: 2.5 is the oldest"},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
     "another process runs with the same instance id; give each its own `instance`"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, kLogin},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, kLogin},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, kTopicRights},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "give the worker's Kafka user READ on the consumer group"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "give the worker's Kafka user IDEMPOTENT_WRITE on the cluster"},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
     "give the worker's Kafka user WRITE and DESCRIBE on the transactional id"},
    {RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
     "lower the transaction timeout, or raise the brokers' `transaction.max.timeout.ms`"},
    {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
     "the session timeout must lie between the brokers' `group.min.session.timeout.ms` and"
     " `group.max.session.timeout.ms`"},
    {RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, "raise the brokers' `group.max.size` or run fewer workers"},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
     "another program is in the consumer group; give this one a name of its own"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, kTopics},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, kTopics},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, kTooLarge},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, kTooLarge},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, kClock},
    {RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, kOffsetsTooLarge},
    {RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, kOffsetsTooLarge},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
     "set another `compression.type` at kafka.producer in the settings"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, "the topic refuses the record; see its settings"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, "the topic refuses the record; see its settings"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, "the brokers are too old: 2.5 is the oldest"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
     "the topic keeps records in a format without transactions (`message.format.version`)"},
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

// Returns an error's class in a transaction. For a fence an abort is enough, because the consumer reports it itself.
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
  const auto is_in = [code](const auto& codes) { return std::ranges::find(codes, code) != std::end(codes); };
  if (is_in(kTransientCodes)) return {ErrorClass::kTransient, ""};
  if (is_in(kOutdatedCodes)) return {ErrorClass::kOutdated, ""};
  if (is_in(kLostCodes)) return {ErrorClass::kLost, ""};
  const auto* stop = std::ranges::find(kStops, code, &Stop::code);
  return stop == std::end(kStops) ? ErrorMeaning{} : ErrorMeaning{ErrorClass::kStop, stop->advice};
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
