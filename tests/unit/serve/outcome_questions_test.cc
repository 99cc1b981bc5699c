// Questions for what became of records: answered by the commit that makes it known, not by asking again.
#include "processor/serve/queries/outcome_questions.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "processor/serve/api/writes/outcome_watch.h"
#include "processor/serve/queries/query_server.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::serve::outcome_questions_test {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kTimeout{20};
constexpr milliseconds kMoment{50};
constexpr int32_t kElsewhere = 9;  // a partition

// A run that has read some offsets of the topic.
class FakeOutcomes : public query::RecordOutcomes {
 public:
  bool needs_snapshot() const override { return false; }
  Result<query::RecordOutcome> Find(const state::LeadReader& /*snapshot*/, const codec::SourcePosition& at) override {
    const std::lock_guard lock(mutex_);
    ++looks_;
    query::RecordOutcome outcome;
    outcome.is_elsewhere = at.partition == kElsewhere;
    outcome.is_read = read_.contains(at.offset);
    return outcome;
  }
  void Read(int64_t offset) {
    const std::lock_guard lock(mutex_);
    read_.insert(offset);
  }
  int looks() const {
    const std::lock_guard lock(mutex_);
    return looks_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<int64_t> read_;
  int looks_ = 0;
};

v1::FindOutcomes QuestionFor(std::initializer_list<int64_t> offsets, uint32_t wait_ms, int32_t partition = 0) {
  v1::FindOutcomes question;
  question.set_wait_ms(wait_ms);
  for (const int64_t offset : offsets) {
    v1::RecordPosition* position = question.add_positions();
    position->set_input("lead.commands");
    position->set_partition(partition);
    position->set_offset(offset);
  }
  return question;
}

class OutcomeQuestionsTest : public ::testing::Test {
 protected:
  std::future<OutcomeAnswer> Ask(v1::FindOutcomes question) {
    const auto promise = std::make_shared<std::promise<OutcomeAnswer>>();
    questions_.Add(std::move(question), [promise](const OutcomeAnswer& answer) { promise->set_value(answer); });
    return promise->get_future();
  }
  void Commit(int64_t offset) {
    outcomes_.Read(offset);
    feed_.Committed();
  }
  static bool IsOver(const std::future<OutcomeAnswer>& asked, milliseconds wait = kTimeout) {
    return asked.wait_for(wait) == std::future_status::ready;
  }

  testing::ForwardingStore store_{1};
  FakeOutcomes outcomes_;
  pipeline::ChangeFeed feed_{pipeline::FeedLimits()};
  SystemClock clock_;
  OutcomeQuestions questions_{&store_, &outcomes_, &feed_, &clock_};
};

TEST_F(OutcomeQuestionsTest, TheCommitThatKnowsOneAnswers) {
  auto asked = Ask(QuestionFor({1, 2}, 10'000));
  EXPECT_FALSE(IsOver(asked, kMoment));
  EXPECT_EQ(outcomes_.looks(), 2);  // once each: nothing is asked again while nothing happens
  Commit(7);
  EXPECT_FALSE(IsOver(asked, kMoment));
  Commit(2);
  ASSERT_TRUE(IsOver(asked));
  const OutcomeAnswer answer = asked.get();
  ASSERT_TRUE(answer && answer->ok());
  EXPECT_FALSE((*answer)->outcomes(0).is_read());
  EXPECT_TRUE((*answer)->outcomes(1).is_read());
  EXPECT_EQ(outcomes_.looks(), 6);
}

TEST_F(OutcomeQuestionsTest, WhatIsKnownOrNotWaitedForIsAnsweredAtOnce) {
  outcomes_.Read(1);
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1}, 10'000))));
  auto asked = Ask(QuestionFor({2}, 0));
  ASSERT_TRUE(IsOver(asked));
  EXPECT_FALSE((*asked.get())->outcomes(0).is_read());
  EXPECT_TRUE(IsOver(Ask(QuestionFor({2}, 20))));
}

TEST_F(OutcomeQuestionsTest, NobodyWaitsForRecordsThatAnotherProcessReads) {
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1, 2}, 10'000, kElsewhere))));
  v1::FindOutcomes both = QuestionFor({1}, 10'000, kElsewhere);
  *both.add_positions() = QuestionFor({2}, 0).positions(0);
  auto asked = Ask(both);
  EXPECT_FALSE(IsOver(asked, kMoment));
  Commit(2);
  EXPECT_TRUE(IsOver(asked));
}

TEST_F(OutcomeQuestionsTest, AQuestionThatWaitsMakesTheRunCommit) {
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic()));
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1}, 0))));
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic()));
  auto asked = Ask(QuestionFor({1}, 10'000));
  EXPECT_TRUE(feed_.IsAwaited(clock_.Monotonic()));
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic() + std::chrono::seconds(2)));
}

