// A post's records into a topic: it is answered once, when the last of them is settled, whatever the writer's results.
#include "processor/receiver/topic_inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "schemas/codec/records.h"

namespace leadpulse::receiver::topic_inbox_test {

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

class FakeWriter : public kafka::RecordWriter {
 public:
  explicit FakeWriter(Brokers* brokers) : brokers_(*brokers) {}
  ~FakeWriter() override { brokers_.Settle(Status::Retriable("stopped")); }
  Status Write(const codec::Event&, kafka::Done done) override { return Take(done); }
  Status Write(const codec::Command&, kafka::Done done) override { return Take(done); }
  Status Flush(milliseconds) override { return Status::Ok(); }
  Status CheckTopics() override { return Status::Ok(); }

 private:
  Status Take(const kafka::Done& done) {
    if (!brokers_.refuse.ok()) return brokers_.refuse;
    brokers_.waiting.push_back([this, done](const Status& status) {
      if (status.ok()) return done(codec::SourcePosition{"commands", 1, ++brokers_.offset, 0});
      done(status);
    });
    return Status::Ok();
  }

  Brokers& brokers_;
};

class FakeFile : public RecordSink {
 public:
  void Append(const Batch& batch, Done done) override {
    EXPECT_THAT(batch.events, IsEmpty());
    kept.push_back(batch.kept);
    tokens += batch.token.has_value() ? 1 : 0;
    answer.ok() ? done(kNowhere) : done(answer);
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

class TopicInboxTest : public ::testing::Test {
 protected:
  static Batch Of(size_t events, const std::string& kept = "") {
    Batch batch{{}, kept};
    for (size_t i = 0; i < events; ++i) {
      codec::Event& event = batch.events.emplace_back();
      event.key.tenant = "acme";
      codec::SetLead("", "ada@example.com", &event);
      event.event_id = "e" + std::to_string(i);
      event.type = EventType::kOpen;
    }
    return batch;
  }
  void Append(const Batch& batch) {
    inbox_.Append(batch, [this](const Result<codec::SourcePosition>& at) {
      answers_.push_back(at.status());
      if (at.ok()) at_ = *at;
    });
  }

  Brokers brokers_;
  FakeFile file_;
  SetClock clock_;
  TopicMetrics metrics_;
  std::vector<Status> answers_;
  codec::SourcePosition at_;  // the last answer's
  TopicInbox inbox_{std::make_unique<FakeWriter>(&brokers_), &file_, &clock_, &metrics_};
};

TEST_F(TopicInboxTest, APostIsAnsweredWithItsLastRecord) {
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

TEST_F(TopicInboxTest, CommandsAndEventsOfAPostAreAnsweredTogether) {
  Batch batch = Of(1);
  batch.commands.push_back({{"acme", "ada@example.com"}, "c1", Instant{0}, "signup", false, codec::AddNote{"hello"}});
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

TEST_F(TopicInboxTest, ATokenIsDurableBeforeTheAnswerAndAfterTheRecords) {
  Batch batch = Of(1);
  batch.token = webhooks::SignedToken{};
  Append(batch);
  EXPECT_EQ(file_.tokens, 0);
  brokers_.Settle(Status::Ok());
  EXPECT_EQ(file_.tokens, 1);
  Append(batch);
  brokers_.Settle(Status::Retriable("not acknowledged"));
  EXPECT_EQ(file_.tokens, 1);
  EXPECT_THAT(answers_, SizeIs(2));
}

TEST_F(TopicInboxTest, WhatIsKeptIsDurableBeforeTheAnswer) {
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

TEST_F(TopicInboxTest, OneRecordThatFailedIsToComeAgainWithItsPost) {
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
  EXPECT_TRUE(inbox_.failure().ok());
}

TEST_F(TopicInboxTest, NoRoom) {
  brokers_.refuse = Status::Retriable("the queue is full");
  Append(Of(2));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_THAT(answers_[0].message(), HasSubstr("full"));
  EXPECT_EQ(metrics_.failed, 1u);  // the second record was not tried
}

TEST_F(TopicInboxTest, WhatTheTopicRefusesIsKeptAndThePostTaken) {
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

TEST_F(TopicInboxTest, WhatAPersonMustMendIsTheEnd) {
  Append(Of(1));
  brokers_.Settle(Status::Fatal("not authorised"));
  EXPECT_EQ(answers_.at(0).kind(), ErrorKind::kFatal);
  EXPECT_THAT(inbox_.failure().message(), HasSubstr("not authorised"));
  EXPECT_FALSE(inbox_.readiness().ok());
}

TEST_F(TopicInboxTest, ReadyAgainWithTheNextPostOrAfterAWhile) {
  Append(Of(1));
  brokers_.Settle(Status::Retriable("nobody there"));
  EXPECT_THAT(inbox_.readiness().message(), HasSubstr("nobody there"));
  Append(Of(1));
  brokers_.Settle(Status::Ok());
  EXPECT_TRUE(inbox_.readiness().ok());
  Append(Of(1));
  brokers_.Settle(Status::Retriable("nobody there"));
  EXPECT_FALSE(inbox_.readiness().ok());
  clock_.now += std::chrono::seconds(11);
  EXPECT_TRUE(inbox_.readiness().ok());
}

TEST_F(TopicInboxTest, ClosingAnswersAll) {
  Append(Of(2));
  inbox_.Close(milliseconds(0));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_THAT(answers_[0].message(), HasSubstr("stopped"));
  Append(Of(1));
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_THAT(answers_[1].message(), HasSubstr("stopping"));
}

}  // namespace leadpulse::receiver::topic_inbox_test
