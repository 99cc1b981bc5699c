// The message about a command on a cluster: applied, refused, or not known yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "schemas/codec/output_encoder.h"
#include "tests/support/kafka/fake_ports.h"
#include "tools/leadpulse/lead/command_outcome.h"

namespace leadpulse::tools::topic_outcome_test {

using ::testing::HasSubstr;

constexpr PartitionId kFirst{0}, kSecond{1};
constexpr int64_t kOffset = 7;

// A group with a committed offset in one partition of the commands.
class FakeGroup : public kafka::GroupLag {
 public:
  int64_t next = 0;
  Status problem;

  Result<uint64_t> Ask(uint64_t) override { return uint64_t{0}; }
  Result<bool> HasPassed(kafka::TopicPlace place, int64_t offset) override {
    if (!problem.ok()) return problem;
    EXPECT_EQ(place.topic, kafka::InputTopic::kCommands);
    return next > offset;
  }
};

class TopicOutcomeTest : public ::testing::Test {
 protected:
  // Watches dead letters in this format.
  void Watch(codec::OutputFormat format = codec::OutputFormat::kProtobuf) {
    encoder_ = codec::MakeOutputEncoder(format, 3);
    auto group = std::make_unique<FakeGroup>();
    auto letters = std::make_unique<testing::FakeChangelog>();
    group_ = group.get();
    letters_ = letters.get();
    letters_->Append(kFirst, "a", LetterAbout({"commands", 0, kOffset, 0}));  // about an older topic with this name
    auto made = WatchTopic(std::move(group), {std::move(letters), {kFirst, kSecond}}, SettingOf(format));
    ASSERT_TRUE(made.ok()) << made.status().message();
    watch_ = std::move(*made);
  }
  static config::RecordFormat SettingOf(codec::OutputFormat format) {
    switch (format) {
      case codec::OutputFormat::kJson:
        return config::RecordFormat::kJson;
      case codec::OutputFormat::kConfluent:
        return config::RecordFormat::kConfluent;
      case codec::OutputFormat::kProtobuf:
        break;
    }
    return config::RecordFormat::kProtobuf;
  }
  std::string LetterAbout(const codec::SourcePosition& source) {
    codec::DeadLetter letter{source, codec::Reason::kFinalStage, "the lead is lost, which is final", "p", std::nullopt};
    std::string value;
    encoder_->EncodeDeadLetter(letter, &value);
    return value;
  }
  Result<query::RecordOutcome> Look() { return watch_->Look({}, {"commands", 0, kOffset, 0}); }
  void ExpectUnknown() {
    const auto outcome = Look();
    ASSERT_TRUE(outcome.ok()) << outcome.status().message();
    EXPECT_FALSE(outcome->is_read);
  }
  void ExpectApplied() {
    const auto outcome = Look();
    ASSERT_TRUE(outcome.ok()) << outcome.status().message();
    EXPECT_TRUE(outcome->is_read);
    EXPECT_FALSE(outcome->refusal.has_value());
  }
  void ExpectRefused() {
    const auto outcome = Look();
    ASSERT_TRUE(outcome.ok()) << outcome.status().message();
    EXPECT_TRUE(outcome->is_read);
    EXPECT_EQ(outcome->refusal, (query::RecordRefusal{"final_stage", "the lead is lost, which is final"}));
  }

