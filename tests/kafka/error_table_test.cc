// The classes of all error codes that librdkafka knows, or the reason why a code has none. Each class was seen in a
// response of the mock, or the row says why not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "processor/kafka/client/rdkafka_errors.h"
#include "tests/kafka/answered_codes.h"

namespace leadpulse::kafka {
namespace {

using Code = rd_kafka_resp_err_t;
using Class = ErrorClass;

// ---- codes with a class ---------------------------------------------------------------------------------------------

struct Row {
  Code code;
  Class kind;
  const char* why_unmet = "";  // in the mock; empty: a test of transactions or of readers gets it as an answer
};

constexpr const char* kOfClient = "an event of the client, of its connections; silence is tested by its words";
constexpr const char* kOfCall = "librdkafka's answer to one of its own calls, at a moment that no test can choose";
constexpr const char* kOfWaiting = "comes where nobody answers in time; late answers are tested by what they lead to";
constexpr const char* kOfGroup = "told by librdkafka of its own place in the group; rdkafka_consumer_test has it";
constexpr const char* kOfLogin =
    "the mock has no login: librdkafka fails the connection as _AUTHENTICATION, secure_test";
constexpr const char* kOfTls = "the mock has no TLS; secure_test has it of a broker";
constexpr const char* kOfRecords = "the mock writes no damaged record";
constexpr const char* kOfMetadata = "of metadata without the topic; rdkafka_consumer_test has it of a broker";
constexpr const char* kNewer = "librdkafka 2.0.2 does not know it, and takes no such answer";

const Row kRows[] = {
    // librdkafka's own.
    {RD_KAFKA_RESP_ERR__TRANSPORT, Class::kTransient},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, Class::kTransient, kOfClient},
    {RD_KAFKA_RESP_ERR__RESOLVE, Class::kTransient, kOfClient},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, Class::kTransient, kOfWaiting},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, Class::kTransient, kOfWaiting},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Class::kOutdated, kOfWaiting},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, Class::kTransient, "AFullQueue has it, by a queue of ten"},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, Class::kTransient, kOfCall},
    {RD_KAFKA_RESP_ERR__WAIT_CACHE, Class::kTransient, kOfCall},
    {RD_KAFKA_RESP_ERR__IN_PROGRESS, Class::kTransient, kOfCall},
    {RD_KAFKA_RESP_ERR__RETRY, Class::kTransient, kOfCall},
    {RD_KAFKA_RESP_ERR__BAD_MSG, Class::kTransient, kOfRecords},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, Class::kStop, kOfRecords},
    {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, Class::kOutdated, kOfGroup},
    {RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, Class::kOutdated, kOfGroup},
    {RD_KAFKA_RESP_ERR__FENCED, Class::kLost, "what librdkafka makes of PRODUCER_FENCED, which the mock answers"},
    {RD_KAFKA_RESP_ERR__STATE, Class::kLost, "ProduceAfterTheTransactionHasFailed has it, and asks for the reason"},
    {RD_KAFKA_RESP_ERR__FATAL, Class::kLost, "the name of another code, which is asked for: AnAbortInTheMiddle…"},
    {RD_KAFKA_RESP_ERR__INCONSISTENT, Class::kLost, "a broker would have to acknowledge what was never sent"},
    {RD_KAFKA_RESP_ERR__CONFLICT, Class::kLost, "AnAbortInTheMiddleOfACommit has it"},
    {RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, Class::kLost, kOfCall},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, Class::kStop, kOfLogin},
    {RD_KAFKA_RESP_ERR__SSL, Class::kStop, kOfTls},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Class::kStop, kOfMetadata},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Class::kStop, kOfMetadata},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, Class::kStop, "topic_errors_test has it: the mock tells no settings"},
    // A broker or a coordinator is away.
    {RD_KAFKA_RESP_ERR_INVALID_MSG, Class::kTransient},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, Class::kTransient},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, Class::kTransient},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, Class::kTransient},
    {RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, Class::kTransient},
    {RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, Class::kTransient},
    {RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, Class::kTransient},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, Class::kTransient},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, Class::kTransient},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, Class::kTransient},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, Class::kTransient},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, Class::kTransient},
    {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, Class::kTransient},
    {RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND, Class::kTransient},
    {RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, Class::kTransient},
    {RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, Class::kTransient},
    {RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, Class::kTransient},
    {RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, Class::kTransient},
    {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, Class::kTransient},
    {RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, Class::kTransient},
    {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Class::kTransient},
    {static_cast<Code>(100), Class::kTransient},          // UNKNOWN_TOPIC_ID
    {static_cast<Code>(103), Class::kTransient},          // INCONSISTENT_TOPIC_ID
    {static_cast<Code>(129), Class::kTransient, kNewer},  // REBOOTSTRAP_REQUIRED
    // The group has moved on.
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, Class::kOutdated},
    {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, Class::kOutdated},
    {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, Class::kOutdated},
    {RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED, Class::kOutdated},
    {RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED, Class::kOutdated},
    {static_cast<Code>(120), Class::kOutdated},  // TRANSACTION_ABORTABLE
    // The producer cannot go on.
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Class::kLost},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Class::kLost},
    {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, Class::kLost},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, Class::kLost},
    {RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED, Class::kLost},
    {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, Class::kLost},
    {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, Class::kLost},
    // An operator has to act.
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, Class::kStop},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, Class::kStop, kOfLogin},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, Class::kStop, kOfLogin},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Class::kStop},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Class::kStop},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Class::kStop},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, Class::kStop},
    {RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, Class::kStop},
    {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, Class::kStop},
    {RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, Class::kStop},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, Class::kStop},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Class::kStop},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Class::kStop},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Class::kStop},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Class::kStop},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Class::kStop},
    {RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, Class::kStop},
    {RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, Class::kStop},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, Class::kStop},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, Class::kStop},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, Class::kStop},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, Class::kStop},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, Class::kStop},
};

