// A batch's records into topics: it is answered once, when the last of them is settled, whatever the writer's results.
#include "processor/kafka/topic_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "schemas/codec/records.h"

namespace leadpulse::kafka::topic_sink_test {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Written records wait until the test settles them; the rest is settled by the destructor, as with a real writer.
struct Brokers {
  std::vector<std::function<void(const Status&)>> waiting;
  Status refuse;  // the result of Write; ok: it queues
  int64_t offset = 6;
  void Settle(const Status& status) {
    for (const auto& done : std::exchange(waiting, {})) done(status);
  }
};

class FakeWriter : public RecordWriter {
 public:
  explicit FakeWriter(Brokers* brokers) : brokers_(*brokers) {}
  ~FakeWriter() override { brokers_.Settle(Status::Retriable("stopped")); }
  Status Write(const codec::Record&, codec::Done done) override {
    if (!brokers_.refuse.ok()) return brokers_.refuse;
    brokers_.waiting.push_back([this, done](const Status& status) {
      if (status.ok()) return done(codec::SourcePosition{"commands", 1, ++brokers_.offset, 0});
      done(status);
    });
    return Status::Ok();
  }
  Status Flush(milliseconds) override {
    return brokers_.waiting.empty() ? Status::Ok() : Status::Retriable("some wait");
  }

 private:
  Brokers& brokers_;
};

class FakeFile : public codec::RecordSink {
 public:
  void Append(const codec::RecordBatch& batch, codec::Done done) override {
    EXPECT_TRUE(batch.records.empty());
    kept.emplace_back(batch.quarantine);
    tokens += batch.token.empty() ? 0 : 1;
    answer.ok() ? done(codec::kNowhere) : done(answer);
  }
  std::vector<std::string> kept;
  int tokens = 0;
  Status answer;
};

class SetClock : public FixedClock {
 public:
  SetClock() : FixedClock({0}) {}
  std::chrono::steady_clock::time_point Monotonic() const override { return now; }
  std::chrono::steady_clock::time_point now;
};

struct Batch {
  std::vector<codec::Record> records;
  std::string kept;
  std::string token = "";
};

class TopicSinkTest : public ::testing::Test {
 protected:
  static Batch Of(size_t events, const std::string& kept = "") {
    Batch batch{{}, kept};
    for (size_t i = 0; i < events; ++i) {
      auto& event = std::get<codec::Event>(batch.records.emplace_back());
      event.key.tenant = "acme";
      codec::SetLead("", "ada@example.com", &event);
      event.event_id = "e" + std::to_string(i);
      event.type = EventType::kOpen;
    }
    return batch;
  }
  void Append(const Batch& batch) { AppendTo(&sink_, batch); }
  void AppendTo(TopicSink* sink, const Batch& batch) {
    sink->Append({.records = batch.records, .quarantine = batch.kept, .token = batch.token},
                 [this](const codec::Stored& at) {
                   answers_.push_back(at.status());
                   if (at.ok()) at_ = *at;
                 });
  }

