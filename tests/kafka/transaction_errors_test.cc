// The meaning of each broker response to a transaction. librdkafka's mock gives the responses.
#include <optional>

#include "processor/kafka/client/rdkafka_client.h"
#include "tests/kafka/answered_codes.h"
#include "tests/kafka/mock_kafka.h"

namespace leadpulse::kafka {
namespace {

using Kind = TransactionErrorKind;
using Codes = std::vector<rd_kafka_resp_err_t>;

enum class Step { kInit, kCommit, kAbort };

struct Case {
  Request request;
  rd_kafka_resp_err_t code;
  int times;
  std::optional<Kind> expected;  // nullopt: the transaction works all the same
  Step step = Step::kCommit;     // the last step that runs
};

constexpr int kAlways = 1'000;
constexpr std::optional<Kind> kWorks;

// Newer than the headers of librdkafka 2.0.2 (https://kafka.apache.org/protocol#protocol_error_codes).
constexpr auto kTransactionAbortable = static_cast<rd_kafka_resp_err_t>(120);

// Returns the result of damage. Newer versions send damaged records again by themselves.
std::optional<Kind> OfDamage() {
  constexpr int kSentAgainSince = 0x02040000;
  return rd_kafka_version() < kSentAgainSince ? std::optional(Kind::kAbortable) : kWorks;
}

const Case kCases[] = {
    // Taking over the transactional id.
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1, kWorks, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, kWorks, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, 1, kWorks, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 1, kWorks, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, kAlways, Kind::kRetriable, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, kAlways, Kind::kFatal,
     Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, kAlways, Kind::kFatal, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, kAlways, Kind::kFatal, Step::kInit},
    {Request::kInitProducerId, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, Kind::kProducerLost, Step::kInit},
    {Request::kFindCoordinator, RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND, 1, kWorks, Step::kInit},
    // Adding partitions.
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 2, kWorks},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 2, kWorks},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, kWorks},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR__TRANSPORT, 1, kWorks},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, Kind::kProducerLost},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, Kind::kProducerLost},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, Kind::kProducerLost},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, 1, Kind::kAbortable},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED, 1, Kind::kAbortable},
    // Records.
    {Request::kProduce, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR__TRANSPORT, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, kAlways, Kind::kRetriable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1, Kind::kTooLarge},
    {Request::kProduce, RD_KAFKA_RESP_ERR_INVALID_RECORD, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, 1, kWorks},
    {Request::kProduce, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_INVALID_MSG, 1, OfDamage()},
    {Request::kProduce, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, 1, Kind::kAbortable},
    {Request::kProduce, kTransactionAbortable, 1, Kind::kAbortable},
    {Request::kProduce, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, 1, Kind::kTooLarge},
    {Request::kProduce, RD_KAFKA_RESP_ERR_POLICY_VIOLATION, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, 1, Kind::kFatal},
    {Request::kProduce, RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, 1, Kind::kFatal},
    // Offsets.
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 1, kWorks},
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, kWorks},
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, Kind::kAbortable},
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, Kind::kProducerLost},
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, Kind::kProducerLost},
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kAddOffsetsToTxn, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1, kWorks},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, kWorks},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, 1, kWorks},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, 1, Kind::kAbortable},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, 1, Kind::kAbortable},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, 1, Kind::kAbortable},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, 1, Kind::kFatal},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, 1, Kind::kFatal},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, 1, Kind::kFatal},
    {Request::kTxnOffsetCommit, kTransactionAbortable, 1, Kind::kAbortable},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, Kind::kProducerLost},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, 1, Kind::kAbortable},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kTxnOffsetCommit, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    // The end.
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 1, kWorks},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, kWorks},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1, kWorks},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR__TRANSPORT, 1, kWorks},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, Kind::kProducerLost},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, Kind::kProducerLost},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, Kind::kProducerLost},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED, 1, Kind::kAbortable},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, 1, Kind::kAbortable},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, 1, Kind::kAbortable},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1, Kind::kFatal},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, kAlways, Kind::kRetriable},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 1, kWorks, Step::kAbort},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR__TRANSPORT, 1, kWorks, Step::kAbort},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, Kind::kProducerLost, Step::kAbort},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, Kind::kProducerLost, Step::kAbort},
    {Request::kEndTxn, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1, Kind::kFatal, Step::kAbort},
};

class TransactionErrorsTest : public testing::Test {
 protected:
  TransactionErrorsTest() : options_(kafka_.Place()) {}

