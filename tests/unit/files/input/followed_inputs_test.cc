// Files and folders that are read as they grow: the order of records, the disk calls that this takes, where a restart
// continues, and forbidden changes to a file.
#include "processor/files/input/followed_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <random>

#include "processor/base/clock.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::input::followed_inputs_test {

using testing::AppendToFile;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::Frame;
using testing::Gzip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::WriteFile;
using testing::Zstd;

constexpr std::chrono::milliseconds kNever{3'600'000};
// Longer than the interval between two looks at files that have not grown for long.
constexpr std::chrono::milliseconds kSoon{3'000};

// A disk that counts calls. `after_look` may act as another program meanwhile.
class CountingDisk : public FollowedDisk {
 public:
  std::optional<SeenFile> Look(const std::string& path) override {
    ++looks;
    const std::optional<SeenFile> seen = FollowedDisk::Look(path);
    if (after_look) after_look(path);
    return seen;
  }
  Result<std::vector<std::string>> List(const std::string& folder) override {
    ++lists;
    return FollowedDisk::List(folder);
  }
  size_t looks = 0;
  size_t lists = 0;
  std::function<void(const std::string&)> after_look;
};

class FollowedInputsTest : public ::testing::Test {
 protected:
  FollowedInputsTest() {
    std::filesystem::create_directory(directory_ / "a");
    std::filesystem::create_directory(directory_ / "b");
  }

  std::string File(const std::string& name) const { return directory_ / name; }
  Status Start(const std::vector<std::string>& names, std::chrono::milliseconds quiet = kNever) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(File(name));
    Result<std::unique_ptr<FollowedInputs>> opened = FollowedInputs::Open(paths, {quiet, /*sync=*/false, &disk_});
    if (!opened.ok()) return opened.status();
    inputs_ = std::move(*opened);
    return inputs_->Resume(state::MetaOf(*store_), stop_);
  }
  // Returns the records of one batch as texts, and commits their positions, unless the process is killed before.
  std::vector<std::string> Next(bool killed = false) {
    const Status filled = inputs_->Fill(&batch_);
    if (!filled.ok()) error_ = filled.message();
    std::vector<std::string> texts;
    for (const RawRecord& raw : batch_.records) {
      const bool broken = raw.kind == RawKind::kBroken;
      texts.push_back((broken ? "broken " : "") + std::string(raw.bytes));
    }
    state::EpochWrite write;
    for (const auto& [input, progress, records] : batch_.progress) {
      write.meta.emplace_back(InputProgressName(inputs_->inputs()[input].path), EncodeInputProgress(progress));
    }
    if (killed) return texts;
    EXPECT_TRUE(store_->Commit(write).ok());
    if (batch_.end_of_input) {
      const Result<bool> extended = inputs_->Extend(state::MetaOf(*store_));
      if (!extended.ok()) error_ = extended.status().message();
    }
    return texts;
  }
  std::vector<std::string> Read(size_t wanted, std::chrono::milliseconds within = kSoon) {
    std::vector<std::string> texts;
    const auto deadline = MonotonicNow() + within;
    while (texts.size() < wanted && error_.empty() && MonotonicNow() < deadline) {
      for (std::string& text : Next()) texts.push_back(std::move(text));
    }
    return texts;
  }
  // Returns the rest of the records, from few files.
  std::vector<std::string> ReadMore() { return Read(1'000'000, std::chrono::milliseconds(250)); }

  testing::ScratchDirectory directory_;
  CountingDisk disk_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(1);
  std::unique_ptr<FollowedInputs> inputs_;
  Batch batch_;
  std::string error_;
};

TEST_F(FollowedInputsTest, WhatIsThereComesByFolderAndName) {
  WriteFile(File("b/1.jsonl"), "{b1}\n");
  WriteFile(File("a/2.jsonl"), "{a2}\n{a3}\n");
  WriteFile(File("a/1.jsonl"), "{a1}\n");
  WriteFile(File("one.jsonl"), "{one}\n");
  ASSERT_TRUE(Start({"b", "one.jsonl", "a"}).ok());
  EXPECT_THAT(Read(5), ElementsAre("{b1}", "{one}", "{a1}", "{a2}", "{a3}"));
}

