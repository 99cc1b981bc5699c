// A run that follows its input by the wall clock, over a store in memory: records appended meanwhile, later files, and
// time that passes. followed_inputs_test.cc has the files: several folders, compressed ones, forbidden changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::follow_test {

using testing::AppendToFile;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::WriteFile;

constexpr std::chrono::seconds kNever{60};

// A clock that the run's threads read and the test sets.
class TurnedClock : public Clock {
 public:
  Instant Now() const override {
    const Instant now{millis_};
    ++reads;
    return now;
  }
  void Turn(const char* time) { millis_ = ParseRfc3339(time)->millis; }
  mutable std::atomic<int> reads{0};

 private:
  std::atomic<int64_t> millis_{0};
};

class CountingStore : public testing::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Status Commit(const state::EpochWrite& write) override {
    ++commits;
    return ForwardingStore::Commit(write);
  }
  std::atomic<int> commits{0};
};

class FollowTest : public ::testing::Test {
 protected:
  FollowTest() {
    std::filesystem::create_directory(directory_ / "inbox");
    options_.inputs = {directory_ / "inbox"};
    options_.follow = true;
    options_.output_directory = directory_ / "out";
    options_.workers = 2;
    options_.sync = false;
    options_.definitions = config::LoadDefinitions(R"(
tenants:
  "*":
    tiers: [{name: cold}]
    segments: [{id: fresh, rule: DID click IN LAST 1 hour}]
)")
                               .definitions;
    clock_.Turn("2026-03-01T00:00:00Z");
  }
  void TearDown() override { static_cast<void>(Stop()); }

  void Start() {
    stop_ = false;
    run_ = std::thread([this] { result_ = RunOnFiles(options_, {&store_, &clock_, &stop_, nullptr, -1}); });
  }
  Result<RunSummary> Stop() {
    stop_ = true;
    if (run_.joinable()) run_.join();
    return result_;
  }
  std::string File(const char* name) { return directory_ / (std::string("inbox/") + name); }
  static std::string Click(int number, const std::string& time, const std::string& lead = "ada") {
    return R"({"event":{"tenantId":"acme","leadId":")" + lead + R"(","eventId":"e)" + std::to_string(number) +
           R"(","type":"CLICK","occurredAt":")" + time + "\"}}\n";
  }
  std::string Changes() const { return ReadWholeFile(options_.output_directory + "/changes.jsonl"); }
  int TimesLeft() const {
    const std::string left = R"("at":"2026-03-01T01:00:00Z","kind":"SEGMENT_LEFT")";
    const std::string changes = Changes();
    int times = 0;
    for (size_t at = 0; (at = changes.find(left, at)) != std::string::npos; ++at) ++times;
    return times;
  }
  bool Comes(const std::function<bool()>& what) const {
    const auto deadline = MonotonicNow() + kNever;
    while (!what() && MonotonicNow() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return what();
  }
  bool ComesChange(const std::string& part) const {
    return Comes([&] { return Changes().find(part) != std::string::npos; });
  }

  testing::ScratchDirectory directory_;
  CountingStore store_{3};
  TurnedClock clock_;
  RunOptions options_;
  std::atomic<bool> stop_{false};
  std::thread run_;
  Result<RunSummary> result_ = Status::Fatal("not run");
};

TEST_F(FollowTest, WhatIsAppendedIsRead) {
  Start();
  WriteFile(File("1.jsonl"), Click(1, "2026-03-01T00:00:00Z"));
  ASSERT_TRUE(ComesChange(R"("name":"fresh")"));
  // The wall clock counts, not the time of the record.
  clock_.Turn("2026-03-01T00:05:00Z");
  AppendToFile(File("1.jsonl"), Click(1, "2026-02-27T00:00:00Z", "bob"));
  ASSERT_TRUE(ComesChange(R"("leadId":"bob","seq":"1","at":"2026-03-01T00:05:00Z")"));
  const Result<RunSummary> summary = Stop();
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_EQ(summary->records, 2u);
}

TEST_F(FollowTest, TimePassesWithoutRecords) {
  WriteFile(File("1.jsonl"), Click(1, "2026-03-01T00:00:00Z"));
  Start();
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  // The commits of the new state and of the click; the click's changes are in the output before they are committed.
  ASSERT_TRUE(Comes([&] { return store_.commits == 2; }));
  clock_.Turn("2026-03-01T00:59:59.999Z");
  std::this_thread::sleep_for(std::chrono::milliseconds(600));  // epochs without changes
  EXPECT_EQ(store_.commits, 2);
  EXPECT_THAT(Changes(), Not(HasSubstr("SEGMENT_LEFT")));
  clock_.Turn("2026-03-01T01:02:03Z");
  ASSERT_TRUE(ComesChange(R"("at":"2026-03-01T01:00:00Z","kind":"SEGMENT_LEFT")"));
}