  Brokers brokers_;
  FakeFile file_;
  SetClock clock_;
  std::vector<Status> answers_;
  codec::SourcePosition at_;  // the last answer's
  TopicSink sink_{std::make_unique<FakeWriter>(&brokers_), {.quarantine = &file_}, &clock_};
  const TopicSinkMetrics& metrics_ = sink_.metrics();
};

TEST_F(TopicSinkTest, APostIsAnsweredWithItsLastRecord) {
  Append(Of(2));
  ASSERT_THAT(brokers_.waiting, SizeIs(2));
  brokers_.waiting[1](Status::Ok());
  EXPECT_THAT(answers_, IsEmpty());
  brokers_.waiting[0](Status::Ok());
  brokers_.waiting.clear();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_TRUE(answers_[0].ok());
  EXPECT_EQ(at_, (codec::SourcePosition{"commands", 1, 7, 0}));
  EXPECT_EQ(metrics_.acknowledged, 2u);
  EXPECT_EQ(metrics_.waiting, 0u);
}

TEST_F(TopicSinkTest, CommandsAndEventsOfAPostAreAnsweredTogether) {
  Batch batch = Of(1);
  batch.records.insert(
      batch.records.begin(),
      codec::Command{{"acme", "ada@example.com"}, "c1", Instant{0}, "signup", false, codec::AddNote{"hello"}});
  Append(batch);
  ASSERT_THAT(brokers_.waiting, SizeIs(2));
  brokers_.waiting[1](Status::Ok());
  EXPECT_THAT(answers_, IsEmpty());
  brokers_.waiting[0](Status::Rejected("too large"));
  brokers_.waiting.clear();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_TRUE(answers_[0].ok());
  ASSERT_THAT(file_.kept, SizeIs(1));
  EXPECT_THAT(file_.kept[0], HasSubstr("\"command\":{"));
  EXPECT_THAT(file_.kept[0], HasSubstr("\"addNote\":{\"text\":\"hello\"}"));
}

TEST_F(TopicSinkTest, ATokenIsDurableBeforeTheAnswerAndAfterTheRecords) {
  Batch batch = Of(1);
  batch.token = "a line\n";
  Append(batch);
  EXPECT_EQ(file_.tokens, 0);
  brokers_.Settle(Status::Ok());
  EXPECT_EQ(file_.tokens, 1);
  Append(batch);
  brokers_.Settle(Status::Retriable("not acknowledged"));
  EXPECT_EQ(file_.tokens, 1);
  EXPECT_THAT(answers_, SizeIs(2));
}

TEST_F(TopicSinkTest, WhatIsKeptIsDurableBeforeTheAnswer) {
  Append(Of(0, "line\n"));
  EXPECT_THAT(file_.kept, ElementsAre("line\n"));
  file_.answer = Status::Fatal("the disk is full");
  Append(Of(1, "another\n"));
  EXPECT_THAT(file_.kept, SizeIs(1));  // only once its records are there
  brokers_.Settle(Status::Ok());
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_TRUE(answers_[0].ok());
  EXPECT_THAT(answers_[1].message(), HasSubstr("disk"));
}

TEST_F(TopicSinkTest, OneRecordThatFailedIsToComeAgainWithItsPost) {
  Append(Of(3, "line\n"));
  brokers_.waiting[0](Status::Ok());
  brokers_.waiting[1](Status::Retriable("not acknowledged"));
  EXPECT_THAT(answers_, IsEmpty());
  brokers_.waiting[2](Status::Ok());
  brokers_.waiting.clear();
  ASSERT_THAT(answers_, SizeIs(1));
  ASSERT_FALSE(answers_[0].ok());
  EXPECT_EQ(answers_[0].kind(), ErrorKind::kRetriable);
  EXPECT_THAT(file_.kept, IsEmpty());  // the post comes again
  EXPECT_EQ(metrics_.failed, 1u);
  EXPECT_TRUE(sink_.failure().ok());
}

TEST_F(TopicSinkTest, NoRoom) {
  brokers_.refuse = Status::Retriable("the queue is full");
  Append(Of(2));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_THAT(answers_[0].message(), HasSubstr("full"));
  EXPECT_EQ(metrics_.failed, 1u);  // the second record was not tried
}

TEST_F(TopicSinkTest, WhatTheTopicRefusesIsKeptAndThePostTaken) {
  Append(Of(2));
  brokers_.waiting[0](Status::Rejected("too large"));
  brokers_.waiting[1](Status::Ok());
  brokers_.waiting.clear();
  EXPECT_THAT(file_.kept,
              ElementsAre("{\"reason\":\"refused\",\"detail\":\"too large\",\"event\":{\"tenantId\":\"acme\","
                          "\"email\":\"ada@example.com\",\"eventId\":\"e0\",\"type\":\"OPEN\","
                          "\"occurredAt\":\"1970-01-01T00:00:00Z\"}}\n"));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_TRUE(answers_[0].ok());
  EXPECT_EQ(metrics_.refused, 1u);
}

TEST_F(TopicSinkTest, WhatAPersonMustMendIsTheEnd) {
  Append(Of(1));
  brokers_.Settle(Status::Fatal("not authorised"));
  EXPECT_EQ(answers_.at(0).kind(), ErrorKind::kFatal);
  EXPECT_THAT(sink_.failure().message(), HasSubstr("not authorised"));
  EXPECT_FALSE(sink_.readiness().ok());
}

TEST_F(TopicSinkTest, ReadyAgainWithTheNextPostOrAfterAWhile) {
  Append(Of(1));
  brokers_.Settle(Status::Retriable("nobody there"));
  EXPECT_THAT(sink_.readiness().message(), HasSubstr("nobody there"));
  Append(Of(1));
  brokers_.Settle(Status::Ok());
  EXPECT_TRUE(sink_.readiness().ok());
  Append(Of(1));
  brokers_.Settle(Status::Retriable("nobody there"));
  EXPECT_FALSE(sink_.readiness().ok());
  clock_.now += std::chrono::seconds(11);
  EXPECT_TRUE(sink_.readiness().ok());
}

TEST_F(TopicSinkTest, ClosingAnswersAll) {
  Append(Of(2));
  EXPECT_THAT(sink_.Close().message(), HasSubstr("some wait"));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_THAT(answers_[0].message(), HasSubstr("stopped"));
  Append(Of(1));
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_THAT(answers_[1].message(), HasSubstr("stopping"));
}

TEST_F(TopicSinkTest, WithoutAQuarantineTheSenderGetsTheRefusal) {
  TopicSink sink(std::make_unique<FakeWriter>(&brokers_), {}, &clock_);
  AppendTo(&sink, Of(1));
  brokers_.Settle(Status::Rejected("too many bytes"));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].kind(), ErrorKind::kRejected);
  EXPECT_THAT(answers_[0].message(), HasSubstr("probably too large"));
  EXPECT_TRUE(sink.failure().ok());
  EXPECT_EQ(sink.metrics().refused, 1u);
}