TEST_F(FollowedInputsTest, EveryFileIsReadAsItGrows) {
  WriteFile(File("a/5.jsonl"), "{5}\n");
  ASSERT_TRUE(Start({"a", "b"}).ok());
  EXPECT_THAT(Read(1), ElementsAre("{5}"));
  for (const char* other : {"a/6.jsonl", "a/4.jsonl", "b/5.jsonl", "a/by-hand.jsonl"}) {
    WriteFile(File(other), "{other}\n");
    EXPECT_THAT(Read(1), ElementsAre("{other}")) << other;
    AppendToFile(File("a/5.jsonl"), "{5}\n");
    EXPECT_THAT(Read(1), ElementsAre("{5}")) << other;
    AppendToFile(File(other), "{other again}\n");
    EXPECT_THAT(Read(1), ElementsAre("{other again}")) << other;
  }
  EXPECT_EQ(error_, "");
}

TEST_F(FollowedInputsTest, AFileThatGrowsWithoutEndHoldsUpNoOther) {
  WriteFile(File("a/1.jsonl"), "{1}\n");
  WriteFile(File("a/2.jsonl"), "{2}\n");
  ASSERT_TRUE(Start({"a"}).ok());
  disk_.after_look = [this](const std::string& path) {
    if (path == File("a/1.jsonl")) AppendToFile(path, "{1}\n");
  };
  const std::vector<std::string> read = Read(10);
  EXPECT_EQ(std::count(read.begin(), read.end(), "{2}"), 1);
}