// ---- codes without a class ------------------------------------------------------------------------------------------

struct Reason {
  const char* why;
  std::vector<int> codes;  // some are newer than the headers
};

// Codes without a row.
const Reason kWithoutRow[] = {
    {"no error", {RD_KAFKA_RESP_ERR_NO_ERROR}},
    {"unknown errors: after doubt the producer is given up, and a reader ends",
     {RD_KAFKA_RESP_ERR_UNKNOWN, RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR__INVALID_ARG,
      RD_KAFKA_RESP_ERR__FAIL, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,
      RD_KAFKA_RESP_ERR__NOT_CONFIGURED, -139 /* _LOG_TRUNCATION */}},
    {"handled where they occur, before the table",
     {RD_KAFKA_RESP_ERR__PARTITION_EOF, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR__PURGE_QUEUE,
      RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS,
      RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND}},
    {"replaced by librdkafka: _AUTO_OFFSET_RESET, a record without an offset, _AUTHENTICATION",
     {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
      RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE}},
    {"internal to librdkafka",
     {RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__NODE_UPDATE, RD_KAFKA_RESP_ERR__OUTDATED, RD_KAFKA_RESP_ERR__INTR,
      RD_KAFKA_RESP_ERR__UNDERFLOW, RD_KAFKA_RESP_ERR__UNKNOWN_BROKER, RD_KAFKA_RESP_ERR__ISR_INSUFF,
      RD_KAFKA_RESP_ERR__UNKNOWN_PROTOCOL, RD_KAFKA_RESP_ERR__BEGIN, -137 /* _DESTROY_BROKER */}},
    {"for calls and settings that we do not use: commits by the consumer, offsets in files, serializers,"
     " interceptors, gapless producers without transactions",
     {RD_KAFKA_RESP_ERR__FS, RD_KAFKA_RESP_ERR__UNKNOWN_GROUP, RD_KAFKA_RESP_ERR__EXISTING_SUBSCRIPTION,
      RD_KAFKA_RESP_ERR__NO_OFFSET, RD_KAFKA_RESP_ERR__KEY_SERIALIZATION, RD_KAFKA_RESP_ERR__VALUE_SERIALIZATION,
      RD_KAFKA_RESP_ERR__KEY_DESERIALIZATION, RD_KAFKA_RESP_ERR__VALUE_DESERIALIZATION, RD_KAFKA_RESP_ERR__PARTIAL,
      RD_KAFKA_RESP_ERR__READ_ONLY, RD_KAFKA_RESP_ERR__NOENT, RD_KAFKA_RESP_ERR__INVALID_TYPE,
      RD_KAFKA_RESP_ERR__APPLICATION, RD_KAFKA_RESP_ERR__NOOP, RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE,
      -138 /* _INVALID_DIFFERENT_RECORD */}},
    {"for requests that librdkafka itself makes correctly: sizes, acknowledgements and names are checked before, and it"
     " fetches without sessions",
     {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
      RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND, RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH}},
    {"for requests between brokers",
     {RD_KAFKA_RESP_ERR_STALE_CTRL_EPOCH, RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH,
      RD_KAFKA_RESP_ERR_INCONSISTENT_VOTER_SET, RD_KAFKA_RESP_ERR_PRINCIPAL_DESERIALIZATION_FAILURE, 119, 125, 126,
      127}},
    {"for requests that change topics, groups, rights or brokers, which we do not make",
     {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS,
      RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
      RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
      RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT,
      RD_KAFKA_RESP_ERR_INVALID_CONFIG,
      RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
      RD_KAFKA_RESP_ERR_SECURITY_DISABLED,
      RD_KAFKA_RESP_ERR_LOG_DIR_NOT_FOUND,
      RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTH_DISABLED,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_NOT_FOUND,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_OWNER_MISMATCH,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_EXPIRED,
      RD_KAFKA_RESP_ERR_INVALID_PRINCIPAL_TYPE,
      RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP,
      RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED,
      RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED,
      RD_KAFKA_RESP_ERR_NO_REASSIGNMENT_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC,
      RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND,
      RD_KAFKA_RESP_ERR_DUPLICATE_RESOURCE,
      RD_KAFKA_RESP_ERR_UNACCEPTABLE_CREDENTIAL,
      RD_KAFKA_RESP_ERR_INVALID_UPDATE_VERSION,
      RD_KAFKA_RESP_ERR_FEATURE_UPDATE_FAILED,
      114,
      115,
      116}},
    {"of groups of KIP-848, of share groups, of Kafka Streams and of telemetry (nothing here is any of them)",
     {110, 111, 112, 113, 117, 118, 121, 122, 123, 124, 128, 130, 131, 132, 133}},
};

