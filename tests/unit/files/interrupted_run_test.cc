// Runs that end in the middle, and the rollout of other definitions afterwards; over a store in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "tests/support/input_files.h"
#include "tests/support/locked_store.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::interrupted_run_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::WriteFile;

// A store whose disk fails at one commit, which is not made. It allows reads of leads meanwhile.
class FailingStore : public testing::LockedStore {
 public:
  FailingStore() : LockedStore(2) {}
  static constexpr int kNever = -1;

  // Makes a commit fail; 1 is the next one.
  void FailAtCommit(int number) { until_failure_ = number; }
  int commits() const { return commits_; }

  // Commits, perhaps with a failure. Called by one thread at a time, but each time by another.
  Status Commit(const state::EpochWrite& write) override {
    ++commits_;
    if (until_failure_ > 0 && --until_failure_ == 0) return Status::Fatal("the disk of this test is full");
    return LockedStore::Commit(write);
  }

 private:
  std::atomic<int> until_failure_ = kNever;
  std::atomic<int> commits_ = 0;
};

struct Outputs {
  std::vector<std::string> changes;  // sorted
  std::string dead_letters;
  std::string leads;
  friend bool operator==(const Outputs&, const Outputs&) = default;
};

std::shared_ptr<const config::Definitions> Load(const std::string& tenant) {
  config::LoadedDefinitions loaded = config::LoadDefinitions("tenants: {\"*\": " + tenant + "}\n");
  EXPECT_NE(loaded.definitions, nullptr) << tenant;
  return loaded.definitions;
}

std::string OpenLine(const std::string& lead, int number, Instant at) {
  return R"({"event":{"tenantId":"acme","leadId":")" + lead + R"(","eventId":"e)" + std::to_string(number) +
         R"(","type":"OPEN","occurredAt":")" + FormatRfc3339(at) + "\"}}\n";
}

