// Files and folders that are read as they grow: the order of records, the disk calls that this takes, where a restart
// continues, and forbidden changes to a file.
#include "processor/files/input/followed_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

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

namespace fs = std::filesystem;

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
  Result<FolderContents> List(const std::string& folder) override {
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
    Result<std::unique_ptr<FollowedInputs>> opened =
        FollowedInputs::Open(paths, {.quiet = quiet, .sync = false, .may_be_missing = may_be_missing_, .disk = &disk_});
    if (!opened.ok()) return opened.status();
    inputs_ = std::move(*opened);
    return inputs_->Resume(state::MetaOf(*store_), stop_);
  }
  // Returns the records of one batch as texts, and commits their positions, unless the process is killed before.
  // `most`: the commit comes after this many records.
  std::vector<std::string> Next(bool killed = false, size_t most = SIZE_MAX) {
    const Status filled = inputs_->Fill(&batch_);
    if (!filled.ok()) error_ = filled.message();
    std::vector<std::string> texts;
    for (const RawRecord& raw : batch_.records) {
      const bool broken = raw.kind == RawKind::kBroken;
      texts.push_back((broken ? "broken " : "") + std::string(raw.bytes));
    }
    state::EpochWrite write;
    texts.resize(std::min(texts.size(), most));
    for (const BatchMark& mark : batch_.ProgressAfter(texts.size())) {
      AppendInputProgress(inputs_->inputs()[mark.input].path, mark.progress, &write.meta);
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
  bool may_be_missing_ = false;
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
  EXPECT_LE(OpenDescriptors() - descriptors, FollowedInputs::kMaxOpen + 1);  // the last of the system's events
  // An idle batch takes a round and waits for changes, and each file is looked at once a second.
  Next();
  disk_.looks = disk_.lists = 0;
  const auto begun = MonotonicNow();
  constexpr size_t kBatches = 10;
  for (size_t i = 0; i < kBatches; ++i) EXPECT_THAT(Next(), IsEmpty());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(MonotonicNow() - begun).count();
  EXPECT_LE(disk_.looks, kBatches * 2 * (FollowedInputs::kMaxOpen + 1) + (seconds + 2) * kFiles);
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
  AppendToFile(File("b/1.jsonl"), "{5}\n");
  EXPECT_THAT(Read(1), ElementsAre("{5}"));
  EXPECT_EQ(error_, "");
}

// Its rest is lost, which the log says. The file is closed, because more files than can be open grew later.
TEST_F(FollowedInputsTest, AFileThatIsRemovedInsideALineEndsNothing) {
  for (size_t i = 0; i <= FollowedInputs::kMaxOpen; ++i) {
    WriteFile(File("a/" + std::to_string(100 + i) + ".jsonl"), "{ha");
  }
  ASSERT_TRUE(Start({"a"}).ok());
  EXPECT_THAT(ReadMore(), IsEmpty());
  std::filesystem::remove(File("a/100.jsonl"));
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_THAT(Read(1), IsEmpty());
  const std::string log = ::testing::internal::GetCapturedStderr() + ::testing::internal::GetCapturedStdout();
  EXPECT_THAT(log, HasSubstr("a/100.jsonl: the file that had this name was read up to byte 0"));
  EXPECT_EQ(error_, "");
}

// What programs and people do with a file that is full. `old` has its unread end, which its writer may still add to.
const struct {
  const char* name;
  const char* other;  // where the full file is afterwards; may be an input itself
  std::function<void(const std::string& file, const std::string& other)> done;
  bool keeps_writer;  // a writer that has it open reaches `other`
} kRotations[] = {
    {"renamed", "a/1.jsonl.1", [](const auto& file, const auto& other) { fs::rename(file, other); }, true},
    {"renamed to an input", "a/1-old.jsonl", [](const auto& file, const auto& other) { fs::rename(file, other); },
     true},
    {"linked and removed", "a/1-old.jsonl",
     [](const auto& file, const auto& other) {
       fs::create_hard_link(file, other);
       fs::remove(file);
     },
     true},
    {"copied and cut off", "a/1.jsonl.1",
     [](const auto& file, const auto& other) {
       fs::copy_file(file, other);
       fs::resize_file(file, 0);
     },
     false},
    {"compressed", "a/1.jsonl.1.gz",
     [](const auto& file, const auto& other) {
       WriteFile(other, Gzip(testing::ReadWholeFile(file)));
       fs::remove(file);
     },
     false},
};

// Each record is read once and in the order of its file, whether the run was stopped at the rotation or not, whether
// the next file exists or not, and whether the positions of what it read afterwards were committed or not.
TEST_F(FollowedInputsTest, ARotatedFileIsReadToItsEndAndThenTheNextOne) {
  for (const auto& rotation : kRotations) {
    for (int way = 0; way < 16; ++way) {
      const bool is_stopped = way & 1, has_next = way & 2, is_killed = way & 4, is_given = way & 8;
      const bool is_fed = is_given && std::string_view(rotation.other).ends_with("-old.jsonl");
      if (is_fed) continue;  // only a folder has it under both names
      SCOPED_TRACE(std::string(rotation.name) + ", way " + std::to_string(way));
      for (const auto& entry : fs::directory_iterator(File("a"))) fs::remove(entry);
      store_ = state::MakeMemoryLeadStore(1);
      may_be_missing_ = false;
      const std::string file = File("a/1.jsonl"), other = File(rotation.other);
      const std::vector<std::string> inputs = {is_given ? "a/1.jsonl" : "a"};
      WriteFile(file, "{1}\n{2}\n");
      ASSERT_TRUE(Start(inputs).ok());
      may_be_missing_ = true;
      ASSERT_THAT(Read(2), SizeIs(2));
      if (is_stopped) inputs_.reset();
      AppendToFile(file, "{3}\n");
      rotation.done(file, other);
      if (has_next) WriteFile(file, "{4}\n");
      // A file that was removed is known while it is open; one that is compressed meanwhile is found at a start only.
      if (is_stopped) {
        ASSERT_TRUE(Start(inputs).ok());
      }
      if (is_killed) {
        Next(/*killed=*/true);
        ASSERT_TRUE(Start(inputs).ok());
      }
      std::vector<std::string> read = Read(has_next ? 2 : 1);
      if (!has_next) WriteFile(file, "{4}\n");
      for (std::string& text : Read(2 - read.size())) read.push_back(std::move(text));
      EXPECT_THAT(read, ElementsAre("{3}", "{4}"));
      if (rotation.keeps_writer && !is_stopped) {
        AppendToFile(other, "{5}\n");
        EXPECT_THAT(Read(1), ElementsAre("{5}"));
      }
      // Known after another start, too.
      if (is_stopped != is_killed) {
        ASSERT_TRUE(Start(inputs).ok());
      }
      AppendToFile(file, "{6}\n");
      EXPECT_THAT(Read(1), ElementsAre("{6}"));
      EXPECT_THAT(Read(1, std::chrono::milliseconds(60)), IsEmpty());
      ASSERT_EQ(error_, "");
    }
  }
}

TEST_F(FollowedInputsTest, ARotatedFileEndsOnceItIsQuiet) {
  WriteFile(File("a/1.jsonl"), "{1}\n{2}");
  ASSERT_TRUE(Start({"a"}, std::chrono::milliseconds(200)).ok());
  ASSERT_THAT(Read(1), ElementsAre("{1}"));
  fs::rename(File("a/1.jsonl"), File("a/1.jsonl.1"));
  WriteFile(File("a/1.jsonl"), "{3}\n");
  EXPECT_THAT(Read(2), ElementsAre("{3}", "{2}"));
  Next();
  const Result<std::optional<std::string>> stored = store_->GetMeta(InputProgressName(File("a/1.jsonl")));
  ASSERT_TRUE(stored.ok() && stored->has_value());
  EXPECT_THAT(DecodeInputProgress("", **stored)->before, IsEmpty());
  AppendToFile(File("a/1.jsonl"), "{4}\n");
  EXPECT_THAT(Read(1), ElementsAre("{4}"));
}

// Such as rsync makes: a copy with the new lines, which takes the name.
TEST_F(FollowedInputsTest, AReplacedFileThatBeginsWithWhatWasReadIsReadOn) {
  WriteFile(File("a/1.jsonl"), "{1}\n{2}\n");
  ASSERT_TRUE(Start({"a"}).ok());
  ASSERT_THAT(Read(2), SizeIs(2));
  WriteFile(File("b/new"), "{1}\n{2}\n{3}\n");
  fs::rename(File("b/new"), File("a/1.jsonl"));
  EXPECT_THAT(Read(1), ElementsAre("{3}"));
  // Other bytes under the name are another file, also if the inode is the same.
  WriteFile(File("a/1.jsonl"), "{another}\n{and more than was read}\n");
  EXPECT_THAT(Read(2), ElementsAre("{another}", "{and more than was read}"));
  EXPECT_EQ(error_, "");
}

// What may stand under the name of an input, and is none.
const struct {
  const char* name;
  std::function<void(const std::string& path, const std::string& secret)> make;
  const char* said;
} kNoInputs[] = {
    {"link.jsonl", [](const auto& path, const auto& secret) { fs::create_symlink(secret, path); },
     "it is a symbolic link"},
    {"dangling.pb", [](const auto& path, const auto&) { fs::create_symlink("nowhere", path); },
     "it is a symbolic link"},
    {"loop.jsonl", [](const auto& path, const auto&) { fs::create_symlink("loop.jsonl", path); },
     "it is a symbolic link"},
    {"folder.jsonl.gz", [](const auto& path, const auto&) { fs::create_directory(path); }, "it is a folder"},
    {"pipe.jsonl", [](const auto& path, const auto&) { mkfifo(path.c_str(), 0600); }, "it is a named pipe"},
    {"two\nlines\xff.jsonl", [](const auto& path, const auto&) { mkfifo(path.c_str(), 0600); }, "it is a named pipe"},
    {"socket.jsonl",
     [](const auto& path, const auto&) {
       sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
       path.copy(name.sun_path, sizeof name.sun_path - 1);
       const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
       ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
     },
     "it is a socket"},
    {"hard.jsonl", [](const auto& path, const auto& secret) { fs::create_hard_link(secret, path); }, "several names"},
};

TEST_F(FollowedInputsTest, WhatIsNotAFileInAFolderIsSkippedWithAWarning) {
  WriteFile(File("secret"), "{secret}\n");
  for (const auto& other : kNoInputs) {
    for (const char* when : {"before", "later", "in the place of a file", "between two looks"}) {
      SCOPED_TRACE(std::string(other.name) + ", " + when);
      for (const auto& entry : fs::directory_iterator(File("a"))) fs::remove(entry);
      store_ = state::MakeMemoryLeadStore(1);
      const std::string path = File("a/") + other.name;
      WriteFile(File("a/1.jsonl"), "{1}\n");
      const bool replaces = std::string_view(when) != "before" && std::string_view(when) != "later";
      if (replaces) WriteFile(path, "");
      ::testing::internal::CaptureStdout();
      ::testing::internal::CaptureStderr();
      if (std::string_view(when) == "before") other.make(path, File("secret"));
      ASSERT_TRUE(Start({"a"}).ok());
      ASSERT_THAT(Read(1), ElementsAre("{1}"));
      auto replace = [&, is_done = false](const std::string&) mutable {
        if (std::exchange(is_done, true)) return;
        if (replaces) fs::remove(path);
        other.make(path, File("secret"));
      };
      if (std::string_view(when) == "between two looks") {
        AppendToFile(path, "{x}\n");
        disk_.after_look = replace;
      } else if (std::string_view(when) != "before") {
        replace(path);
      }
      std::vector<std::string> read = ReadMore();
      disk_.after_look = nullptr;
      std::erase(read, "{x}");
      EXPECT_THAT(read, IsEmpty());
      // The file itself takes its place: it is read.
      fs::remove(path);
      if (!path.ends_with(".pb") && !path.ends_with(".gz")) {
        WriteFile(path, "{file}\n");
        EXPECT_THAT(Read(1), ElementsAre("{file}"));
      }
      const std::string log = ::testing::internal::GetCapturedStderr() + ::testing::internal::GetCapturedStdout();
      EXPECT_THAT(log, HasSubstr(other.said));
      EXPECT_EQ(log.find(other.said), log.rfind(other.said)) << log;
      EXPECT_EQ(error_, "");
    }
  }
}

TEST_F(FollowedInputsTest, WhatCannotBeFollowed) {
  EXPECT_THAT(Start({"a", "./a"}).message(), HasSubstr("./a: is the folder"));
  EXPECT_THAT(Start({"missing"}).message(), HasSubstr("there is no such file or folder"));
  const auto fed = FollowedInputs::Open({"-"}, {});
  EXPECT_THAT(fed.status().message(), HasSubstr("standard input cannot be followed"));
  WriteFile(File("one.jsonl"), "");
  fs::create_symlink("one.jsonl", File("link.jsonl"));
  EXPECT_THAT(Start({"link.jsonl"}).message(), HasSubstr("symbolic link; give the file that it points to"));
}

// Programs append whole and half lines to files of two folders and begin new ones, and the reader is killed and
// restarted. Each file's lines are committed once and in order, although records of uncommitted batches are read again.
TEST_F(FollowedInputsTest, WhateverIsAppendedAndKilledEachLineIsCommittedOnce) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const std::string top = "run" + std::to_string(seed);
    for (const char* folder : {"", "/x", "/y"}) std::filesystem::create_directory(directory_ / (top + folder));
    store_ = state::MakeMemoryLeadStore(1);
    std::map<std::string, int> written;                    // by file
    std::map<std::string, std::string> waiting;            // the second half of a line
    std::map<std::string, std::vector<std::string>> read;  // committed, by file
    std::map<std::string, size_t> rotated;                 // lines in its earlier files
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
      // A file of which nothing was read and committed is unknown.
      if (random() % 6 == 0 && waiting[file].empty() && read[file].size() > rotated[file]) {
        fs::rename(File(file), File(file) + "." + std::to_string(step));
        rotated[file] = written[file];
      }
      if (random() % 4 == 0) take(Next());
      if (random() % 8 != 0) continue;
      // The kill comes before a commit, or behind one between any two records.
      const bool is_before = random() % 2 == 0;
      const std::vector<std::string> texts = Next(is_before, random() % 4);
      if (!is_before) take(texts);
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