// Only some due timers fire between two batches: here two leads of each of the three partitions.
TEST_F(FollowTest, RecordsDoNotWaitForAllTimers) {
  constexpr int kOld = 60, kNew = 10;
  options_.max_epoch_records = 2;
  std::string old_clicks, new_clicks;
  for (int i = 0; i < kOld; ++i) old_clicks += Click(i, "2026-03-01T00:00:00Z", "old-" + std::to_string(i));
  for (int i = 0; i < kNew; ++i) new_clicks += Click(i, "2026-03-01T02:00:00Z", "new-" + std::to_string(i));
  WriteFile(File("1.jsonl"), old_clicks);
  Start();
  ASSERT_TRUE(ComesChange("old-59"));
  ASSERT_TRUE(Stop().ok());
  clock_.Turn("2026-03-01T02:00:00Z");
  AppendToFile(File("1.jsonl"), new_clicks);
  Start();
  ASSERT_TRUE(Comes([&] { return TimesLeft() == kOld; }));
  ASSERT_TRUE(Stop().ok());
  EXPECT_EQ(TimesLeft(), kOld);
  const std::string changes = Changes();
  EXPECT_LT(changes.find("new-9"), changes.rfind("SEGMENT_LEFT"));
}

TEST_F(FollowTest, TimePassesWithoutFiles) {
  WriteFile(File("1.jsonl"), Click(1, "2026-03-01T00:00:00Z"));
  Start();
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  ASSERT_TRUE(Stop().ok());
  std::filesystem::remove(File("1.jsonl"));  // its records are all applied
  const int reads = clock_.reads;
  Start();
  ASSERT_TRUE(Comes([&] { return clock_.reads > reads; }));  // the epoch began at the old time
  clock_.Turn("2026-03-01T01:02:03Z");
  ASSERT_TRUE(ComesChange(R"("at":"2026-03-01T01:00:00Z","kind":"SEGMENT_LEFT")"));
}

TEST_F(FollowTest, AClockThatGoesBackDoesNotTakeTimeBack) {
  clock_.Turn("2026-03-01T02:00:00Z");
  WriteFile(File("1.jsonl"), Click(1, "2026-03-01T01:30:00Z"));
  Start();
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  clock_.Turn("2026-03-01T01:50:00Z");
  AppendToFile(File("1.jsonl"), Click(1, "2026-03-01T01:45:00Z", "bob"));
  ASSERT_TRUE(ComesChange(R"("leadId":"bob","seq":"1","at":"2026-03-01T02:00:00Z")"));
}

// The records of the doubtful time wait, and no timer fires; the state never gets the wrong instant.
TEST_F(FollowTest, ADoubtfulClockIsWaitedFor) {
  std::atomic<int64_t> boot{0};
  ClockGuard guard(&clock_, [&boot] { return Millis{boot}; });
  const auto start = [&](bool accept_clock) {
    stop_ = false;
    run_ = std::thread([this, &guard, accept_clock] {
      RunEnvironment environment{&store_, &guard, &stop_, nullptr, -1};
      environment.clock_guard = &guard;
      environment.accept_clock = accept_clock;
      result_ = RunOnFiles(options_, environment);
    });
  };
  const auto is_seen = [&] {
    const int reads = clock_.reads;
    return Comes([&] { return clock_.reads > reads + 20; });
  };
  WriteFile(File("1.jsonl"), Click(1, "2026-03-01T00:00:00Z"));
  start(false);
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  clock_.Turn("2027-06-01T00:00:00Z");
  boot = 3'000;
  AppendToFile(File("1.jsonl"), Click(2, "2026-03-01T00:00:01Z", "bob"));
  ASSERT_TRUE(is_seen());
  EXPECT_THAT(Changes(), Not(HasSubstr("bob")));
  EXPECT_EQ(TimesLeft(), 0);
  clock_.Turn("2026-03-01T00:00:10Z");
  boot = 10'000;
  ASSERT_TRUE(ComesChange(R"("leadId":"bob","seq":"1","at":"2026-03-01T00:00:10Z")"));
  clock_.Turn("2027-06-01T00:00:00Z");
  ASSERT_TRUE(is_seen());
  ASSERT_TRUE(Stop().ok());  // also while it waits
  EXPECT_EQ(*result_->clock, *ParseRfc3339("2026-03-01T00:00:10Z"));
  // A start with that clock is as doubtful, unless somebody says that it is right.
  start(false);
  ASSERT_TRUE(is_seen());
  ASSERT_TRUE(Stop().ok());
  EXPECT_EQ(TimesLeft(), 0);
  guard.Begin(Instant::DistantPast());
  start(true);
  ASSERT_TRUE(Comes([&] { return TimesLeft() == 1; }));
  ASSERT_TRUE(Stop().ok());  // before its clock is gone
}