TEST_F(TopicSinkTest, TheFirstErrorMayBeTheEnd) {
  TopicSink sink(std::make_unique<FakeWriter>(&brokers_), {.stops_at_first_error = true}, &clock_);
  const codec::Record record = Of(1).records[0];
  EXPECT_TRUE(sink.Write(record).ok());
  EXPECT_TRUE(sink.Write(record).ok());
  brokers_.waiting[0](Status::Ok());
  brokers_.waiting[1](Status::Rejected("too large"));
  brokers_.waiting.clear();
  const Status ended = sink.Write(record);
  EXPECT_EQ(ended.kind(), ErrorKind::kRejected);
  EXPECT_EQ(ended.message(), "too large. 2 records were sent, and 1 are acknowledged; others may be there");
  EXPECT_THAT(brokers_.waiting, IsEmpty());
  EXPECT_EQ(sink.Flush().message(), ended.message());
}

TEST_F(TopicSinkTest, ARecordThatIsNotQueuedWasNotSent) {
  TopicSink sink(std::make_unique<FakeWriter>(&brokers_), {.stops_at_first_error = true}, &clock_);
  brokers_.refuse = Status::Retriable("the queue is full");
  EXPECT_EQ(sink.Write(Of(1).records[0]).message(),
            "the queue is full. 0 records were sent, and 0 are acknowledged; others may be there");
}

TEST_F(TopicSinkTest, FlushWaitsForAcknowledgements) {
  Append(Of(1));
  EXPECT_THAT(sink_.Flush().message(), HasSubstr("some wait"));
  EXPECT_THAT(answers_, IsEmpty());
  brokers_.Settle(Status::Ok());
  EXPECT_TRUE(sink_.Flush().ok());
}

}  // namespace leadpulse::kafka::topic_sink_test