  std::unique_ptr<codec::OutputEncoder> encoder_;
  std::unique_ptr<CommandWatch> watch_;
  FakeGroup* group_ = nullptr;                 // the watch's
  testing::FakeChangelog* letters_ = nullptr;  // the watch's
};

TEST_F(TopicOutcomeTest, NothingIsKnownBeforeTheGroupHasPassedIt) {
  Watch();
  group_->next = kOffset;
  letters_->Append(kSecond, "a", LetterAbout({"commands", 0, kOffset, 0}));  // its transaction is about to commit
  ExpectUnknown();
  EXPECT_EQ(letters_->reads, 0);
  EXPECT_THAT(watch_->Advice(), HasSubstr("say the same again"));
}

TEST_F(TopicOutcomeTest, AppliedWhereNoNewDeadLetterNamesIt) {
  Watch();
  group_->next = kOffset + 1;
  letters_->Append(kFirst, "a", LetterAbout({"commands", 1, kOffset, 0}));
  letters_->Append(kFirst, "a", LetterAbout({"commands", 0, kOffset - 1, 0}));
  letters_->Append(kSecond, "a", LetterAbout({"events", 0, kOffset, 0}));
  ExpectApplied();
  EXPECT_FALSE(letters_->reading());
}

TEST_F(TopicOutcomeTest, AppliedWithoutAReadWhereNoDeadLetterIsNew) {
  Watch();
  group_->next = kOffset + 10;
  ExpectApplied();
  EXPECT_EQ(letters_->reads, 0);
}

TEST_F(TopicOutcomeTest, RefusedWithTheSentenceOfItsDeadLetterInEachFormat) {
  for (const auto format :
       {codec::OutputFormat::kProtobuf, codec::OutputFormat::kJson, codec::OutputFormat::kConfluent}) {
    Watch(format);
    group_->next = kOffset + 1;
    letters_->Append(kSecond, "a", LetterAbout({"commands", 1, kOffset, 0}));
    letters_->Append(kSecond, "a", LetterAbout({"commands", 0, kOffset, 0}));
    ExpectRefused();
  }
}

// The end includes open transactions: the watch waits for their records, even if the group has moved on.
TEST_F(TopicOutcomeTest, TheDeadLettersAreReadToTheEndTheyHadWhenTheGroupHadPassed) {
  Watch();
  group_->next = kOffset + 1;
  letters_->most_a_read = 1;
  letters_->Append(kFirst, "a", LetterAbout({"commands", 1, kOffset, 0}));
  letters_->Append(kFirst, "a", LetterAbout({"commands", 0, kOffset, 0}));
  ExpectUnknown();
  ExpectRefused();
}

TEST_F(TopicOutcomeTest, ADeadLetterThatCannotBeReadMayBeTheOne) {
  Watch();
  group_->next = kOffset + 1;
  letters_->Append(kFirst, "a", "{\"source\":{}}");
  for (int i = 0; i < 2; ++i) {
    const auto outcome = Look();
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.status().message(), HasSubstr("formats.dead_letters"));
  }
  Watch();
  group_->next = kOffset + 1;
  letters_->Append(kFirst, "a", "{\"source\":{}}");
  letters_->Append(kFirst, "a", LetterAbout({"commands", 0, kOffset, 0}));
  ExpectRefused();
}

TEST_F(TopicOutcomeTest, WhatCannotBeAskedIsAskedAgain) {
  Watch();
  group_->problem = Status::Retriable("nobody answers");
  EXPECT_EQ(Look().status().message(), "nobody answers");
  group_->problem = Status::Ok();
  group_->next = kOffset + 1;
  letters_->Append(kSecond, "a", LetterAbout({"commands", 0, kOffset, 0}));
  letters_->without_leader = {kFirst};
  EXPECT_THAT(Look().status().message(), HasSubstr("nobody leads"));
  letters_->without_leader = {};
  ExpectRefused();
}

TEST_F(TopicOutcomeTest, WithoutAnOffsetNothingIsKnown) {
  Watch();
  group_->next = kOffset + 1;
  EXPECT_THAT(watch_->Look({}, {"commands", 0, -1, 0}).status().message(), HasSubstr("at which offset"));
}

TEST_F(TopicOutcomeTest, WhatMayNotBeAskedIsSaidBeforeTheCommandIsWritten) {
  auto group = std::make_unique<FakeGroup>();
  group->problem = Status::Fatal("not authorised");
  const auto made =
      WatchTopic(std::move(group), {std::make_unique<testing::FakeChangelog>(), {kFirst}}, config::RecordFormat::kJson);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.status().message(), "not authorised");
}

TEST_F(TopicOutcomeTest, ACoordinatorThatMovesIsWaitedFor) {
  auto group = std::make_unique<FakeGroup>();
  group->problem = Status::Retriable("not coordinator");
  const auto made =
      WatchTopic(std::move(group), {std::make_unique<testing::FakeChangelog>(), {kFirst}}, config::RecordFormat::kJson);
  EXPECT_TRUE(made.ok()) << made.status().message();
}

TEST_F(TopicOutcomeTest, DeadLettersWithoutALeaderAreReadLaterFromTheirBeginning) {
  encoder_ = codec::MakeOutputEncoder(codec::OutputFormat::kProtobuf, 3);
  auto group = std::make_unique<FakeGroup>();
  auto letters = std::make_unique<testing::FakeChangelog>();
  group_ = group.get();
  letters_ = letters.get();
  letters_->without_leader = {kSecond};
  auto made = WatchTopic(std::move(group), {std::move(letters), {kFirst, kSecond}}, config::RecordFormat::kProtobuf);
  ASSERT_TRUE(made.ok()) << made.status().message();
  watch_ = std::move(*made);
  letters_->without_leader = {};
  group_->next = kOffset + 1;
  letters_->Append(kSecond, "a", LetterAbout({"commands", 0, kOffset, 0}));
  ExpectRefused();
}

}  // namespace leadpulse::tools::topic_outcome_test