TEST_F(FollowTest, HalfALineWaitsForItsOtherHalf) {
  const std::string line = Click(1, "2026-03-01T00:00:00Z");
  WriteFile(File("1.jsonl"), line.substr(0, 40));
  Start();
  AppendToFile(File("1.jsonl"), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ASSERT_TRUE(Stop().ok());
  Start();
  AppendToFile(File("1.jsonl"), line.substr(40));
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  ASSERT_TRUE(Stop().ok());
  EXPECT_EQ(ReadWholeFile(options_.output_directory + "/dead-letters.jsonl"), "");
}

TEST_F(FollowTest, LaterFilesFollow) {
  Start();
  std::string number;
  for (int i = 1; i <= 5; ++i) {
    number = std::to_string(i);
    WriteFile(File((number + ".jsonl").c_str()), Click(i, "2026-03-01T00:00:00Z", "lead-" + number));
    ASSERT_TRUE(i % 2 == 1 || ComesChange("lead-" + number));
  }
  WriteFile(File("not-an-input.txt"), "of no concern");
  ASSERT_TRUE(ComesChange("lead-5"));
  ASSERT_TRUE(Stop().ok());
  // It continues where it ended, and writes nothing twice.
  const std::string before = Changes();
  Start();
  AppendToFile(File("5.jsonl"), Click(6, "2026-03-01T00:00:00Z", "lead-6"));
  ASSERT_TRUE(ComesChange("lead-6"));
  const Result<RunSummary> summary = Stop();
  EXPECT_EQ(summary->records, 1u);
  EXPECT_TRUE(Changes().starts_with(before));
}

// As printf or an editor leaves it.
TEST_F(FollowTest, ALastLineWithoutItsEndIsReadOnceTheFileIsQuiet) {
  options_.quiet = std::chrono::milliseconds(200);
  std::string line = Click(1, "2026-03-01T00:00:00Z");
  line.pop_back();
  WriteFile(File("1.jsonl"), line);
  Start();
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  AppendToFile(File("1.jsonl"), "\n" + Click(2, "2026-03-01T00:00:00Z", "bob"));
  ASSERT_TRUE(ComesChange("bob"));
  EXPECT_EQ(Stop()->records, 2u);
  EXPECT_EQ(ReadWholeFile(options_.output_directory + "/dead-letters.jsonl"), "");
}

TEST_F(FollowTest, AFileThatIsCutOffEndsNoRun) {
  WriteFile(File("1.jsonl"), Click(1, "2026-03-01T00:00:00Z"));
  Start();
  ASSERT_TRUE(ComesChange("SEGMENT_ENTERED"));
  std::filesystem::resize_file(File("1.jsonl"), 3);
  AppendToFile(File("1.jsonl"), "\n" + Click(2, "2026-03-01T00:00:00Z", "bob"));
  ASSERT_TRUE(ComesChange("bob"));
  ASSERT_TRUE(Stop().ok());
  Start();
  AppendToFile(File("1.jsonl"), Click(3, "2026-03-01T00:00:00Z", "cora"));
  ASSERT_TRUE(ComesChange("cora"));
  EXPECT_EQ(Stop()->records, 1u);
}

TEST_F(FollowTest, WhatCannotBeFollowed) {
  options_.inputs = {"-"};
  EXPECT_THAT(CheckInputs(options_).message(), HasSubstr("standard input cannot be followed"));
  options_.inputs = {File("missing.jsonl")};
  EXPECT_THAT(CheckInputs(options_).message(), HasSubstr("there is no such file"));
  options_.may_be_missing = true;  // it may be between two of its name
  EXPECT_TRUE(CheckInputs(options_).ok());
  options_.inputs = {File("no-such-folder/missing.jsonl")};
  EXPECT_THAT(CheckInputs(options_).message(), HasSubstr("there is no such file"));
}

}  // namespace leadpulse::files::follow_test