  // Runs a transaction with records and offsets up to a step; returns the outcome of the first call that fails.
  TransactionOutcome Run(Step last) {
    producer_ = Must(Connect(options_)->MakeProducer());
    TransactionOutcome outcome = producer_->Init();
    if (outcome || last == Step::kInit) return outcome;
    return Transaction(last);
  }
  TransactionOutcome Transaction(Step last) {
    TransactionOutcome outcome = producer_->Begin();
    if (!outcome) outcome = producer_->Produce({OutputTopic::kLeadJournal, PartitionId{0}, "key", "value", {}});
    if (!outcome) outcome = producer_->SendOffsets({{PartitionId{0}, {{1, 1}}}}, place_);
    if (!outcome) outcome = last == Step::kCommit ? producer_->Commit() : producer_->Abort();
    return outcome;
  }

  MockKafka kafka_;
  ConnectionOptions options_;
  const RdkafkaGroupMetadata place_{NoPlaceInGroup("mock")};  // the mock knows no group and accepts any
  std::unique_ptr<TransactionalProducer> producer_;
};

class AnswerTest : public TransactionErrorsTest, public testing::WithParamInterface<Case> {};

TEST_P(AnswerTest, IsOfItsClass) {
  const Case& c = GetParam();
  kafka_.Answer(c.request, Codes(static_cast<size_t>(c.times), c.code));
  const auto begin = MonotonicNow();
  const TransactionOutcome outcome = Run(c.step);
  EXPECT_LT(MonotonicNow() - begin, 4 * options_.transaction_timeout) << "each call has a time limit";
  EXPECT_EQ(outcome.has_value(), c.expected.has_value()) << (outcome ? outcome->message : "it worked");
  if (!outcome || !c.expected) return;
  EXPECT_EQ(outcome->kind, *c.expected) << outcome->message;
  EXPECT_THAT(outcome->message, testing::HasSubstr("could not "));
  EXPECT_TRUE(outcome->kind != Kind::kFatal || outcome->message.find("; ") != std::string::npos)
      << "it does not say what to do: " << outcome->message;
  if (outcome->kind != Kind::kAbortable) return;
  // After the abort the producer works again, or reports that it is lost.
  const TransactionOutcome aborted = producer_->Abort();
  if (aborted) {
    EXPECT_EQ(aborted->kind, Kind::kProducerLost) << aborted->message;
  } else if (c.times == 1) {
    TransactionOutcome next = Transaction(Step::kCommit);
    if (next && next->message.find("skipped sequence numbers") != std::string::npos) {
      // librdkafka 2.0.2 remembers the number of a refused record: the producer first gets a new epoch.
      EXPECT_EQ(next->kind, Kind::kAbortable) << next->message;
      EXPECT_FALSE(producer_->Abort().has_value());
      next = Transaction(Step::kCommit);
    }
    EXPECT_FALSE(next.has_value()) << next->message;
  }
}

std::string NameOfCase(const testing::TestParamInfo<Case>& info) {
  const bool named = info.param.code != kTransactionAbortable;  // not by librdkafka 2.0.2
  return std::to_string(info.index) + "_request" + std::to_string(static_cast<int>(info.param.request)) + "_" +
         (named ? rd_kafka_err2name(info.param.code) : "TRANSACTION_ABORTABLE");
}
INSTANTIATE_TEST_SUITE_P(All, AnswerTest, testing::ValuesIn(kCases), NameOfCase);

// ---- requests that may still be under way ---------------------------------------------------------------------------

TEST_F(TransactionErrorsTest, AnAnsweredTransactionLeavesNothingBehind) {
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  EXPECT_FALSE(producer_->may_have_stray_requests());
  ASSERT_FALSE(Transaction(Step::kAbort).has_value());
  EXPECT_FALSE(producer_->may_have_stray_requests());
}

// librdkafka reports the loss of the same broker once in 30 seconds; here each counts.
TEST_F(TransactionErrorsTest, ALostRequestIsRememberedUntilTheNextBegin) {
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  for (const Request request : {Request::kEndTxn, Request::kProduce, Request::kEndTxn, Request::kTxnOffsetCommit,
                                Request::kAddPartitionsToTxn, Request::kAddOffsetsToTxn}) {
    kafka_.Answer(request, {RD_KAFKA_RESP_ERR__TRANSPORT});
    const TransactionOutcome outcome = Transaction(Step::kCommit);
    ASSERT_FALSE(outcome.has_value()) << outcome->message;
    EXPECT_TRUE(producer_->may_have_stray_requests()) << "request " << static_cast<int>(request);
    ASSERT_FALSE(Transaction(Step::kCommit).has_value());
    EXPECT_FALSE(producer_->may_have_stray_requests()) << "request " << static_cast<int>(request);
  }
}

