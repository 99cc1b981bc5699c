// Reads changes beside the run that writes them: exactly the committed ones.
#include "processor/delivery/committed_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "processor/files/output_file.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::delivery::committed_changes_test {

using testing::AppendToFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WriteFile;

class CommittedChangesTest : public ::testing::Test {
 protected:
  CommittedChangesTest() { Begin({}); }

  void Begin(const Position& from) { changes_ = std::make_unique<CommittedChanges>(path_, from); }
  void Publish(const std::string& committed) {
    input::PrefixHash hash;
    hash.Update(committed);
    const auto [high, low] = hash.Digest();
    ASSERT_TRUE((*files::CommittedLength::Open(path_))->Publish({committed.size(), high, low}).ok());
  }
  std::vector<std::string> Read() {
    std::vector<std::string> lines;
    for (auto line = changes_->Next(); line.ok() && line->has_value(); line = changes_->Next()) {
      lines.emplace_back(**line);
    }
    return lines;
  }
  Result<bool> Look() { return changes_->Look(stop_); }
  std::string Problem() {
    Result<bool> looked = Look();
    return looked.ok() ? "none" : looked.status().message();
  }

  std::atomic<bool> stop_{false};
  testing::ScratchDirectory directory_;
  std::string path_ = directory_ / "changes.jsonl";
  std::unique_ptr<CommittedChanges> changes_;
};

TEST_F(CommittedChangesTest, GivesWhatIsCommitted) {
  EXPECT_FALSE(*Look()) << "there is no file yet";
  WriteFile(path_, "one\ntwo\nthr");
  EXPECT_FALSE(*Look()) << "nothing is published yet";
  EXPECT_THAT(Read(), IsEmpty());
  Publish("one\n");
  ASSERT_TRUE(*Look());
  EXPECT_THAT(Read(), ElementsAre("one"));
  ASSERT_TRUE(*Look());
  EXPECT_THAT(Read(), IsEmpty());
  // After a kill the end is written again, differently.
  WriteFile(directory_ / "x", "");
  std::filesystem::resize_file(path_, 4);
  AppendToFile(path_, "2\n3\n");
  Publish("one\n2\n3\n");
  ASSERT_TRUE(*Look());
  EXPECT_THAT(Read(), ElementsAre("2", "3"));
  EXPECT_EQ(changes_->position().lines, 3u);
}

TEST_F(CommittedChangesTest, AnOlderMarkIsWaitedFor) {
  WriteFile(path_, "one\ntwo\n");
  Publish("one\ntwo\n");
  ASSERT_TRUE(*Look());
  ASSERT_THAT(Read(), ElementsAre("one", "two"));
  const Position there = changes_->position();
  Publish("one\n");  // the rest after a power cut
  Begin(there);
  ASSERT_TRUE(*Look());
  EXPECT_THAT(Read(), IsEmpty());
  WriteFile(path_ + ".committed", "");
  EXPECT_FALSE(*Look());
  EXPECT_THAT(Read(), IsEmpty());
  AppendToFile(path_, "three\n");
  Publish("one\ntwo\nthree\n");
  ASSERT_TRUE(*Look());
  EXPECT_THAT(Read(), ElementsAre("three"));
}

TEST_F(CommittedChangesTest, GoesOnAtAPositionAndReturns) {
  WriteFile(path_, "one\ntwo\nthree\n");
  Publish("one\ntwo\nthree\n");
  ASSERT_TRUE(*Look());
  EXPECT_EQ(**changes_->Next(), "one");
  const CommittedChanges::ResumePoint point = changes_->resume_point();
  EXPECT_THAT(Read(), ElementsAre("two", "three"));
  changes_->ReturnTo(point);
  EXPECT_EQ(changes_->remaining(), 10u);
  EXPECT_THAT(Read(), ElementsAre("two", "three"));
  Begin(point.position);
  ASSERT_TRUE(*Look());
  EXPECT_THAT(Read(), ElementsAre("two", "three"));
}

TEST_F(CommittedChangesTest, LongFilesAndLines) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::string(i % 1500, 'x') + "\n";
  WriteFile(path_, text);
  Publish(text);
  ASSERT_TRUE(*Look());
  const std::vector<std::string> lines = Read();
  ASSERT_EQ(lines.size(), 3000u);
  for (size_t i = 0; i < lines.size(); ++i) ASSERT_EQ(lines[i].size(), i % 1500);
  Begin(changes_->position());
  EXPECT_TRUE(*Look());
}

TEST_F(CommittedChangesTest, AnotherFileThanThatOfThePosition) {
  WriteFile(path_, "one\ntwo\n");
  Publish("one\ntwo\n");
  ASSERT_TRUE(*Look());
  ASSERT_THAT(Read(), ElementsAre("one", "two"));
  const Position there = changes_->position();
  WriteFile(path_, "one\nTwo\nthree\n");
  Begin(there);
  EXPECT_THAT(Problem(), HasSubstr("is another file than that of the position"));
  WriteFile(path_, "one\ntw");
  Begin(there);
  EXPECT_THAT(Problem(), HasSubstr("is shorter than what was delivered of it (6 < 8 bytes)"));
  std::filesystem::remove(path_);
  Begin(there);
  EXPECT_THAT(Problem(), HasSubstr("is missing, though 8 bytes of it were delivered"));
  std::filesystem::create_directory(path_);
  Begin(there);
  EXPECT_THAT(Problem(), HasSubstr("is not a file"));
}

TEST_F(CommittedChangesTest, WhatBecomesOfAFileThatIsRead) {
  WriteFile(path_, "one\ntwo\n");
  Publish("one\ntwo\n");
  ASSERT_TRUE(*Look());
  // The state was restored from a backup, and the run then wrote other changes.
  WriteFile(path_, "one\n2\nthree\n");
  Publish("one\n2\nthree\n");
  EXPECT_THAT(Problem(), HasSubstr("is not what the run says it committed"));
  std::filesystem::resize_file(path_, 4);
  EXPECT_THAT(Problem(), HasSubstr("became shorter"));
  WriteFile(path_ + "2", "one\ntwo\n");
  std::filesystem::rename(path_ + "2", path_);
  EXPECT_THAT(Problem(), HasSubstr("was replaced"));
  std::filesystem::remove(path_);
  EXPECT_THAT(Problem(), HasSubstr("is gone"));
}

TEST_F(CommittedChangesTest, ChangedBetweenItsProofAndItsReading) {
  WriteFile(path_, "one\ntwo\n");
  Publish("one\ntwo\n");
  ASSERT_TRUE(*Look());
  WriteFile(path_, "one\n222\n");
  EXPECT_EQ(**changes_->Next(), "one");
  Result<std::optional<std::string_view>> line = changes_->Next();
  ASSERT_FALSE(line.ok());
  EXPECT_THAT(line.status().message(), HasSubstr("was changed while it was read"));
}

TEST_F(CommittedChangesTest, AStopEndsTheHashing) {
  WriteFile(path_, "one\n");
  Publish("one\n");
  stop_ = true;
  EXPECT_FALSE(*Look());
  EXPECT_THAT(Read(), IsEmpty());
  stop_ = false;
  EXPECT_TRUE(*Look());
  EXPECT_THAT(Read(), ElementsAre("one"));
}

}  // namespace leadpulse::delivery::committed_changes_test