const Row* RowOf(int code) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.code == code; });
  return found == std::end(kRows) ? nullptr : found;
}

std::map<int, std::string> ReasonsByCode() {
  std::map<int, std::string> reasons;
  for (const Reason& reason : kWithoutRow) {
    for (const int code : reason.codes) {
      EXPECT_TRUE(reasons.emplace(code, reason.why).second) << code << " is listed twice";
    }
  }
  return reasons;
}

std::set<int> AnsweredCodes() {
  std::set<int> codes;
  for (const Code code : CodesAnsweredToTransactions()) codes.insert(code);
  for (const Code code : CodesAnsweredToReaders()) codes.insert(code);
  return codes;
}

// ---- the tests ------------------------------------------------------------------------------------------------------

TEST(ErrorTableTest, EachCodeOfLibrdkafkaHasAMeaningOrAReasonToHaveNone) {
  const std::map<int, std::string> reasons = ReasonsByCode();
  const rd_kafka_err_desc* codes = nullptr;
  size_t count = 0;
  rd_kafka_get_err_descs(&codes, &count);
  size_t named = 0;
  for (size_t i = 0; i < count; ++i) {
    if (codes[i].name == nullptr || codes[i].desc == nullptr) continue;  // a gap between two numbers, or an end
    ++named;
    SCOPED_TRACE(std::string(codes[i].name) + " = " + std::to_string(codes[i].code));
    const Row* row = RowOf(codes[i].code);
    EXPECT_NE(row == nullptr, reasons.count(codes[i].code) == 0) << "neither a row nor a reason, or both";
  }
  EXPECT_GE(named, 150U) << "librdkafka 2.0.2 has this many";
}

TEST(ErrorTableTest, EachRowIsOfItsClass) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(rd_kafka_err2name(row.code) + (" = " + std::to_string(row.code)));
    const ErrorMeaning meaning = MeaningOf(row.code);
    EXPECT_EQ(meaning.kind, row.kind);
    EXPECT_EQ(*meaning.advice != '\0', row.kind == Class::kStop)
        << "only codes on which an operator must act have advice";
    const bool passes = row.kind == Class::kTransient || row.kind == Class::kOutdated;
    EXPECT_EQ(ToStatus("do it", row.code, "").kind(), passes ? ErrorKind::kRetriable : ErrorKind::kFatal);
  }
  for (const auto& [code, why] : ReasonsByCode()) EXPECT_EQ(MeaningOf(static_cast<Code>(code)).kind, Class::kUnknown);
}

TEST(ErrorTableTest, EachRowWasAnsweredByTheMockOrSaysWhyNot) {
  const std::set<int> answered = AnsweredCodes();
  for (const Row& row : kRows) {
    EXPECT_NE(answered.count(row.code) == 1, *row.why_unmet != '\0')
        << rd_kafka_err2name(row.code) << ": either it is answered or it has a reason not to be";
  }
  for (const int code : answered) {
    EXPECT_TRUE(RowOf(code) != nullptr || ReasonsByCode().count(code) == 1) << code << " is answered, but in no list";
  }
}

}  // namespace
}  // namespace leadpulse::kafka
