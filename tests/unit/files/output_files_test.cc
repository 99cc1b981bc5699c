#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "processor/base/durable_files.h"
#include "processor/files/output_file.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::output_files_test {

using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::WriteFile;

class OutputFileTest : public ::testing::Test {
 protected:
  static OutputRecord RecordOf(const std::string& content) {
    input::PrefixHash hash;
    hash.Update(content);
    const input::Hash128 digest = hash.Digest();
    return {content.size(), digest.high, digest.low};
  }
  Result<std::unique_ptr<OutputFile>> Resume(const std::string& committed) {
    return OutputFile::Resume(path_, RecordOf(committed), stop_, true);
  }

  std::atomic<bool> stop_{false};
  testing::ScratchDirectory directory_;
  std::string path_ = directory_ / "changes.jsonl";
};

TEST_F(OutputFileTest, IsCreatedAndAppended) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(path_, true);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("one\n").ok());
  EXPECT_EQ((*file)->length(), 4u);
  ASSERT_TRUE((*file)->Flush().ok());
  EXPECT_EQ(ReadWholeFile(path_), "one\n");
}

TEST_F(OutputFileTest, IsCutBackToWhatIsOnRecord) {
  WriteFile(path_, "one\ntwo\nthr");
  Result<std::unique_ptr<OutputFile>> file = Resume("one\n");
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(ReadWholeFile(path_), "one\ntwo\nthr") << "cut only once all outputs are known";
  ASSERT_TRUE((*file)->CutBack().ok());
  EXPECT_EQ(ReadWholeFile(path_), "one\n");
  ASSERT_TRUE((*file)->Append("2\n").ok());
  ASSERT_TRUE((*file)->Flush().ok());
  EXPECT_EQ(ReadWholeFile(path_), "one\n2\n");
  EXPECT_EQ((*file)->length(), 6u);
  EXPECT_EQ((*file)->record(), RecordOf("one\n2\n"));
}

TEST_F(OutputFileTest, WhatIsOnRecordIsOfAllThatWasWritten) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(path_, true);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->record(), RecordOf(""));
  std::string lines(3 << 20, 'x');  // more than the buffer
  ASSERT_TRUE((*file)->Append("begin\n").ok());
  ASSERT_TRUE((*file)->Append(lines).ok());
  ASSERT_TRUE((*file)->Append("end\n").ok());
  ASSERT_TRUE((*file)->Flush().ok());
  EXPECT_EQ((*file)->record(), RecordOf("begin\n" + lines + "end\n"));
}

TEST_F(OutputFileTest, AChangedByteIsANamedErrorAndNothingIsCut) {
  WriteFile(path_, "one\ntwO\nthr");
  EXPECT_THAT(Resume("one\ntwo\n").status().message(), HasSubstr("changes.jsonl: has changed in the 8 bytes"));
  EXPECT_EQ(ReadWholeFile(path_), "one\ntwO\nthr");
}

TEST_F(OutputFileTest, AStopIsHeardWhileAFileIsRead) {
  WriteFile(path_, "one\n");
  stop_ = true;
  Result<std::unique_ptr<OutputFile>> file = Resume("one\n");
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(*file, nullptr);
}

TEST_F(OutputFileTest, MissingOrShorterIsANamedError) {
  EXPECT_THAT(Resume("one\n").status().message(), HasSubstr("changes.jsonl: is missing"));
  WriteFile(path_, "one");
  EXPECT_THAT(Resume("one\n").status().message(), HasSubstr("(3 < 4 bytes)"));
  EXPECT_EQ(ReadWholeFile(path_), "one");
}

TEST_F(OutputFileTest, AFileOfAnotherStateIsNotTouched) {
  WriteFile(path_, "someone else's\n");
  EXPECT_THAT(OutputFile::Create(path_, true).status().message(), HasSubstr("knows nothing of"));
  EXPECT_EQ(ReadWholeFile(path_), "someone else's\n");
}

TEST_F(OutputFileTest, TwoRunsDoNotShareAFile) {
  Result<std::unique_ptr<OutputFile>> first = OutputFile::Create(path_, true);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(Resume("").status().message(), HasSubstr("another run"));
}

TEST_F(OutputFileTest, AReplacedFileIsOldOrNew) {
  std::string path = directory_ / "leads.jsonl";
  WriteFile(path, "old\n");
  WriteFile(path + ".tmp", "left over from a killed run");
  Result<std::unique_ptr<ReplacedFile>> file = ReplacedFile::Create(path, true);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("new\n").ok());
  EXPECT_EQ(ReadWholeFile(path), "old\n");
  ASSERT_TRUE((*file)->Commit().ok());
  EXPECT_EQ(ReadWholeFile(path), "new\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
}

TEST_F(OutputFileTest, ADirectoryIsCheckedWithoutBeingMade) {
  EXPECT_TRUE(CheckDirectory(directory_ / "a/b/").ok());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "a"));
  EXPECT_TRUE(CheckDirectory("no-such-directory-here").ok());
  WriteFile(directory_ / "file", "");
  EXPECT_THAT(CheckDirectory(directory_ / "file").message(), HasSubstr("file is a file, not a directory"));
  EXPECT_THAT(CheckDirectory(directory_ / "file/x").message(), HasSubstr("file is a file, not a directory"));
}

TEST_F(OutputFileTest, ANewFileIsMissingOrEmpty) {
  EXPECT_TRUE(CheckNewFile(path_).ok());
  WriteFile(path_, "");
  EXPECT_TRUE(CheckNewFile(path_).ok());
  WriteFile(path_, "someone else's\n");
  EXPECT_THAT(CheckNewFile(path_).message(), HasSubstr("knows nothing of"));
  EXPECT_THAT(CheckNewFile(directory_ / "").message(), HasSubstr("is not a file"));
}

TEST_F(OutputFileTest, DirectoriesAreMadeWithThoseAbove) {
  ASSERT_TRUE(CreateDirectory(directory_ / "a/b/c").ok());
  EXPECT_TRUE(std::filesystem::is_directory(directory_ / "a/b/c"));
  ASSERT_TRUE(CreateDirectory(directory_ / "a/b/c").ok());
  WriteFile(directory_ / "file", "");
  EXPECT_THAT(CreateDirectory(directory_ / "file/x").message(), HasSubstr("file/x cannot be created"));
  ASSERT_TRUE(CreateDirectory(directory_ / "d/e/").ok());
  EXPECT_TRUE(std::filesystem::is_directory(directory_ / "d/e"));
}

}  // namespace leadpulse::files::output_files_test
