// The meaning of each broker response to a writer of input records. librdkafka's mock gives the responses.
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <future>
#include <string>

#include "processor/kafka/client/rdkafka_record_writer.h"
#include "tests/kafka/mock_kafka.h"

namespace leadpulse::kafka {
namespace {

using testing::HasSubstr;

class WritingErrorsTest : public testing::Test {
 protected:
  // Writes one more record; returns its outcome.
  Status WriteOne() {
    std::promise<Status> promise;
    const codec::Command command{{"acme", "1"}, "c", {1'772'323'200'000}, "kim", false, codec::AddNote{"n"}};
    const Status queued = writer_->Write(command, [&](const auto& at) { promise.set_value(at.status()); });
    return queued.ok() ? promise.get_future().get() : queued;
  }
  static WriterOptions Options() {
    WriterOptions options;
    options.timeout = milliseconds(5'000);
    return options;
  }

  MockKafka kafka_;
  std::unique_ptr<RecordWriter> writer_ = Must(MakeRecordWriter(kafka_.Place(), Options()));
};

TEST_F(WritingErrorsTest, WhatGoesAwayByItselfIsNotHeardOf) {
  for (const rd_kafka_resp_err_t code : {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                         RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT}) {
    kafka_.Answer(Request::kProduce, {code});
    const Status status = WriteOne();
    EXPECT_TRUE(status.ok()) << rd_kafka_err2name(code) << ": " << status.message();
  }
}

TEST_F(WritingErrorsTest, WithoutTheRightAPersonIsAsked) {
  kafka_.Answer(Request::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const Status status = WriteOne();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr("give the Kafka user WRITE and DESCRIBE on the input topics"));
}

TEST_F(WritingErrorsTest, WhatTheTopicDoesNotTakeIsOfThisRecordAlone) {
  for (const rd_kafka_resp_err_t code : {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_RECORD}) {
    kafka_.Answer(Request::kProduce, {code});
    const Status status = WriteOne();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.kind(), ErrorKind::kRejected) << status.message();
    EXPECT_TRUE(WriteOne().ok());
  }
}

// The queue holds a tenth of the records.
TEST_F(WritingErrorsTest, WhereTheQueueIsFullAWriteWaits) {
  WriterOptions options = Options();
  options.queue_bytes = 2 << 10;
  std::atomic<int> there{0};
  const auto writer = Must(MakeRecordWriter(kafka_.Place(), options));
  const codec::Command command{{"acme", "1"}, "c",   {1'772'323'200'000},
                               "kim",         false, codec::AddNote{std::string(200, 'n')}};
  for (int i = 0; i < 100; ++i) {
    const Status queued = writer->Write(command, [&](const auto& at) { there += at.ok() ? 1 : 0; });
    ASSERT_TRUE(queued.ok()) << i << ": " << queued.message();
  }
  EXPECT_TRUE(writer->Flush(milliseconds(10'000)).ok());
  EXPECT_EQ(there, 100);
}

TEST_F(WritingErrorsTest, AfterDoubtNothingMoreIsTaken) {
  ASSERT_TRUE(WriteOne().ok());
  kafka_.Answer(Request::kProduce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  for (const Status& status : {WriteOne(), WriteOne()}) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.kind(), ErrorKind::kFatal) << status.message();
    EXPECT_THAT(status.message(), HasSubstr("start the command again"));
  }
}

}  // namespace
}  // namespace leadpulse::kafka
