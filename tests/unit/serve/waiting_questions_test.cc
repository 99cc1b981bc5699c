// Questions for what became of records: answered by the commit that makes it known, not by asking again.
#include "processor/serve/queries/waiting_questions.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "processor/serve/api/reads/change_bell.h"
#include "processor/serve/api/writes/outcome_watch.h"
#include "processor/serve/queries/query_server.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::serve::waiting_questions_test {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kTimeout{20};
constexpr milliseconds kMoment{50};
constexpr int32_t kElsewhere = 9;  // a partition

// A clock that stands still until a test lets it go: meanwhile no wait is over, so only what is known can answer.
class StandingClock : public SystemClock {
 public:
  std::chrono::steady_clock::time_point Monotonic() const override { return goes_ ? MonotonicNow() : begun_; }
  void Go() { goes_ = true; }

 private:
  const std::chrono::steady_clock::time_point begun_ = MonotonicNow();
  std::atomic<bool> goes_{false};
};

// A run that has read some offsets of the topic.
class FakeOutcomes : public query::RecordOutcomes {
 public:
  Result<query::RecordOutcome> Find(const state::MetaReader& /*snapshot*/, const codec::SourcePosition& at) override {
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

class WaitingQuestionsTest : public ::testing::Test {
 protected:
  std::future<OutcomeAnswer> Ask(v1::FindOutcomes question) {
    const auto promise = std::make_shared<std::promise<OutcomeAnswer>>();
    questions_.AskForOutcomes(std::move(question),
                              [promise](const OutcomeAnswer& answer) { promise->set_value(answer); });
    return promise->get_future();
  }
  std::future<bool> AskForNews(uint32_t wait_ms, const std::string& asker = "") {
    v1::ReadChanges question;
    question.set_wait_ms(wait_ms);
    question.set_asker(asker);
    const auto promise = std::make_shared<std::promise<bool>>();
    questions_.AskForNews(
        question, [this] { return has_news_.load(); },
        [promise](bool is_answered) { promise->set_value(is_answered); });
    return promise->get_future();
  }
  void Commit(int64_t offset) {
    outcomes_.Read(offset);
    feed_.Committed();
  }
  template <typename Answer>
  static bool IsOver(const std::future<Answer>& asked, milliseconds wait = kTimeout) {
    return asked.wait_for(wait) == std::future_status::ready;
  }

  std::atomic<bool> has_news_{false};
  testing::ForwardingStore store_{1};
  FakeOutcomes outcomes_;
  pipeline::ChangeFeed feed_{pipeline::FeedLimits()};
  StandingClock clock_;
  WaitingQuestions questions_{&store_, &outcomes_, &feed_, &clock_};
};

TEST_F(WaitingQuestionsTest, TheCommitThatKnowsOneAnswers) {
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

TEST_F(WaitingQuestionsTest, WhatIsKnownOrNotWaitedForIsAnsweredAtOnce) {
  outcomes_.Read(1);
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1}, 10'000))));
  auto asked = Ask(QuestionFor({2}, 0));
  ASSERT_TRUE(IsOver(asked));
  EXPECT_FALSE((*asked.get())->outcomes(0).is_read());
}

TEST_F(WaitingQuestionsTest, NobodyWaitsForRecordsThatAnotherProcessReads) {
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1, 2}, 10'000, kElsewhere))));
  v1::FindOutcomes both = QuestionFor({1}, 10'000, kElsewhere);
  *both.add_positions() = QuestionFor({2}, 0).positions(0);
  auto asked = Ask(both);
  EXPECT_FALSE(IsOver(asked, kMoment));
  Commit(2);
  EXPECT_TRUE(IsOver(asked));
}

TEST_F(WaitingQuestionsTest, AQuestionThatWaitsMakesTheRunCommit) {
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic()));
  EXPECT_TRUE(IsOver(Ask(QuestionFor({1}, 0))));
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic()));
  auto asked = Ask(QuestionFor({1}, 10'000));
  EXPECT_TRUE(feed_.IsAwaited(clock_.Monotonic()));
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic() + std::chrono::seconds(2)));
}

