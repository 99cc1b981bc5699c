// Inputs are recognised by their path and by the hash of the bytes read: finished, grown, shrunk, changed.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "processor/files/input/input_list.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::input::input_identity_test {

using testing::AppendToFile;
using ::testing::ElementsAre;
using testing::Frame;
using testing::Gzip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadResult;
using testing::WriteFile;
using testing::Zstd;

class InputIdentityTest : public ::testing::Test {
 protected:
  ReadResult Read(const std::string& name) { return testing::ReadAll({directory_ / name}, store_.get()); }
  ReadResult ReadFed(const std::string& bytes) {
    WriteFile(directory_ / "fed", bytes);
    int descriptor = open((directory_ / "fed").c_str(), O_RDONLY | O_CLOEXEC);
    ReadResult result = testing::ReadAll({"-"}, store_.get(), descriptor);
    close(descriptor);
    return result;
  }

  testing::ScratchDirectory directory_;
  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(1);
};

TEST_F(InputIdentityTest, AFinishedInputIsSkippedAGrownOneReadOn) {
  std::string more = "{3}\n";
  for (auto [name, first, grown] :
       {std::tuple{"a.jsonl", std::string("{1}\n{2}\n"), std::string("{1}\n{2}\n{3}\n")},
        std::tuple{"a.jsonl.gz", Gzip("{1}\n{2}\n"), Gzip("{1}\n{2}\n") + Gzip(more)},
        std::tuple{"a.jsonl.zst", Zstd("{1}\n{2}\n"), Zstd("{1}\n{2}\n{3}\n")},
        std::tuple{"a.pb", Frame("{1}") + Frame("{2}"), Frame("{1}") + Frame("{2}") + Frame("{3}")}}) {
    WriteFile(directory_ / name, first);
    EXPECT_THAT(Read(name).Texts(), ElementsAre("{1}", "{2}")) << name;
    EXPECT_THAT(Read(name).Texts(), IsEmpty()) << name;
    WriteFile(directory_ / name, grown);
    ReadResult result = Read(name);
    ASSERT_THAT(result.Texts(), ElementsAre("{3}")) << name;
    EXPECT_EQ(result.records[0].line, 3u);
    EXPECT_EQ(result.records[0].offset, 8u);
    EXPECT_THAT(Read(name).Texts(), IsEmpty()) << name;
  }
}

TEST_F(InputIdentityTest, AnOpenLastLineMayBeClosedLater) {
  WriteFile(directory_ / "a.jsonl", "{1}\n{2}");
  EXPECT_THAT(Read("a.jsonl").Texts(), ElementsAre("{1}", "{2}"));
  EXPECT_THAT(Read("a.jsonl").Texts(), IsEmpty());
  AppendToFile(directory_ / "a.jsonl", " \r");
  EXPECT_THAT(Read("a.jsonl").Texts(), IsEmpty());
  AppendToFile(directory_ / "a.jsonl", "\n{3}");
  ReadResult result = Read("a.jsonl");
  ASSERT_THAT(result.Texts(), ElementsAre("{3}"));
  EXPECT_EQ(result.records[0].line, 3u);
}

TEST_F(InputIdentityTest, AnOpenLastLineThatGoesOnIsReadAgainWhole) {
  WriteFile(directory_ / "a.jsonl", "{1}\n{\"ev");
  EXPECT_THAT(Read("a.jsonl").Texts(), ElementsAre("{1}", "{\"ev"));
  AppendToFile(directory_ / "a.jsonl", "ent\":{}}\n");
  ReadResult result = Read("a.jsonl");
  ASSERT_THAT(result.Texts(), ElementsAre("{\"event\":{}}"));
  EXPECT_EQ(result.records[0].line, 2u);
  EXPECT_EQ(result.records[0].offset, 4u);
}

TEST_F(InputIdentityTest, AnOpenBlankLineIsNoRecordYet) {
  WriteFile(directory_ / "a.jsonl", "{1}\n  ");
  EXPECT_THAT(Read("a.jsonl").Texts(), ElementsAre("{1}"));
  AppendToFile(directory_ / "a.jsonl", "{2}\n");
  ReadResult result = Read("a.jsonl");
  ASSERT_THAT(result.Texts(), ElementsAre("  {2}"));
  EXPECT_EQ(result.records[0].offset, 4u);
}

TEST_F(InputIdentityTest, TheRestOfACutLineIsNoRecord) {
  WriteFile(directory_ / "a.jsonl", std::string(kMaxRawRecord + 1, 'x'));
  EXPECT_EQ(Read("a.jsonl").records.size(), 1u);
  EXPECT_THAT(Read("a.jsonl").Texts(), IsEmpty());
  AppendToFile(directory_ / "a.jsonl", "yyy\n{2}\n");
  ReadResult result = Read("a.jsonl");
  ASSERT_THAT(result.Texts(), ElementsAre("{2}"));
  EXPECT_EQ(result.records[0].line, 2u);
}