TEST_F(TransactionErrorsTest, ASlowCommit) {
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  kafka_.AnswerLate(Request::kEndTxn, milliseconds(500));
  ASSERT_FALSE(Transaction(Step::kCommit).has_value());
  EXPECT_FALSE(producer_->may_have_stray_requests());
  kafka_.AnswerLate(Request::kEndTxn, milliseconds(2'300));
  ASSERT_FALSE(Transaction(Step::kCommit).has_value());
  EXPECT_TRUE(producer_->may_have_stray_requests());
}

// Nobody answered the request to commit; librdkafka would abort now, but may not be able to.
TEST_F(TransactionErrorsTest, ACommitOfUnknownOutcome) {
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  kafka_.Answer(Request::kEndTxn, {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING});
  const TransactionOutcome outcome = Transaction(Step::kCommit);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kProducerLost) << outcome->message;
}

// The response to a retry of records that are there already may not say where they are.
TEST_F(TransactionErrorsTest, ARecordThatWasWrittenNobodyKnowsWhere) {
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  kafka_.Answer(Request::kProduce, {RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER});
  const TransactionOutcome outcome = Transaction(Step::kCommit);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kAbortable) << outcome->message;
  EXPECT_THAT(outcome->message, testing::HasSubstr("learn where a record of lead.journal [0] was written"));
  EXPECT_FALSE(producer_->Abort().has_value());
}

// librdkafka takes no further record then; the reason counts, not each record's error.
TEST_F(TransactionErrorsTest, ProduceAfterTheTransactionHasFailed) {
  for (const auto& [code, kind] : {std::pair(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Kind::kFatal),
                                   std::pair(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, Kind::kAbortable),
                                   std::pair(RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Kind::kProducerLost)}) {
    SCOPED_TRACE(rd_kafka_err2name(code));
    ASSERT_FALSE(Run(Step::kInit).has_value());
    kafka_.Answer(Request::kAddPartitionsToTxn, {code});
    ASSERT_FALSE(producer_->Begin().has_value());
    TransactionOutcome outcome;
    const auto deadline = MonotonicNow() + milliseconds(10'000);
    while (!outcome && MonotonicNow() < deadline) {
      outcome = producer_->Produce({OutputTopic::kLeadState, PartitionId{0}, "key", "value", {}});
    }
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->kind, kind) << outcome->message;
  }
}

// Blocks only once the queue is full, and only for its time.
TEST_F(TransactionErrorsTest, AFullQueue) {
  options_.producer_settings = {{"queue.buffering.max.messages", "10"}};
  options_.transaction_timeout = milliseconds(1'500);
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  ASSERT_FALSE(producer_->Begin().has_value());
  for (int i = 0; i < 100; ++i) {
    const TransactionOutcome outcome =
        producer_->Produce({OutputTopic::kLeadState, PartitionId{0}, "key", "value", {}});
    ASSERT_FALSE(outcome.has_value()) << outcome->message;
  }
  ASSERT_FALSE(producer_->Commit().has_value());
}

TEST_F(TransactionErrorsTest, ACommitThatTimedOutIsMadeAgain) {
  options_.transaction_timeout = milliseconds(1'500);
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  kafka_.AnswerLate(Request::kEndTxn, milliseconds(2'500));
  TransactionOutcome outcome = Transaction(Step::kCommit);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kRetriable) << outcome->message;
  EXPECT_TRUE(producer_->may_have_stray_requests());
  for (int i = 0; i < 5 && outcome && outcome->kind == Kind::kRetriable; ++i) outcome = producer_->Commit();
  EXPECT_FALSE(outcome.has_value()) << outcome->message;
  EXPECT_EQ(producer_->delta_positions().size(), 1U);
  EXPECT_TRUE(producer_->may_have_stray_requests());
}

// Only the same call may follow a retriable error. Any other call ends the producer.
TEST_F(TransactionErrorsTest, AnAbortInTheMiddleOfACommit) {
  options_.transaction_timeout = milliseconds(1'500);
  ASSERT_FALSE(Run(Step::kCommit).has_value());
  kafka_.AnswerLate(Request::kEndTxn, milliseconds(6'000));
  TransactionOutcome outcome = Transaction(Step::kCommit);
  ASSERT_TRUE(outcome.has_value());
  ASSERT_EQ(outcome->kind, Kind::kRetriable) << outcome->message;
  outcome = producer_->Abort();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kProducerLost) << outcome->message;
  const auto begin = MonotonicNow();
  producer_.reset();
  EXPECT_LT(MonotonicNow() - begin, milliseconds(4'000)) << "the call does not wait for a lost producer";
}

}  // namespace

std::vector<rd_kafka_resp_err_t> CodesAnsweredToTransactions() {
  Codes codes = {RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER};  // ARecordThatWasWrittenNobodyKnowsWhere
  for (const Case& each : kCases) codes.push_back(each.code);
  return codes;
}

}  // namespace leadpulse::kafka