TEST_F(WaitingQuestionsTest, AStopRefusesThem) {
  auto asked = Ask(QuestionFor({1}, 10'000));
  questions_.Stop();
  ASSERT_TRUE(IsOver(asked));
  EXPECT_EQ(asked.get().has_value(), false);
  EXPECT_EQ(Ask(QuestionFor({1}, 0)).get().has_value(), false);
  feed_.Committed();  // nobody listens any more
}

TEST_F(WaitingQuestionsTest, NewsAreAnsweredByTheirCommit) {
  auto asked = AskForNews(10'000);
  feed_.Committed();
  EXPECT_FALSE(IsOver(asked, kMoment));
  EXPECT_FALSE(feed_.IsAwaited(clock_.Monotonic()));  // nobody ends an epoch early for them
  has_news_ = true;
  EXPECT_FALSE(IsOver(asked, kMoment));
  feed_.Committed();
  ASSERT_TRUE(IsOver(asked));
  EXPECT_TRUE(asked.get());
  EXPECT_TRUE(IsOver(AskForNews(10'000)));
}

TEST_F(WaitingQuestionsTest, NobodyWaitsForTooLong) {
  clock_.Go();
  EXPECT_TRUE(IsOver(Ask(QuestionFor({2}, 20))));
  auto asked = AskForNews(20);
  ASSERT_TRUE(IsOver(asked));
  EXPECT_TRUE(asked.get());
}

TEST_F(WaitingQuestionsTest, AnAskerHasOneQuestionThatWaits) {
  auto first = AskForNews(10'000, "front"), other = AskForNews(10'000, "other"), nobody = AskForNews(10'000);
  EXPECT_FALSE(IsOver(first, kMoment));
  auto second = AskForNews(10'000, "front");
  EXPECT_TRUE(IsOver(first));
  for (auto* waiting : {&other, &nobody, &second}) EXPECT_FALSE(IsOver(*waiting, kMoment));
  questions_.Stop();
  for (auto* waiting : {&other, &nobody, &second}) EXPECT_FALSE(waiting->get());
}

TEST_F(WaitingQuestionsTest, OfTooManySomeAreRefused) {
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

// The front's bell against the same server.
class ChangeBellTest : public OutcomeWatchTest {
 protected:
  void Follow() { (void)feed_.Read({.tenant = "acme", .agent = {}}, std::nullopt, 1, clock_.Monotonic()); }
  bool WaitForRings(int count) {
    for (const auto until = clock_.Monotonic() + kTimeout; rings_ != count && clock_.Monotonic() < until;) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    return rings_ == count;
  }

  std::atomic<int> rings_{0};
  std::unique_ptr<ChangeBell> bell_ = std::make_unique<ChangeBell>(&run_, [this] { ++rings_; });
};

TEST_F(ChangeBellTest, RingsForEachCommitThatSomebodyFollowsAndAsksOnce) {
  Start();
  ASSERT_TRUE(WaitForRings(1));  // the run has begun
  feed_.Committed();             // nobody follows
  std::this_thread::sleep_for(4 * kMoment);
  EXPECT_EQ(rings_, 1);
  EXPECT_EQ(metrics_.changes.Read().total(), 1U);  // the next one is being waited for
  Follow();
  feed_.Committed();
  ASSERT_TRUE(WaitForRings(2));
  feed_.Committed();
  ASSERT_TRUE(WaitForRings(3));
  EXPECT_EQ(metrics_.changes.Read().total(), 3U);
}

TEST_F(ChangeBellTest, RingsForAnErasure) {
  Start();
  ASSERT_TRUE(WaitForRings(1));
  state::EpochWrite write;
  write.leads.push_back({PartitionId{0}, EncodeLeadKey({"acme", "ann"}), std::nullopt});
  erasures_.Ended(erasures_.Begun(write), Status::Ok());
  feed_.Committed();
  EXPECT_TRUE(WaitForRings(2));
}

TEST_F(ChangeBellTest, AStopEndsTheQuestionThatWaits) {
  Start();
  ASSERT_TRUE(WaitForRings(1));
  std::this_thread::sleep_for(2 * kMoment);  // until it asks again
  const auto begun = clock_.Monotonic();
  bell_.reset();
  EXPECT_LT(clock_.Monotonic() - begun, std::chrono::seconds(3));
}

}  // namespace leadpulse::serve::waiting_questions_test
