// The sending loop of a replay over the test's own source, destination, clock and pauses: time passes only in the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "processor/replay/replay.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::replay::replay_loop_test {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SetClock : public Clock {
 public:
  Instant Now() const override { return {0}; }
  std::chrono::steady_clock::time_point Monotonic() const override { return now; }
  std::chrono::steady_clock::time_point now{};
};

codec::Event Open(int number) {
  codec::Event event;
  event.key = {number % 2 == 0 ? "acme" : "umbrella", "lead"};
  event.event_id = std::to_string(number);
  event.type = EventType::kOpen;
  event.occurred_at = {number};
  return event;
}

// Numbered events; some of the numbers are invalid records.
class CountedHistory : public HistorySource {
 public:
  explicit CountedHistory(int count) : count_(count) {}
  Status Resume(const std::string& position) override {
    resumed_at = position;
    next_ = std::stoi(position);
    return Status::Ok();
  }
  Status Next(size_t most, HistoryBatch* batch) override {
    batch->records.clear();
    for (; next_ < count_ && batch->records.size() < most; ++next_) {
      HistoryRecord& record = batch->records.emplace_back();
      record.decoded = Open(next_);
      if (next_ == undecodable) record.decoded = codec::Rejection{codec::Reason::kMalformed, "no JSON"};
    }
    batch->ended = next_ == count_;
    return Status::Ok();
  }
  std::string Position() const override { return std::to_string(next_); }
  std::optional<double> Fraction() const override { return static_cast<double>(next_) / count_; }
  std::string Reading() const override { return "numbers.jsonl"; }

  int undecodable = -1;
  std::string resumed_at;

 private:
  const int count_;
  int next_ = 0;
};

class FakeDestination : public codec::RecordSink {
 public:
  void Append(const codec::RecordBatch& batch, codec::Done) override {
    const auto& event = std::get<codec::Event>(batch.records[0]);
    has_failed_ = event.event_id == fails_at;
    if (has_failed_) return;
    sent.push_back(event);
    if (on_send) on_send();
  }
  Status failure() const override { return has_failed_ ? Status::Retriable("the broker is away") : Status::Ok(); }
  Status Flush() override {
    durable = sent.size();
    if (on_flush) on_flush();
    return Status::Ok();
  }
  std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    for (const codec::Event& event : sent) ids.push_back(event.event_id);
    return ids;
  }
  std::vector<codec::Event> sent;
  size_t durable = 0;
  std::string fails_at;
  std::function<void()> on_send, on_flush;

 private:
  bool has_failed_ = false;
};

// The last reported progress.
struct LastProgress : files::ProgressListener {
  void OnProgress(const files::Progress& progress) override {
    fraction = progress.fraction;
    left = progress.left;
    if (on_progress) on_progress();
  }
  std::optional<double> fraction;
  std::optional<seconds> left;
  std::function<void()> on_progress;
};

class ReplayTest : public ::testing::Test {
 protected:
  ReplayEnvironment World(HistorySource* source) {
    ReplayEnvironment world;
    world.source = source;
    world.destination = &destination_;
    world.clock = &clock_;
    world.stop = &stop_;
    world.pause = [this](nanoseconds wait) { clock_.now += wait; };
    world.on_refused = [this](const HistoryRecord&) { ++refused_; };
    return world;
  }
  std::unique_ptr<CheckpointFile> OpenCheckpoint(const std::string& arguments = "numbers") {
    auto file = CheckpointFile::Open(path_, arguments);
    EXPECT_TRUE(file.ok()) << file.status().message();
    return file.ok() ? std::move(*file) : nullptr;
  }

  testing::ScratchDirectory directory_;
  const std::string path_ = directory_ / "checkpoint";
  SetClock clock_;
  std::atomic<bool> stop_{false};
  FakeDestination destination_;
  int refused_ = 0;
};

TEST_F(ReplayTest, SendsWhatIsSelectedInOrderAndCountsTheRest) {
  CountedHistory source(7);
  source.undecodable = 2;
  ReplayOptions options;
  options.selection.tenants = {"acme"};
  options.as_backfill = true;
  const Result<ReplaySummary> summary = Replay(options, World(&source));
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(destination_.Ids(), ElementsAre("0", "4", "6"));
  for (const codec::Event& event : destination_.sent) EXPECT_TRUE(event.backfill);
  EXPECT_EQ(summary->counts.left_out, 3u);
  EXPECT_EQ(summary->counts.refused, 1u);
  EXPECT_EQ(refused_, 1);
  EXPECT_TRUE(summary->counts.done);
  EXPECT_EQ(destination_.durable, 3u);
}