// Returns lines with opens of 60 leads, one every ten minutes; every fiftieth line is invalid.
std::string Opens(int from, int until) {
  std::string lines;
  for (int i = from; i < until; ++i) {
    const Instant at = *ParseRfc3339("2026-01-01T00:00:00Z") + Millis{int64_t{i} * 600'000};
    lines += i % 50 == 49 ? "no record\n" : OpenLine("lead-" + std::to_string(i * 7 % 60), i, at);
  }
  return lines;
}

// The parameter: whether commits run beside the work.
class InterruptedRunTest : public ::testing::TestWithParam<bool> {
 protected:
  InterruptedRunTest() {
    options_.inputs = {directory_ / "a.jsonl"};
    options_.max_epoch_records = 32;
    options_.sync = false;
    options_.commit_in_background = GetParam();
    options_.lead_cache_bytes = 0;  // every lead is read again, also while it is being committed
    BeginAnew("out");
  }

  void BeginAnew(const std::string& output) {
    store_ = std::make_unique<FailingStore>();
    options_.output_directory = directory_ / output;
  }
  Result<RunSummary> Run() { return RunOnFiles(options_, {store_.get(), &clock_, &stop_, nullptr, -1}); }
  std::vector<std::string> ChangeLines() {
    std::vector<std::string> lines;
    std::istringstream stream(ReadWholeFile(options_.output_directory + "/" + kChangesFile));
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  Outputs ReadOutputs() {
    Outputs outputs{ChangeLines(), ReadWholeFile(options_.output_directory + "/" + kDeadLettersFile),
                    ReadWholeFile(options_.output_directory + "/" + kLeadsFile)};
    std::sort(outputs.changes.begin(), outputs.changes.end());
    return outputs;
  }
  // Reads half of the lines, then all under other definitions. A run that ends with an error is started again.
  void ReadInTwoRuns() {
    for (const bool first : {true, false}) {
      WriteFile(directory_ / "a.jsonl", Opens(0, first ? 150 : 300));
      options_.definitions = first ? before_ : after_;
      options_.until = first ? std::nullopt : ParseRfc3339("2026-01-10T00:00:00Z");
      const bool good = Run().ok();
      if (first) first_commits_ = store_->commits();
      if (good) continue;
      ++failures_;
      const Result<RunSummary> again = Run();
      ASSERT_TRUE(again.ok()) << again.status().message();
    }
  }

  std::shared_ptr<const config::Definitions> before_ = Load(
      "{tiers: [{name: all}], publish_score_changes: true, scoring: {rules: [{event: open, points: 2}]},"
      " segments: [{id: daily, name: D, rule: DID open IN LAST 1 day},"
      " {id: twice, name: T, rule: DID open >= 2 TIMES}]}");
  std::shared_ptr<const config::Definitions> after_ = Load(
      "{tiers: [{name: keen, at_least: 4}, {name: rest}], scoring: {rules: [{event: open, points: 1}]},"
      " segments: [{id: weekly, name: W, rule: DID open IN LAST 3 days}]}");
  testing::ScratchDirectory directory_;
  std::unique_ptr<FailingStore> store_;
  FixedClock clock_{*ParseRfc3339("2026-06-01T00:00:00Z")};
  std::atomic<bool> stop_{false};
  RunOptions options_;
  int failures_ = 0;
  int first_commits_ = 0;  // of the first run, which rolls out no definitions
};

// The leads are too large for a whole batch: it is applied in parts, each committed at its own clock.
TEST_P(InterruptedRunTest, APartOfABatchThatFailsCostsNothing) {
  options_.max_epoch_records = 1000;  // all lines are one batch
  ReadInTwoRuns();
  const Outputs whole = ReadOutputs();
  const int whole_commits = store_->commits();
  const int whole_first_commits = first_commits_;
  options_.max_changed_lead_bytes = 16 << 10;
  BeginAnew("parts");
  ReadInTwoRuns();
  ASSERT_EQ(failures_, 0);
  EXPECT_EQ(ReadOutputs(), whole);
  const int commits = store_->commits();
  EXPECT_GT(commits, whole_commits + 8);
  EXPECT_GT(first_commits_, whole_first_commits + 4);  // more often than every 32 lines: between any two
  for (int failing = 1; failing <= commits; ++failing) {
    BeginAnew("parts" + std::to_string(failing));
    store_->FailAtCommit(failing);
    ReadInTwoRuns();
    EXPECT_EQ(ReadOutputs(), whole) << "commit " << failing;
  }
  EXPECT_EQ(failures_, commits);
}

TEST_P(InterruptedRunTest, ACommitThatFailsCostsNothing) {
  ReadInTwoRuns();
  ASSERT_EQ(failures_, 0);
  const Outputs undisturbed = ReadOutputs();
  const int commits = store_->commits();
  EXPECT_GT(commits, 12);
  for (int failing = 1; failing <= commits; ++failing) {
    BeginAnew("failing-" + std::to_string(failing));
    store_->FailAtCommit(failing);
    ReadInTwoRuns();
    EXPECT_EQ(failures_, failing) << "commit " << failing << " was not reached";
    EXPECT_TRUE(ReadOutputs() == undisturbed) << "after a failure of commit " << failing << " of " << commits;
  }
}

// The clock is the state's, not that of --until, to which time advances afterwards. A left segment has its old name, an
// entered one its new name, and the changes have the version of the new definitions.
TEST_P(InterruptedRunTest, DefinitionsAreAdoptedAtTheClock) {
  WriteFile(directory_ / "a.jsonl", OpenLine("ann", 1, *ParseRfc3339("2026-01-01T00:00:00Z")));
  options_.definitions = Load("{tiers: [{name: old}], segments: [{id: old, name: Old, rule: DID open}]}");
  ASSERT_TRUE(Run().ok());
  const size_t already = ChangeLines().size();
  options_.definitions = Load("{tiers: [{name: new}], segments: [{id: new, name: New, rule: DID open}]}");
  options_.until = ParseRfc3339("2026-01-05T00:00:00Z");
  ASSERT_TRUE(Run().ok());
  std::vector<std::string> lines = ChangeLines();
  lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(already));
  const auto at_the_clock = AllOf(HasSubstr(R"("at":"2026-01-01T00:00:00Z")"),
                                  HasSubstr(R"({"kind":"DEFINITIONS","id":")" + options_.definitions->version));
  EXPECT_THAT(lines,
              ElementsAre(AllOf(at_the_clock, HasSubstr("TIER_CHANGED"), HasSubstr(R"("from":"old","to":"new")")),
                          AllOf(at_the_clock, HasSubstr("SEGMENT_LEFT"), HasSubstr(R"("name":"old")")),
                          AllOf(at_the_clock, HasSubstr("SEGMENT_ENTERED"), HasSubstr(R"("name":"new")"))));
}

INSTANTIATE_TEST_SUITE_P(Commits, InterruptedRunTest, ::testing::Bool());

}  // namespace leadpulse::files::interrupted_run_test