TEST_F(InputIdentityTest, ABrokenRestIsGivenOutOnceAndReadAgainWhenItGrew) {
  std::string second = Frame("second");
  WriteFile(directory_ / "a.pb", Frame("first") + second.substr(0, 4));
  EXPECT_THAT(Read("a.pb").Texts(), ElementsAre("first", second.substr(0, 4)));
  EXPECT_THAT(Read("a.pb").Texts(), IsEmpty());
  WriteFile(directory_ / "a.pb", Frame("first") + second);
  EXPECT_THAT(Read("a.pb").Texts(), ElementsAre("second"));

  WriteFile(directory_ / "b.pb", Frame("first") + std::string(300'000, '\xff'));
  EXPECT_EQ(Read("b.pb").records.size(), 2u);
  EXPECT_THAT(Read("b.pb").Texts(), IsEmpty());
}

TEST_F(InputIdentityTest, ACompressedFileThatEndedEarlyMayBeCompletedLater) {
  std::string whole = Gzip("{1}\n{2}\n");
  WriteFile(directory_ / "a.jsonl.gz", whole.substr(0, whole.size() - 8));
  EXPECT_THAT(Read("a.jsonl.gz").Texts(), ElementsAre("{1}", "{2}", ""));
  EXPECT_THAT(Read("a.jsonl.gz").Texts(), IsEmpty());
  WriteFile(directory_ / "a.jsonl.gz", whole + Gzip("{3}\n"));
  EXPECT_THAT(Read("a.jsonl.gz").Texts(), ElementsAre("{3}"));
}

TEST_F(InputIdentityTest, AShorterInputIsANamedError) {
  WriteFile(directory_ / "a.jsonl", "{1}\n{2}\n");
  ASSERT_EQ(Read("a.jsonl").error, "");
  WriteFile(directory_ / "a.jsonl", "{1}\n");
  EXPECT_THAT(Read("a.jsonl").error,
              HasSubstr("a.jsonl is shorter than what was already read from it (4 < 8 bytes); "));
}

TEST_F(InputIdentityTest, AChangedInputIsANamedError) {
  WriteFile(directory_ / "a.jsonl.gz", Gzip("{1}\n{2}\n"));
  ASSERT_EQ(Read("a.jsonl.gz").error, "");
  WriteFile(directory_ / "a.jsonl.gz", Gzip("{1}\n{3}\n{4}\n"));
  EXPECT_THAT(Read("a.jsonl.gz").error, HasSubstr("a.jsonl.gz has changed in the 8 bytes that were already read"));
}

TEST_F(InputIdentityTest, TheSamePathTwiceIsReadOnce) {
  WriteFile(directory_ / "a.jsonl", "{1}\n");
  std::string path = directory_ / "a.jsonl";
  EXPECT_THAT(testing::ReadAll({path, path}, store_.get()).Texts(), ElementsAre("{1}"));
}

TEST_F(InputIdentityTest, AByteOrderMarkIsPartOfWhatWasRead) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_THAT(ReadFed(mark).Texts(), IsEmpty());
  EXPECT_THAT(ReadFed(mark + "{1}").Texts(), ElementsAre("{1}"));
  EXPECT_THAT(ReadFed(mark + "{1}\n").Texts(), IsEmpty());
  EXPECT_THAT(ReadFed(mark + "{1}\n{2}\n").Texts(), ElementsAre("{2}"));
  EXPECT_THAT(ReadFed("{1}\n{2}\n   ").error, HasSubstr("has changed"));
}

// The length in front of a record that is too long may be the last bytes of a batch.
TEST_F(InputIdentityTest, ALongRecordMayBeginAtABatchsEnd) {
  for (size_t short_of = 0; short_of < 8; ++short_of) {
    std::string name = "a" + std::to_string(short_of) + ".pb";
    std::string first = Frame(std::string(kMaxBatchBytes - 4 - short_of, 'x'));
    ASSERT_EQ(first.size(), kMaxBatchBytes - short_of);
    WriteFile(directory_ / name, first + Frame(std::string(kMaxRawRecord + 1, 'y')));
    EXPECT_EQ(Read(name).records.size(), 2u);
    EXPECT_EQ(Read(name).error, "") << short_of;
  }
}

class EndlessSource : public ByteSource {
 public:
  explicit EndlessSource(std::atomic<bool>* stop) : stop_(stop) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    std::fill_n(buffer, size, 'x');
    if (++reads_ == 3) *stop_ = true;
    return size;
  }
  uint64_t stored_bytes_read() const override { return 0; }
  int reads() const { return reads_; }

 private:
  std::atomic<bool>* stop_;
  int reads_ = 0;
};