TEST_F(ReplayTest, TimeAndTypeSelect) {
  RecordSelection selection;
  selection.from = Instant{2};
  selection.until = Instant{4};
  EXPECT_FALSE(selection.Takes(Open(1)));
  EXPECT_TRUE(selection.Takes(Open(2)));
  EXPECT_TRUE(selection.Takes(Open(3)));
  EXPECT_FALSE(selection.Takes(Open(4)));
  selection.types = {"erase"};
  EXPECT_FALSE(selection.Takes(Open(3)));
  codec::Command command;
  command.issued_at = {3};
  command.actions = codec::Erase{};
  EXPECT_TRUE(selection.Takes(command));
  command.actions = codec::AddNote{};
  EXPECT_FALSE(selection.Takes(command));
}

// Returns the rate over the run, in records a second.
double RateOf(double wanted, int records, const std::function<void(SetClock*, int)>& stall) {
  SetClock clock;
  clock.now += seconds(1000);
  const auto started = clock.now;
  RateLimit limit(wanted, clock.now);
  for (int i = 0; i < records; ++i) {
    clock.now += limit.Take(clock.now);
    stall(&clock, i);
  }
  return records / std::chrono::duration<double>(clock.now - started).count();
}

TEST(RateLimitTest, HoldsWithinFivePercent) {
  for (const double rate : {0.5, 7.0, 1000.0, 33'333.0, 250'000.0}) {
    const int records = static_cast<int>(std::max(100.0, rate * 30));
    EXPECT_NEAR(RateOf(rate, records, [](SetClock*, int) {}), rate, rate * 0.001);
    // A disk that sometimes takes 300 ms, and a sleep that is always 60 µs late.
    const int often = std::max(1, static_cast<int>(rate));
    const auto slow = [often](SetClock* clock, int i) {
      clock->now += std::chrono::microseconds(1);
      if (i % often == often - 1) clock->now += milliseconds(300);
    };
    EXPECT_NEAR(RateOf(rate, records, slow), rate, rate * 0.05) << rate;
  }
}

TEST(RateLimitTest, NeverLetsMoreThroughThanTheRateSinceTheStart) {
  SetClock clock;
  const auto started = clock.now;
  RateLimit limit(100, clock.now);
  for (int i = 1; i <= 5000; ++i) {
    if (i % 700 == 0) clock.now += milliseconds(900);
    clock.now += limit.Take(clock.now);
    EXPECT_LE(i, 100 * std::chrono::duration<double>(clock.now - started).count() + 1e-3);
  }
}

TEST(RateLimitTest, ALongStallIsNotMadeUpForAtOnce) {
  SetClock clock;
  RateLimit limit(10, clock.now);
  clock.now += seconds(60);
  int at_once = 0;
  while (limit.Take(clock.now) == nanoseconds::zero()) ++at_once;
  EXPECT_LE(at_once, 11);
}