TEST_F(OutcomeQuestionsTest, AStopRefusesThem) {
  auto asked = Ask(QuestionFor({1}, 10'000));
  questions_.Stop();
  ASSERT_TRUE(IsOver(asked));
  EXPECT_EQ(asked.get().has_value(), false);
  EXPECT_EQ(Ask(QuestionFor({1}, 0)).get().has_value(), false);
  feed_.Committed();  // nobody listens any more
}

TEST_F(OutcomeQuestionsTest, OfTooManySomeAreRefused) {
  std::vector<std::future<OutcomeAnswer>> asked;
  for (size_t i = 0; i < kMostQuestions; ++i) asked.push_back(Ask(QuestionFor({1}, 10'000)));
  EXPECT_EQ(Ask(QuestionFor({1}, 10'000)).get().has_value(), false);
  Commit(1);
  for (const auto& one : asked) EXPECT_TRUE(IsOver(one));
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1}, 10'000))));
}

// The front's watch against the query server of a run.
class OutcomeWatchTest : public ::testing::Test {
 protected:
  void Start() {
    auto server = QueryServer::Start(directory_ / "", std::nullopt,
                                     {&store_, &outcomes_, &feed_, &erasures_, nullptr, nullptr, &clock_, &metrics_});
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
  }
  std::future<std::optional<v1::RecordOutcome>> Add(int64_t offset, milliseconds wait = kTimeout) {
    const auto promise = std::make_shared<std::promise<std::optional<v1::RecordOutcome>>>();
    watch_.Add({"lead.commands", 0, offset, 0}, clock_.Monotonic() + wait,
               [promise](const auto& outcome) { promise->set_value(outcome); });
    return promise->get_future();
  }
  void Commit(int64_t offset) {
    outcomes_.Read(offset);
    feed_.Committed();
  }
  uint64_t questions() const { return metrics_.outcomes.Read().total(); }

  const testing::ScratchDirectory directory_;
  testing::ForwardingStore store_{1};
  FakeOutcomes outcomes_;
  pipeline::ChangeFeed feed_{pipeline::FeedLimits()};
  RecentErasures erasures_;
  SystemClock clock_;
  QueryMetrics metrics_;
  std::unique_ptr<QueryServer> server_;
  const std::atomic<bool> stop_{false};
  RunClient run_{{{.socket = QuerySocketIn(directory_ / "")}}, stop_};
  OutcomeWatch watch_{&run_, &clock_};
};

TEST_F(OutcomeWatchTest, ARecordIsOneQuestion) {
  Start();
  auto first = Add(1);
  EXPECT_EQ(first.wait_for(4 * kMoment), std::future_status::timeout);
  EXPECT_EQ(questions(), 0U);  // it is being waited for
  Commit(1);
  EXPECT_TRUE(first.get()->is_read());
  EXPECT_EQ(questions(), 1U);
}

TEST_F(OutcomeWatchTest, RecordsOfOneCommitShareQuestions) {
  Start();
  constexpr int64_t kRecords = 100;
  std::vector<std::future<std::optional<v1::RecordOutcome>>> added;
  for (int64_t i = 0; i < kRecords; ++i) added.push_back(Add(i));
  for (int64_t i = 0; i < kRecords; ++i) outcomes_.Read(i);
  feed_.Committed();
  for (auto& one : added) EXPECT_TRUE(one.get()->is_read());
  EXPECT_LE(questions(), 20U);
}

TEST_F(OutcomeWatchTest, ARunThatIsAwayIsAskedAgainUntilTheWaitIsOver) {
  EXPECT_FALSE(Add(1, kMoment).get().has_value());
  auto later = Add(2);
  EXPECT_EQ(later.wait_for(kMoment), std::future_status::timeout);
  Start();
  Commit(2);
  EXPECT_TRUE(later.get()->is_read());
}

TEST_F(OutcomeWatchTest, AStopEndsEveryWait) {
  Start();
  auto waiting = Add(1);
  watch_.Stop();
  EXPECT_FALSE(waiting.get().has_value());
  EXPECT_FALSE(Add(2).get().has_value());
}

}  // namespace leadpulse::serve::outcome_questions_test