TEST(InputVerificationTest, AStopEndsItBetweenTwoReads) {
  std::atomic<bool> stop{false};
  EndlessSource source(&stop);
  InputProgress progress;
  progress.resume = progress.read = uint64_t{1} << 50;
  Result<std::optional<VerifiedInput>> verified = VerifyInput("x", progress, false, stop, &source);
  ASSERT_TRUE(verified.ok());
  EXPECT_FALSE(verified->has_value());
  EXPECT_EQ(source.reads(), 3);
}

TEST_F(InputIdentityTest, AfterAStopNothingMoreIsRead) {
  WriteFile(directory_ / "a.jsonl.gz", Gzip("{1}\n"));
  ASSERT_EQ(Read("a.jsonl.gz").error, "");
  WriteFile(directory_ / "a.jsonl.gz", Gzip("{1}\n{2}\n"));
  std::atomic<bool> stop{false};
  Result<InputList> list = InputList::Open({directory_ / "a.jsonl.gz"}, -1);
  ASSERT_TRUE(list.ok());
  ASSERT_TRUE(list->Resume(state::MetaOf(*store_), stop).ok());
  stop = true;
  Batch batch;
  ASSERT_TRUE(list->Fill(&batch).ok());
  EXPECT_THAT(batch.records, IsEmpty());
  EXPECT_THAT(batch.progress, IsEmpty());
  EXPECT_FALSE(batch.end_of_input);
}

TEST_F(InputIdentityTest, StandardInputIsFedFromTheStartAgain) {
  EXPECT_THAT(ReadFed("{1}\n{2}").Texts(), ElementsAre("{1}", "{2}"));
  EXPECT_THAT(ReadFed("{1}\n{2}").Texts(), IsEmpty());
  ReadResult result = ReadFed("{1}\n{2}\n{3}\n");
  ASSERT_THAT(result.Texts(), ElementsAre("{3}"));
  EXPECT_EQ(result.records[0].offset, 8u);
  EXPECT_EQ(result.records[0].line, 3u);
  EXPECT_THAT(ReadFed("{1}\n").error, HasSubstr("is shorter"));
  EXPECT_THAT(ReadFed("{1}\n{9}\n{3}\n").error, HasSubstr("has changed"));
}

TEST_F(InputIdentityTest, WhatIsNoFileIsANamedErrorBeforeAnythingIsRead) {
  WriteFile(directory_ / "a.jsonl", "{1}\n");
  std::filesystem::create_directory(directory_ / "d.jsonl");
  ReadResult missing = testing::ReadAll({directory_ / "a.jsonl", directory_ / "none.jsonl"}, store_.get());
  EXPECT_THAT(missing.records, IsEmpty());
  EXPECT_THAT(missing.error, HasSubstr("none.jsonl: there is no such file"));
  EXPECT_THAT(Read("d.jsonl").error, HasSubstr("d.jsonl: is a directory"));
}

TEST(InputProgressTest, ItsTextReadsBack) {
  InputProgress progress{10, 15, 3, true, false, true, {0x0123456789abcdef, 0xfedcba9876543210}};
  EXPECT_EQ(*DecodeInputProgress("x", EncodeInputProgress(progress)), progress);
  EXPECT_TRUE(EncodeInputProgress(progress).starts_with("1 "));
  InputProgress rotated = progress;
  rotated.inode = 5;
  rotated.before = {progress, progress};
  EXPECT_EQ(*DecodeInputProgress("x", EncodeInputProgress(rotated)), rotated);
  EXPECT_TRUE(EncodeInputProgress(rotated).starts_with("2 "));
  progress.applied = 7;
  rotated.before[1].applied = 3;
  EXPECT_EQ(*DecodeInputProgress("x", EncodeInputProgress(progress)), progress);
  EXPECT_EQ(*DecodeInputProgress("x", EncodeInputProgress(rotated)), rotated);
  for (const char* text :
       {"", "1", "2 0 0 0 0 0 0 0", "3 4 5 0 0 0 0 0 0 9", "2 4 5 0 0 0 0 0000000000000000 0000000000000000",
        "1 5 4 0 0 0 0 0000000000000000 0000000000000000", "1 4 5 0 0 2 0 0000000000000000 0000000000000000",
        "1 4 5 0 0 0 0 0 0 9",
        // More lines than bytes, more bytes than a file may have.
        "1 4 5 6 0 0 0 0000000000000000 0000000000000000",
        "1 4 9223372036854775808 1 0 0 0 0000000000000000 0000000000000000"}) {
    EXPECT_FALSE(DecodeInputProgress("x", text).ok()) << text;
  }
}

}  // namespace leadpulse::input::input_identity_test