TEST_F(ReplayTest, TheRateHoldsOverAReplayWithCheckpoints) {
  CountedHistory source(20'000);
  ReplayOptions options;
  options.rate = 1000;
  destination_.on_flush = [this] { clock_.now += milliseconds(40); };
  auto checkpoint = OpenCheckpoint();
  ReplayEnvironment world = World(&source);
  world.checkpoint = checkpoint.get();
  const auto started = clock_.now;
  ASSERT_TRUE(Replay(options, world).ok());
  const double took = std::chrono::duration<double>(clock_.now - started).count();
  EXPECT_NEAR(20'000 / took, 1000, 50);
}

// A hundred records at one a second: stopped after forty, and continued by another process later.
TEST_F(ReplayTest, TellsTheTimeLeft) {
  ReplayOptions options;
  options.rate = 1;
  for (const int ends : {40, 100}) {
    CountedHistory source(100);
    auto checkpoint = OpenCheckpoint();
    ReplayEnvironment world = World(&source);
    world.checkpoint = checkpoint.get();
    LastProgress progress;
    world.progress = &progress;
    stop_ = false;
    int told = 0;
    progress.on_progress = [&] {
      const int sent = static_cast<int>(destination_.sent.size());
      EXPECT_EQ(progress.fraction, sent / 100.0);
      ASSERT_TRUE(progress.left.has_value());
      // The first record of a process waits for nothing, so the first estimates are low.
      if (sent % 40 >= 10) {
        EXPECT_NEAR(progress.left->count(), 100 - sent, 0.1 * (100 - sent) + 1) << sent;
      }
      ++told;
      stop_ = sent == ends;
    };
    ASSERT_TRUE(Replay(options, world).ok());
    EXPECT_EQ(told, ends == 40 ? 40 : 60);
    clock_.now += seconds(10'000);
  }
  EXPECT_THAT(destination_.sent, SizeIs(100));
}

TEST_F(ReplayTest, WaitsWhileTheReadersAreBehind) {
  CountedHistory source(10);
  ReplayOptions options;
  options.max_lag = 100;
  std::vector<uint64_t> lags = {100, 101, 500};  // taken from the end
  ReplayEnvironment world = World(&source);
  world.lag = [&]() -> Result<uint64_t> {
    EXPECT_THAT(destination_.sent, SizeIs(0));
    const uint64_t lag = lags.back();
    lags.pop_back();
    return lag;
  };
  ASSERT_TRUE(Replay(options, world).ok());
  EXPECT_TRUE(lags.empty());
  EXPECT_EQ(clock_.now.time_since_epoch(), seconds(2));
  EXPECT_THAT(destination_.sent, SizeIs(10));
}

TEST_F(ReplayTest, GoesOnFromTheCheckpointAndIsDoneOnce) {
  ReplayOptions options;
  options.checkpoint_every = milliseconds(0);
  options.rate = 100;  // a batch has five
  {
    CountedHistory source(20);
    auto checkpoint = OpenCheckpoint();
    ReplayEnvironment world = World(&source);
    world.checkpoint = checkpoint.get();
    destination_.fails_at = "12";
    EXPECT_THAT(Replay(options, world).status().message(), HasSubstr("broker is away"));
  }
  EXPECT_THAT(destination_.sent, SizeIs(12));
  destination_.sent.clear();
  destination_.fails_at = "";
  for (const bool again : {false, true}) {
    CountedHistory source(20);
    auto checkpoint = OpenCheckpoint();
    ReplayEnvironment world = World(&source);
    world.checkpoint = checkpoint.get();
    const Result<ReplaySummary> summary = Replay(options, world);
    ASSERT_TRUE(summary.ok());
    EXPECT_EQ(source.resumed_at, again ? "" : "10");
    EXPECT_EQ(summary->was_done, again);
    EXPECT_EQ(summary->counts.sent, 20u);
    EXPECT_EQ(summary->sent_now, again ? 0u : 10u);
  }
  EXPECT_EQ(destination_.Ids().front(), "10");
  EXPECT_THAT(destination_.sent, SizeIs(10));
}

TEST_F(ReplayTest, StoppedWhileItWaitsItHasSentNothingTwice) {
  ReplayOptions options;
  options.rate = 1;
  for (int i = 0; i < 3; ++i) {
    stop_ = false;
    CountedHistory source(3);
    auto checkpoint = OpenCheckpoint();
    ReplayEnvironment world = World(&source);
    world.checkpoint = checkpoint.get();
    const size_t before = destination_.sent.size();
    world.pause = [&](nanoseconds wait) {
      clock_.now += wait;
      stop_ = destination_.sent.size() > before;
    };
    const Result<ReplaySummary> summary = Replay(options, world);
    ASSERT_TRUE(summary.ok());
    EXPECT_EQ(summary->counts.done, i == 2);
  }
  EXPECT_THAT(destination_.Ids(), ElementsAre("0", "1", "2"));
}

TEST_F(ReplayTest, ACheckpointIsForOneReplayOnly) {
  ASSERT_TRUE(OpenCheckpoint("files a.jsonl --to x")->Save({"the\nposition\n", 3, 2, 1, false}).ok());
  EXPECT_EQ(OpenCheckpoint("files a.jsonl --to x")->checkpoint(), (Checkpoint{"the\nposition\n", 3, 2, 1, false}));
  EXPECT_THAT(CheckpointFile::Open(path_, "files b.jsonl --to x").status().message(),
              HasSubstr("belongs to another replay: that one was `files a.jsonl --to x`"));
  auto one = OpenCheckpoint("files a.jsonl --to x");
  EXPECT_THAT(CheckpointFile::Open(path_, "files a.jsonl --to x").status().message(),
              HasSubstr("another replay is using it"));
}

TEST_F(ReplayTest, WhatIsNoWholeCheckpointIsNotGoneOnFrom) {
  ASSERT_TRUE(OpenCheckpoint()->Save({"position", 3, 2, 1, false}).ok());
  const std::string whole = testing::ReadWholeFile(path_);
  std::string changed = whole;
  changed.back() = 'm';
  for (const std::string& text : {std::string("notes"), std::string("my\nnotes\n"), whole + "n", changed,
                                  whole.substr(0, whole.size() - 1), "9" + whole.substr(1)}) {
    testing::WriteFile(path_, text);
    EXPECT_THAT(CheckpointFile::Open(path_, "numbers").status().message(),
                HasSubstr("checkpoint " + path_ + " is not one of a replay, or is damaged; give another --checkpoint"))
        << text;
  }
  testing::WriteFile(path_, whole);
  EXPECT_EQ(OpenCheckpoint()->checkpoint().sent, 3u);
}

}  // namespace leadpulse::replay::replay_loop_test