// A program ends one file and begins the next between two looks of a round.
TEST_F(FollowedInputsTest, WhatWasWrittenBeforeALaterFileWasBegunIsReadFirst) {
  WriteFile(File("a/1.jsonl"), "{first}\n");
  WriteFile(File("a/2.jsonl"), "");
  ASSERT_TRUE(Start({"a"}).ok());
  ASSERT_THAT(Read(1), ElementsAre("{first}"));
  bool written = false;
  disk_.after_look = [&](const std::string& path) {
    if (!path.ends_with(".jsonl") || std::exchange(written, true)) return;
    AppendToFile(File("a/1.jsonl"), "{tail}\n");
    AppendToFile(File("a/2.jsonl"), "{next}\n");
  };
  EXPECT_THAT(Read(2), ElementsAre("{tail}", "{next}"));
}

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST_F(FollowedInputsTest, ManyFilesCostFewLooksAndDescriptors) {
  constexpr size_t kFiles = 1'000;
  for (size_t i = 0; i < kFiles; ++i) WriteFile(File("a/" + std::to_string(10'000 + i) + ".jsonl"), "{x}\n");
  const size_t descriptors = OpenDescriptors();
  ASSERT_TRUE(Start({"a"}).ok());
  disk_.looks = 0;
  EXPECT_THAT(Read(kFiles, kNever), SizeIs(kFiles));
  EXPECT_LE(disk_.looks, kFiles + 200);  // one round; the rest is for rounds of the files that grew last
  EXPECT_LE(OpenDescriptors() - descriptors, FollowedInputs::kMaxOpen);
  // An idle batch takes at most eleven rounds, and each file is looked at once a second.
  Next();
  disk_.looks = disk_.lists = 0;
  const auto begun = MonotonicNow();
  constexpr size_t kBatches = 10;
  for (size_t i = 0; i < kBatches; ++i) EXPECT_THAT(Next(), IsEmpty());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(MonotonicNow() - begun).count();
  EXPECT_LE(disk_.looks, kBatches * 11 * (FollowedInputs::kMaxOpen + 1) + (seconds + 2) * kFiles);
  EXPECT_LE(disk_.lists, kBatches * 2);  // the folder changed less than two seconds ago
}

// More files than can be open at once, each with half a line.
TEST_F(FollowedInputsTest, FilesThatWereClosedGoOn) {
  constexpr int kFiles = 2 * FollowedInputs::kMaxOpen;
  const auto name = [this](int i) { return File("a/" + std::to_string(1'000 + i) + ".jsonl"); };
  for (int i = 0; i < kFiles; ++i) WriteFile(name(i), "{x}\n{ha");
  ASSERT_TRUE(Start({"a"}).ok());
  EXPECT_THAT(Read(kFiles), SizeIs(kFiles));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kFiles; ++i) AppendToFile(name(i), "lf}\n{ha");
    const std::vector<std::string> read = Read(kFiles);
    EXPECT_THAT(read, SizeIs(kFiles));
    EXPECT_THAT(read, Each("{half}"));
  }
  EXPECT_EQ(error_, "");
}

const struct {
  const char* name;
  std::string first, second;
} kPackedFiles[] = {{"a/x.jsonl.gz", Gzip("{1}\n{2}\n"), Gzip("{3}\n{4}")},
                    {"a/x.jsonl.zst", Zstd("{1}\n{2}\n"), Zstd("{3}\n{4}")}};

TEST_F(FollowedInputsTest, ACompressedFileIsWaitedForWhileItGrows) {
  for (const auto& packed : kPackedFiles) {
    for (size_t piece : {size_t{5}, packed.first.size()}) {
      store_ = state::MakeMemoryLeadStore(1);
      WriteFile(File(packed.name), "");
      ASSERT_TRUE(Start({packed.name}).ok());
      std::vector<std::string> read;
      for (const std::string& half : {packed.first, packed.second}) {
        for (size_t at = 0; at < half.size(); at += piece) {
          AppendToFile(File(packed.name), half.substr(at, piece));
          for (std::string& text : Next()) read.push_back(std::move(text));
        }
      }
      EXPECT_THAT(read, ElementsAre("{1}", "{2}", "{3}", "{4}")) << packed.name << " in pieces of " << piece;
      EXPECT_EQ(error_, "");
    }
  }
}

TEST_F(FollowedInputsTest, ACompressedFileThatStaysIncompleteEndsEarly) {
  for (const auto& packed : kPackedFiles) {
    store_ = state::MakeMemoryLeadStore(1);
    const std::string cut = packed.first + packed.second.substr(0, packed.second.size() / 2);
    WriteFile(File(packed.name), cut);
    ASSERT_TRUE(Start({packed.name}, std::chrono::milliseconds(300)).ok());
    EXPECT_THAT(Read(3), ElementsAre("{1}", "{2}", StartsWith("broken {"))) << packed.name;
    EXPECT_THAT(Next(), IsEmpty());
    AppendToFile(File(packed.name), packed.second.substr(packed.second.size() / 2));
    EXPECT_THAT(Read(2), ElementsAre("{3}", "{4}")) << packed.name;
  }
}

TEST_F(FollowedInputsTest, ADamagedCompressedFileIsOneDeadLetter) {
  WriteFile(File("a/1.jsonl.gz"), "this is no gzip");
  ASSERT_TRUE(Start({"a"}).ok());
  EXPECT_THAT(Read(1), ElementsAre("broken "));
  AppendToFile(File("a/1.jsonl.gz"), "nor this");
  WriteFile(File("a/2.jsonl"), "{2}\n");
  EXPECT_THAT(ReadMore(), ElementsAre("{2}"));
}

TEST_F(FollowedInputsTest, BrokenFramingIsOneDeadLetterAndTheNextFileGoesOn) {
  WriteFile(File("a/1.pb"), Frame("one") + std::string(300'000, '\xff'));
  WriteFile(File("a/2.pb"), Frame("two"));
  ASSERT_TRUE(Start({"a"}).ok());
  std::vector<std::string> read = Read(3);
  ASSERT_THAT(read, SizeIs(3));
  EXPECT_EQ(read[0], "one");
  EXPECT_THAT(read[1], HasSubstr("broken \xff"));
  EXPECT_EQ(read[2], "two");
  AppendToFile(File("a/1.pb"), Frame("never"));
  AppendToFile(File("a/2.pb"), Frame("three"));
  EXPECT_THAT(ReadMore(), ElementsAre("three"));
  ASSERT_TRUE(Start({"a"}).ok());
  EXPECT_THAT(Read(1), SizeIs(1));  // it has grown, but is still broken
  ASSERT_TRUE(Start({"a"}).ok());
  EXPECT_THAT(ReadMore(), IsEmpty());
  EXPECT_EQ(error_, "");
}

TEST_F(FollowedInputsTest, ALastLineWithoutItsEndIsARecordOnceTheFileIsQuiet) {
  constexpr std::chrono::milliseconds kQuiet{100};
  WriteFile(File("a/1.jsonl"), "{1}\n{2}");
  ASSERT_TRUE(Start({"a"}, kNever).ok());
  EXPECT_THAT(ReadMore(), ElementsAre("{1}"));
  ASSERT_TRUE(Start({"a"}, kQuiet).ok());
  EXPECT_THAT(Read(1), ElementsAre("{2}"));
  EXPECT_THAT(ReadMore(), IsEmpty());
  // White space after it, or a restart before the line ends, does not return it again.
  AppendToFile(File("a/1.jsonl"), "  ");
  EXPECT_THAT(ReadMore(), IsEmpty());
  AppendToFile(File("a/1.jsonl"), " ");
  ASSERT_TRUE(Start({"a"}, kNever).ok());
  EXPECT_THAT(ReadMore(), IsEmpty());
  AppendToFile(File("a/1.jsonl"), " ");
  EXPECT_THAT(ReadMore(), IsEmpty());
  ASSERT_TRUE(Start({"a"}, kNever).ok());
  AppendToFile(File("a/1.jsonl"), "\n{3}\n");
  EXPECT_THAT(Read(1), ElementsAre("{3}"));
  EXPECT_THAT(ReadMore(), IsEmpty());
  EXPECT_EQ(error_, "");
}

TEST_F(FollowedInputsTest, AFileThatIsReadMayGoWhereALaterOneIs) {
  WriteFile(File("a/1.jsonl"), "{1}\n");
  WriteFile(File("a/2.jsonl"), "{2}\n");
  ASSERT_TRUE(Start({"a"}).ok());
  ASSERT_THAT(Read(2), SizeIs(2));
  std::filesystem::rename(File("a/1.jsonl"), File("b/1.jsonl"));
  AppendToFile(File("a/2.jsonl"), "{3}\n");
  EXPECT_THAT(Read(1), ElementsAre("{3}"));
  std::filesystem::rename(File("b/1.jsonl"), File("a/1.jsonl"));
  AppendToFile(File("a/1.jsonl"), "{4}\n");
  EXPECT_THAT(Read(1), ElementsAre("{4}"));
  EXPECT_EQ(error_, "");
  // Its writer does not notice the rename.
  std::filesystem::rename(File("a/1.jsonl"), File("b/1.jsonl"));
  Next();
  AppendToFile(File("b/1.jsonl"), "{lost}\n");
  EXPECT_THAT(Read(1), IsEmpty());
  EXPECT_THAT(error_, HasSubstr("a/1.jsonl is gone while it was followed"));
}

// The part of its line would be lost silently. The file is closed, because more files than can be open grew later.
TEST_F(FollowedInputsTest, AFileThatEndsInsideALineMayNotGo) {
  for (size_t i = 0; i <= FollowedInputs::kMaxOpen; ++i) {
    WriteFile(File("a/" + std::to_string(100 + i) + ".jsonl"), "{ha");
  }
  ASSERT_TRUE(Start({"a"}).ok());
  EXPECT_THAT(ReadMore(), IsEmpty());
  std::filesystem::remove(File("a/100.jsonl"));
  EXPECT_THAT(Read(1), IsEmpty());
  EXPECT_THAT(error_, HasSubstr("a/100.jsonl is gone while it was followed"));
}

TEST_F(FollowedInputsTest, AnotherFileOfTheSameNameIsANamedError) {
  WriteFile(File("a/1.jsonl"), "{1}\n");
  WriteFile(File("a/2.jsonl"), "{2}\n");
  ASSERT_TRUE(Start({"a"}).ok());
  ASSERT_THAT(Read(2), SizeIs(2));
  WriteFile(File("b/new"), "{another}\n");
  std::filesystem::rename(File("b/new"), File("a/1.jsonl"));
  EXPECT_THAT(Read(1), IsEmpty());
  EXPECT_THAT(error_, HasSubstr("a/1.jsonl was replaced by another file while it was followed"));
}

TEST_F(FollowedInputsTest, WhatIsNotAnInputIsSkipped) {
  std::filesystem::create_directory(directory_ / "a/aside.jsonl");
  std::filesystem::create_symlink("nowhere", directory_ / "a/link.jsonl");
  WriteFile(File("a/1.jsonl.open"), "{no}\n");
  ASSERT_TRUE(Start({"a"}).ok());
  std::filesystem::create_directory(directory_ / "a/later.jsonl");
  WriteFile(File("a/1.jsonl"), "{1}\n");
  EXPECT_THAT(ReadMore(), ElementsAre("{1}"));
  EXPECT_EQ(error_, "");
}

TEST_F(FollowedInputsTest, WhatCannotBeFollowed) {
  EXPECT_THAT(Start({"a", "./a"}).message(), HasSubstr("./a: is the folder"));
  EXPECT_THAT(Start({"missing"}).message(), HasSubstr("there is no such file or folder"));
  const auto fed = FollowedInputs::Open({"-"}, {});
  EXPECT_THAT(fed.status().message(), HasSubstr("standard input cannot be followed"));
}

// Programs append whole and half lines to files of two folders and begin new ones, and the reader is killed and
// restarted. Each file's lines are committed once and in order, although uncommitted batches are read again.
TEST_F(FollowedInputsTest, WhateverIsAppendedAndKilledEachLineIsCommittedOnce) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const std::string top = "run" + std::to_string(seed);
    for (const char* folder : {"", "/x", "/y"}) std::filesystem::create_directory(directory_ / (top + folder));
    store_ = state::MakeMemoryLeadStore(1);
    std::map<std::string, int> written;                    // by file
    std::map<std::string, std::string> waiting;            // the second half of a line
    std::map<std::string, std::vector<std::string>> read;  // committed, by file
    const std::vector<std::string> folders = {top + "/x", top + "/y"};
    ASSERT_TRUE(Start(folders).ok());
    const auto take = [&](const std::vector<std::string>& texts) {
      for (const std::string& text : texts) read[text.substr(1, text.find(' ') - 1)].push_back(text);
    };
    for (int step = 0; step < 60; ++step) {
      const std::string file = folders[random() % 2] + "/" + std::to_string(random() % 6) + ".jsonl";
      std::string text = std::exchange(waiting[file], "");
      text += "{" + file + " " + std::to_string(written[file]++) + "}\n";
      if (random() % 3 == 0) waiting[file] = text.substr(text.size() / 2);
      AppendToFile(File(file), text.substr(0, text.size() - waiting[file].size()));
      if (random() % 4 == 0) take(Next());
      if (random() % 8 != 0) continue;
      Next(/*killed=*/true);
      ASSERT_TRUE(Start(folders).ok());
    }
    for (const auto& [file, rest] : waiting) AppendToFile(File(file), rest);
    ASSERT_TRUE(Start(folders).ok());
    take(ReadMore());
    for (const auto& [file, count] : written) {
      ASSERT_EQ(read[file].size(), static_cast<size_t>(count)) << file;
      for (int i = 0; i < count; ++i) EXPECT_EQ(read[file][i], "{" + file + " " + std::to_string(i) + "}");
    }
    EXPECT_EQ(error_, "");
  }
}

}  // namespace leadpulse::input::followed_inputs_test
