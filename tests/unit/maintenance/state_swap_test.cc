// The record of a rebuild and its swap, on directories that only look like states. tests/crash/rebuild_kill_test.py
// tests kills.
#include "processor/maintenance/state_swap.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "state/store/state_directory.h"
#include "tests/support/file_content.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::maintenance::state_swap_test {

namespace fs = std::filesystem;

constexpr Instant kNow{1'773'135'000'123};  // 2026-03-10T09:30:00.123Z

class StateSwapTest : public ::testing::Test {
 protected:
  StateSwapTest() {
    MakeState(live_, "old");
    MakeState(RebuiltState(folder_), "new");
    options_.live = live_;
    options_.folder = folder_;
    options_.now = kNow;
    options_.check = [this](const RebuildRecord&) {
      ++checks_;
      return verdict_;
    };
    Record(RebuildStage::kFinished);
  }

  static void MakeState(const std::string& directory, const std::string& content) {
    fs::create_directories(directory);
    testing::WriteFile(directory + "/CURRENT", content);
  }
  static std::string Content(const std::string& directory) { return testing::ReadWholeFile(directory + "/CURRENT"); }
  void Record(RebuildStage stage) { ASSERT_TRUE(WriteRebuildRecord(folder_, {stage, *WholePath(live_)}).ok()); }
  void ExpectSwapped() {
    const Result<RebuildRecord> record = SwapStates(options_);
    ASSERT_TRUE(record.ok()) << record.status().message();
    EXPECT_EQ(record->moved_to, *WholePath(live_) + ".before-20260310T093000Z");
    EXPECT_EQ(Content(live_), "new");
    EXPECT_EQ(Content(record->moved_to), "old");
    EXPECT_FALSE(fs::exists(RebuiltState(folder_)));
    EXPECT_EQ((*ReadRebuildRecord(folder_))->stage, RebuildStage::kSwapped);
  }
  void ExpectRefused(const std::string& part) {
    const Result<RebuildRecord> record = SwapStates(options_);
    ASSERT_FALSE(record.ok());
    EXPECT_NE(record.status().message().find(part), std::string::npos) << record.status().message();
    EXPECT_EQ(Content(live_), "old");
    EXPECT_EQ(Content(RebuiltState(folder_)), "new");
  }

  testing::ScratchDirectory directory_;
  const std::string live_ = directory_ / "live";
  const std::string folder_ = directory_ / "rebuilt";
  SwapOptions options_;
  Status verdict_;
  int checks_ = 0;
};

TEST_F(StateSwapTest, TheTwoChangePlaces) {
  ExpectSwapped();
  EXPECT_EQ(checks_, 1);
  // A second call does nothing.
  ExpectSwapped();
  EXPECT_EQ(checks_, 1);
}

TEST_F(StateSwapTest, SoTheyDoWhereNamesCannotBeExchanged) {
  options_.exchange = false;
  ExpectSwapped();
}

TEST_F(StateSwapTest, APathWithASlashAtItsEndOrThroughALinkIsTheSame) {
  options_.live = live_ + "/";
  fs::create_directory_symlink(live_, directory_ / "link");
  if (fs::exists(directory_ / "link")) options_.live = directory_ / "link/";
  ExpectSwapped();
}

TEST_F(StateSwapTest, WhatTheCheckRefusesStays) {
  verdict_ = Status::Rejected("not yet");
  ExpectRefused("not yet");
  EXPECT_EQ((*ReadRebuildRecord(folder_))->stage, RebuildStage::kFinished);
  verdict_ = Status::Ok();
  ExpectSwapped();
}

TEST_F(StateSwapTest, OnlyAFinishedRebuildOfThatState) {
  Record(RebuildStage::kUnfinished);
  ExpectRefused("is not finished");
  ASSERT_TRUE(WriteRebuildRecord(folder_, {RebuildStage::kFinished, directory_ / "another"}).ok());
  ExpectRefused("another, not of");
  fs::remove(folder_ + "/leadpulse-rebuild.txt");
  ExpectRefused("there is no rebuild");
  EXPECT_EQ(checks_, 0);
}

