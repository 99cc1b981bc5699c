// The outcome of a record in a folder that a run follows.
#include "processor/query/outcomes/file_outcomes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "processor/engine/partition_meta.h"
#include "processor/files/input/input_progress.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::query::file_outcomes_test {

using ::testing::HasSubstr;

class FileOutcomesTest : public ::testing::Test {
 protected:
  FileOutcomesTest() {
    std::filesystem::create_directories(inbox_);
    std::filesystem::create_directories(output_);
  }

  // Commits: the run has read the file up to `resume`, and the dead letters have their present length.
  void Commit(const std::string& file, uint64_t resume) {
    state::EpochWrite write;
    input::InputProgress progress;
    progress.resume = progress.read = resume;
    write.meta.emplace_back(input::InputProgressName(inbox_ + "/" + file), input::EncodeInputProgress(progress));
    engine::LocalPosition local;
    local.outputs.emplace();
    local.outputs->dead_letters.length = letters_.size();
    engine::AppendRunPosition(local, &write);
    ASSERT_TRUE(store_->Commit(write).ok());
  }
  // Appends a dead letter, which the next commit makes durable.
  void AddDeadLetter(const std::string& path, int64_t offset) {
    letters_ += R"({"source":{"file":")" + path + R"(","line":1,"offset":)" + std::to_string(offset) +
                R"(},"reason":"final_stage","detail":"it is lost"})" + "\n";
    std::ofstream(output_ + "/dead-letters.jsonl", std::ios::binary) << letters_;
  }
  Result<RecordOutcome> Find(const std::string& file, int64_t offset) {
    return outcomes().Find(state::MetaOf(*store_), {std::filesystem::canonical(inbox_) / file, 0, offset, 0});
  }
  // Returns the outcomes. Creates them at the first use, because the folder must exist.
  FileOutcomes& outcomes() {
    if (outcomes_ == nullptr) {
      outcomes_ = std::make_unique<FileOutcomes>(std::vector<std::string>{inbox_}, output_, /*most_refusals=*/2);
    }
    return *outcomes_;
  }

  testing::ScratchDirectory scratch_;
  const std::string inbox_ = scratch_ / "inbox", output_ = scratch_ / "out";
  std::string letters_;
  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(1);
  std::unique_ptr<FileOutcomes> outcomes_;
};

TEST_F(FileOutcomesTest, ARecordIsReadOnceItsEndIsCommitted) {
  EXPECT_EQ(*Find("000001.jsonl", 0), RecordOutcome());
  Commit("000001.jsonl", 100);
  EXPECT_EQ(*Find("000001.jsonl", 0), (RecordOutcome{true, std::nullopt}));
  EXPECT_EQ(*Find("000001.jsonl", 99), (RecordOutcome{true, std::nullopt}));
  EXPECT_EQ(*Find("000001.jsonl", 100), RecordOutcome());
  EXPECT_EQ(*Find("000002.jsonl", 0), RecordOutcome());
}

TEST_F(FileOutcomesTest, ARefusalIsThatOfTheSameFileAndOffset) {
  AddDeadLetter(scratch_ / "other/000001.jsonl", 0);
  AddDeadLetter(inbox_ + "/000001.jsonl", 50);
  Commit("000001.jsonl", 100);
  EXPECT_EQ(*Find("000001.jsonl", 0), (RecordOutcome{true, std::nullopt}));
  EXPECT_EQ(*Find("000001.jsonl", 50), (RecordOutcome{true, RecordRefusal{"final_stage", "it is lost"}}));
}

TEST_F(FileOutcomesTest, TheFolderMayBeGivenWithASlash) {
  outcomes_ = std::make_unique<FileOutcomes>(std::vector<std::string>{inbox_ + "/"}, output_);
  AddDeadLetter(inbox_ + "/000001.jsonl", 50);
  Commit("000001.jsonl", 100);
  EXPECT_TRUE(Find("000001.jsonl", 50)->refusal.has_value());
}

// A kill may cut off the bytes after the commit.
TEST_F(FileOutcomesTest, DeadLettersBeyondTheCommitDoNotCount) {
  Commit("000001.jsonl", 100);
  AddDeadLetter(inbox_ + "/000001.jsonl", 50);
  EXPECT_EQ(*Find("000001.jsonl", 50), (RecordOutcome{true, std::nullopt}));
  Commit("000001.jsonl", 200);
  EXPECT_TRUE(Find("000001.jsonl", 50)->refusal.has_value());
}

TEST_F(FileOutcomesTest, WhatWasForgottenIsNotCalledApplied) {
  for (const int64_t offset : {10, 20, 30}) AddDeadLetter(inbox_ + "/000002.jsonl", offset);
  Commit("000001.jsonl", 100);
  Commit("000002.jsonl", 100);
  EXPECT_FALSE(Find("000001.jsonl", 0).ok());
  EXPECT_FALSE(Find("000002.jsonl", 10).ok());
  EXPECT_EQ(*Find("000002.jsonl", 11), (RecordOutcome{true, std::nullopt}));
  EXPECT_TRUE(Find("000002.jsonl", 20)->refusal.has_value());
}

TEST_F(FileOutcomesTest, AnotherFolderIsRefused) {
  const auto found = outcomes().Find(state::MetaOf(*store_), {output_ + "/000001.jsonl", 0, 0, 0});
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.status().message(), HasSubstr("--input"));
}

TEST_F(FileOutcomesTest, MissingDeadLettersAreAnError) {
  AddDeadLetter(inbox_ + "/000001.jsonl", 50);
  Commit("000001.jsonl", 100);
  std::filesystem::remove(output_ + "/dead-letters.jsonl");
  EXPECT_FALSE(Find("000001.jsonl", 50).ok());
}

}  // namespace leadpulse::query::file_outcomes_test
