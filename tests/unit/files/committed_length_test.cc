// The committed length that a run publishes: the bytes before it do not change, whatever ends the run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "processor/files/output_file.h"
#include "processor/files/run.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::committed_length_test {

using testing::ReadWholeFile;
using testing::WriteFile;

OutputRecord RecordOf(const std::string& content) {
  input::PrefixHash hash;
  hash.Update(content);
  const input::Hash128 digest = hash.Digest();
  return {content.size(), digest.high, digest.low};
}

std::optional<OutputRecord> MarkOf(const std::string& output) {
  Result<std::optional<OutputRecord>> mark = ReadCommittedLength(output);
  EXPECT_TRUE(mark.ok());
  return mark.ok() ? *mark : std::nullopt;
}

class CommittedLengthTest : public ::testing::Test {
 protected:
  testing::ScratchDirectory directory_;
  std::string output_ = directory_ / "changes.jsonl";
  std::string path_ = output_ + ".committed";
};

TEST_F(CommittedLengthTest, SaysWhatWasPublishedLast) {
  EXPECT_EQ(MarkOf(output_), std::nullopt);
  auto mark = CommittedLength::Open(output_);
  ASSERT_TRUE(mark.ok());
  EXPECT_EQ(MarkOf(output_), std::nullopt) << "nothing is published yet";
  for (const std::string& content : {std::string(), std::string("one\n"), std::string(100'000, 'x')}) {
    ASSERT_TRUE((*mark)->Publish(RecordOf(content)).ok());
    EXPECT_EQ(MarkOf(output_), RecordOf(content));
  }
  // A run that starts again, as on a restored state.
  mark = CommittedLength::Open(output_);
  ASSERT_TRUE((*mark)->Publish(RecordOf("one\n")).ok());
  EXPECT_EQ(MarkOf(output_), RecordOf("one\n"));
}

TEST_F(CommittedLengthTest, HalfOfTwoMarksIsNone) {
  auto mark = CommittedLength::Open(output_);
  ASSERT_TRUE((*mark)->Publish(RecordOf("one\n")).ok());
  const std::string one = ReadWholeFile(path_);
  ASSERT_TRUE((*mark)->Publish(RecordOf(std::string(987'654, 'x'))).ok());
  const std::string two = ReadWholeFile(path_);
  ASSERT_EQ(one.size(), two.size());
  for (size_t cut = 0; cut <= one.size(); ++cut) {
    const std::string both = two.substr(0, cut) + one.substr(cut);
    WriteFile(path_, both);
    const std::optional<OutputRecord> read = MarkOf(output_);
    EXPECT_TRUE(both == one || both == two ? read.has_value() : !read.has_value()) << both;
    WriteFile(path_, two.substr(0, cut));
    EXPECT_EQ(MarkOf(output_).has_value(), cut == two.size());
    WriteFile(path_, two.substr(0, cut) + std::string(two.size() - cut, '\0'));
    EXPECT_EQ(MarkOf(output_).has_value(), cut == two.size());
  }
}

TEST_F(CommittedLengthTest, WhatCannotBeReadIsAnError) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(ReadCommittedLength(output_).ok());
  EXPECT_FALSE(CommittedLength::Open(output_).ok());
}

// A clock that moves by a millisecond a call and an hour a process, so that a line which is written again has another
// `at`.
class AdvancingClock : public Clock {
 public:
  explicit AdvancingClock(int hour) : millis_(ParseRfc3339("2026-03-01T00:00:00Z")->millis + hour * 3'600'000) {}
  Instant Now() const override { return {millis_++}; }

 private:
  mutable std::atomic<int64_t> millis_;
};

class FollowedRun : public ::testing::Test {
 protected:
  static constexpr int kLeads = 60;

  FollowedRun() {
    std::string lines;
    for (int i = 0; i < kLeads; ++i) {
      lines += R"({"event":{"tenantId":"acme","leadId":"lead-)" + std::to_string(i) +
               R"(","eventId":"e","type":"CLICK","occurredAt":"2026-02-01T00:00:00Z"}})" + "\n";
    }
    WriteFile(directory_ / "in.jsonl", lines);
    options_.inputs = {directory_ / "in.jsonl"};
    options_.follow = true;
    options_.output_directory = directory_ / "out";
    options_.workers = 1;
    options_.max_epoch_records = 7;
    options_.sync = false;
  }

  // Returns the exit status as of waitpid.
  static int InAProcessOfItsOwn(const std::function<bool()>& work) {
    pid_t child = fork();
    if (child == 0) _exit(work() ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    return status;
  }
  // Runs until all leads are committed.
  int FollowInAProcessOfItsOwn(const std::string& crash_at) {
    ++hour_;
    return InAProcessOfItsOwn([&] {
      if (!crash_at.empty()) setenv("LEADPULSE_CRASH_AT", crash_at.c_str(), 1);
      return Follow();
    });
  }
  std::string Changes() const { return ReadWholeFile(output_); }

  testing::ScratchDirectory directory_;
  RunOptions options_;
  std::string output_ = directory_ / "out/changes.jsonl";

 private:
  bool Follow() {
    auto store = state::OpenRocksDbLeadStore({.directory = directory_ / "state", .sync = false});
    if (!store.ok()) return false;
    AdvancingClock clock(hour_);
    std::atomic<bool> stop{false}, ended{false};
    std::thread watcher([&] {
      while (!AllCommitted() && !ended) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      stop = true;
    });
    Result<RunSummary> summary = RunOnFiles(options_, {store->get(), &clock, &stop, nullptr, -1});
    ended = true;
    watcher.join();
    return summary.ok();
  }
  bool AllCommitted() const {
    Result<std::optional<OutputRecord>> mark = ReadCommittedLength(output_);
    if (!mark.ok() || !mark->has_value()) return false;
    const std::string committed = ReadWholeFile(output_).substr(0, (*mark)->length);
    size_t created = 0;
    for (size_t at = 0; (at = committed.find("LEAD_CREATED", at)) != std::string::npos; ++at) ++created;
    return created == kLeads;
  }

  int hour_ = 0;
};

// Runs in processes of their own. A process with threads of RocksDB cannot fork; GoogleTest runs suites with this
// suffix first.
class FollowedRunDeathTest : public FollowedRun, public ::testing::WithParamInterface<const char*> {};

// Kills runs at every crash point of a commit and of a start. Each run continues from what the killed one published,
// with the same bytes.
TEST_P(FollowedRunDeathTest, KeepsWhatItPublished) {
  int kills = 0;
  std::string published;
  // The first run leaves bytes for the next start to cut back.
  for (const char* nth : {"", ":1", ":2", ":3", ":5"}) {
    const std::string crash_at = *nth == '\0' ? "before_batch:4" : GetParam() + std::string(nth);
    const int status = FollowInAProcessOfItsOwn(crash_at);
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
      ++kills;
    }
    const std::string changes = Changes();
    ASSERT_TRUE(changes.starts_with(published)) << crash_at;
    const std::optional<OutputRecord> mark = MarkOf(output_);
    if (!mark.has_value()) continue;
    ASSERT_LE(mark->length, changes.size()) << crash_at;
    ASSERT_GE(mark->length, published.size()) << crash_at;
    published = changes.substr(0, mark->length);
    EXPECT_EQ(*mark, RecordOf(published)) << crash_at;
  }
  EXPECT_GE(kills, 3) << "the first commit, and two of its own";
  ASSERT_EQ(FollowInAProcessOfItsOwn(""), 0);
  EXPECT_TRUE(Changes().starts_with(published));
  EXPECT_EQ(MarkOf(output_), RecordOf(Changes())) << "everything left is committed";
}

INSTANTIATE_TEST_SUITE_P(Points, FollowedRunDeathTest,
                         ::testing::Values("during_start", "before_flush", "after_flush", "before_batch", "mid_batch",
                                           "after_batch", "before_publish", "after_publish", "during_cut_back"),
                         [](const auto& point) { return std::string(point.param); });

// A store whose disk fails. A run publishes nothing that may not be stored.
class FailingStore : public testing::ForwardingStore {
 public:
  FailingStore() : ForwardingStore(2) {}
  Status Commit(const state::EpochWrite& write) override {
    if (++commits_ == 3) return Status::Fatal("the disk of this test is full");
    return ForwardingStore::Commit(write);
  }

 private:
  int commits_ = 0;
};

TEST_F(FollowedRun, ACommitThatFailedIsNotPublished) {
  const std::string failed = directory_ / "out-failed";
  options_.follow = false;
  // A process reads CrashPoint's variable only once, so this needs another process.
  const int status = InAProcessOfItsOwn([&] {
    FailingStore store;
    AdvancingClock clock(1);
    std::atomic<bool> stop{false};
    const RunEnvironment environment{&store, &clock, &stop, nullptr, -1};
    if (RunOnFiles(options_, environment).ok()) return false;
    std::filesystem::copy(options_.output_directory, failed);
    return RunOnFiles(options_, environment).ok();
  });
  ASSERT_EQ(status, 0);
  const std::string changes = ReadWholeFile(failed + "/changes.jsonl");
  const std::optional<OutputRecord> mark = MarkOf(failed + "/changes.jsonl");
  ASSERT_TRUE(mark.has_value());
  EXPECT_LT(mark->length, changes.size());
  EXPECT_EQ(*mark, RecordOf(changes.substr(0, mark->length)));
  EXPECT_EQ(MarkOf(output_), RecordOf(Changes()));
}

}  // namespace leadpulse::files::committed_length_test