TEST_F(StateSwapTest, OnAnotherFileSystemThereIsNothingToRename) {
  std::string elsewhere = "/dev/shm/leadpulse-XXXXXX";
  if (mkdtemp(elsewhere.data()) == nullptr) GTEST_SKIP() << "this system has no /dev/shm";
  const auto device_of = [](const std::string& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 ? found.st_dev : 0;
  };
  const bool other = device_of(elsewhere) != device_of(live_);
  // The same holds if something is mounted at the place of the state.
  MakeState(elsewhere, "new");
  fs::remove_all(RebuiltState(folder_));
  fs::create_directory_symlink(elsewhere, RebuiltState(folder_));
  if (other) ExpectRefused("lie on different file systems, so no rename puts one in the place of the other");
  fs::remove_all(elsewhere);
  EXPECT_EQ(checks_, 0);
  if (!other) GTEST_SKIP() << "temporary files are in /dev/shm, too";
}

TEST_F(StateSwapTest, TheNameOfTheStateOfBeforeMustBeFree) {
  fs::create_directory(live_ + ".before-20260310T093000Z");
  ExpectRefused("is there already");
}

TEST_F(StateSwapTest, WhatWasMovedByHandInTheMiddleIsNotGuessedAt) {
  const RebuildRecord begun{RebuildStage::kSwapping, *WholePath(live_), live_ + ".before-x", 1, 2};
  ASSERT_TRUE(WriteRebuildRecord(folder_, begun).ok());
  ExpectRefused("was moved by hand");
}

// The process owns the lock: another process must ask.
TEST_F(StateSwapTest, AStateThatIsLockedIsInUseForOthers) {
  Result<std::unique_ptr<state::StateLock>> lock = state::StateLock::Take(live_);
  ASSERT_TRUE(lock.ok());
  const auto taken_elsewhere = [this] {
    const pid_t child = fork();
    if (child == 0) {
      const Result<std::unique_ptr<state::StateLock>> other = state::StateLock::Take(live_);
      _exit(other.ok() ? 0 : other.status().kind() == ErrorKind::kRetriable ? 1 : 2);
    }
    int ended = 0;
    waitpid(child, &ended, 0);
    return WEXITSTATUS(ended);
  };
  EXPECT_EQ(taken_elsewhere(), 1);
  lock->reset();
  EXPECT_EQ(taken_elsewhere(), 0);
  const Result<std::unique_ptr<state::StateLock>> none = state::StateLock::Take(directory_ / "none");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().kind(), ErrorKind::kRejected);
}

TEST_F(StateSwapTest, TheRecordReadsAsItWasWritten) {
  const RebuildRecord record{RebuildStage::kSwapping, "/a b/c", "/a b/c.before", 12, UINT64_MAX};
  ASSERT_TRUE(WriteRebuildRecord(folder_, record).ok());
  EXPECT_EQ(**ReadRebuildRecord(folder_), record);
  EXPECT_FALSE(WriteRebuildRecord(folder_, {RebuildStage::kFinished, "/a\nb"}).ok());
  EXPECT_FALSE((*ReadRebuildRecord(directory_ / "none")).has_value());
}

TEST_F(StateSwapTest, ADamagedRecordIsAnErrorThatNamesIt) {
  const std::string path = folder_ + "/leadpulse-rebuild.txt";
  const std::string whole = testing::ReadWholeFile(path);
  for (const std::string& text : {std::string(), whole + "more\n", whole.substr(0, whole.size() - 1), "x" + whole,
                                  std::string(whole).replace(whole.find("finished"), 8, "finishes")}) {
    testing::WriteFile(path, text);
    const Result<std::optional<RebuildRecord>> record = ReadRebuildRecord(folder_);
    ASSERT_FALSE(record.ok()) << text;
    EXPECT_NE(record.status().message().find("leadpulse-rebuild.txt"), std::string::npos);
  }
}

}  // namespace leadpulse::maintenance::state_swap_test
