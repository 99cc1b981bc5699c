// The output of a run on files to the feed of changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/files/output_file.h"
#include "processor/files/run.h"
#include "tests/support/input_files.h"
#include "tests/support/locked_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::run_feed_test {

using testing::ReadWholeFile;
using testing::WriteFile;

constexpr int kRecords = 2'000;

// A store that looks at each commit: a subscriber from the start compares its changes with the committed length of the
// output.
class LookingStore : public testing::LockedStore {
 public:
  LookingStore(pipeline::ChangeFeed* feed, std::string changes)
      : LockedStore(4), feed_(feed), changes_(std::move(changes)) {
    next_ = feed_->Read({"acme", {}}, {}, 1, MonotonicNow()).next;
  }
  Status Commit(const state::EpochWrite& write) override {
    LP_RETURN_IF_ERROR(LockedStore::Commit(write));
    Look();
    return Status::Ok();
  }
  // Checks that the feed has exactly what was published, without what is being committed.
  void Look() {
    ++looks;
    bool more = true;
    while (more) {
      const pipeline::FeedPage page = feed_->Read({"acme", {}}, next_, 100, MonotonicNow());
      resets += page.reset ? 1 : 0;
      for (const pipeline::FeedEvent& event : page.events) lines.push_back(*event.json);
      next_ = page.next;
      more = page.more;
    }
    const Result<std::optional<OutputRecord>> published = ReadCommittedLength(changes_);
    ASSERT_TRUE(published.ok());
    const std::string committed = ReadWholeFile(changes_).substr(0, *published ? (*published)->length : 0);
    EXPECT_EQ(lines.size(), static_cast<size_t>(std::ranges::count(committed, '\n')));
  }

  std::vector<std::string> lines;
  int looks = 0;
  int resets = 0;

 private:
  pipeline::ChangeFeed* const feed_;
  const std::string changes_;
  pipeline::FeedPosition next_ = 0;
};

class RunFeedTest : public ::testing::Test {
 protected:
  RunFeedTest() {
    std::string input;
    for (int i = 0; i < kRecords; ++i) {
      input += R"({"event":{"tenantId":"acme","leadId":"lead-)" + std::to_string(i % 500) + R"(","eventId":"e)" +
               std::to_string(i) + R"(","type":"CLICK","occurredAt":"2026-03-01T00:00:00Z"}})" + "\n";
    }
    WriteFile(directory_ / "in.jsonl", input);
    options_.inputs = {directory_ / "in.jsonl"};
    options_.output_directory = directory_ / "out";
    options_.workers = 2;
    options_.sync = false;
    options_.max_epoch_records = 100;
    options_.commit_in_background = true;
    options_.definitions = config::DefaultDefinitions();
  }
  Result<RunSummary> Run(LookingStore* store, pipeline::ChangeFeed* feed) {
    return RunOnFiles(options_, {store, &clock_, &stop_, nullptr, -1, nullptr, feed});
  }
  std::string ChangesFile() const { return options_.output_directory + "/" + kChangesFile; }

  testing::ScratchDirectory directory_;
  RunOptions options_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
};

TEST_F(RunFeedTest, HasTheLinesOfTheOutputOnceTheyAreCommitted) {
  pipeline::ChangeFeed feed({});
  LookingStore store(&feed, ChangesFile());
  int told = 0;
  feed.Listen([&] { EXPECT_EQ(++told, store.looks); });  // of each commit, once it can be read
  const Result<RunSummary> summary = Run(&store, &feed);
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_GT(store.looks, 10);
  EXPECT_EQ(told, store.looks);
  store.Look();
  EXPECT_EQ(store.resets, 0);
  std::vector<std::string> lines = store.lines, written;
  const std::string changes = ReadWholeFile(ChangesFile());
  for (size_t at = 0; at < changes.size(); at = changes.find('\n', at) + 1) {
    const std::string line = changes.substr(at, changes.find('\n', at) - at);
    const size_t source = line.find(R"(,"source":)");  // the last member; a subscriber does not get it
    ASSERT_NE(source, std::string::npos) << line;
    written.push_back(line.substr(0, source) + "}");
  }
  std::ranges::sort(lines);
  std::ranges::sort(written);
  EXPECT_EQ(lines, written);
}

}  // namespace leadpulse::files::run_feed_test
