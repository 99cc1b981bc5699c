// Records into files: an acknowledged record is durable, a visible file is complete, and after a doubtful write the
// inbox refuses to go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "processor/receiver/file_inbox.h"
#include "tests/support/file_content.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::receiver::inbox_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::WriteFile;

struct Batch {
  std::vector<codec::Record> records;
  std::string quarantine;

  codec::RecordBatch view() const { return {.records = records, .quarantine = quarantine}; }
};

Batch BatchOf(const std::string& id) {
  codec::Event event;
  event.key = {"acme", "ada@example.com"};
  event.event_id = id;
  event.type = EventType::kOpen;
  event.occurred_at = {1'700'000'000'000};
  return {{event}, ""};
}

// The outcome of one batch.
class Fate {
 public:
  codec::Done done() {
    return [this](const codec::Stored& at) {
      const std::lock_guard<std::mutex> lock(mutex_);
      EXPECT_FALSE(status_.has_value()) << "answered twice";
      status_ = at.status();
      if (at.ok()) at_ = *at;
      changed_.notify_all();
    };
  }
  bool answered() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return status_.has_value();
  }
  Status Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return status_.has_value(); })) {
      ADD_FAILURE() << "never answered";
      return Status::Fatal("never answered");
    }
    return *status_;
  }
  // Returns the last source position. Call it after the response.
  codec::SourcePosition at() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return at_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Status> status_;
  codec::SourcePosition at_;
};

// A disk whose syncs can be held back, and whose n-th call can fail.
class FakeDisk {
 public:
  OpenAppended opener() {
    return [this](const std::string& path) -> Result<std::unique_ptr<AppendedFile>> {
      Result<std::unique_ptr<AppendedFile>> file = OpenAppendedOnDisk(path);
      if (!file.ok()) return file.status();
      return std::unique_ptr<AppendedFile>(std::make_unique<File>(this, std::move(*file)));
    };
  }
  void HoldSyncs() {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ = true;
  }
  void LetSyncsGo() {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void WaitForSync() {
    std::unique_lock<std::mutex> lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return in_sync_ > 0; }));
  }
  void FailAppends(bool fails = true) { fails_append_ = fails; }
  void FailSyncs() { fails_sync_ = true; }
  int syncs() const { return syncs_; }
  int appends() const { return appends_; }

 private:
  class File : public AppendedFile {
   public:
    File(FakeDisk* disk, std::unique_ptr<AppendedFile> file) : disk_(*disk), file_(std::move(file)) {}
    Status Append(std::string_view bytes) override {
      ++disk_.appends_;
      if (!disk_.fails_append_) return file_->Append(bytes);
      (void)file_->Append(bytes.substr(0, bytes.size() / 2));
      return Status::Fatal("the disk is full");
    }
    Status Sync() override {
      std::unique_lock<std::mutex> lock(disk_.mutex_);
      ++disk_.in_sync_;
      disk_.changed_.notify_all();
      disk_.changed_.wait(lock, [&] { return !disk_.held_; });
      --disk_.in_sync_;
      ++disk_.syncs_;
      return disk_.fails_sync_ ? Status::Fatal("the disk is broken") : file_->Sync();
    }

   private:
    FakeDisk& disk_;
    std::unique_ptr<AppendedFile> file_;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int in_sync_ = 0;
  std::atomic<int> syncs_{0};
  std::atomic<int> appends_{0};
  std::atomic<bool> fails_append_{false};
  std::atomic<bool> fails_sync_{false};
};

class InboxTest : public ::testing::Test {
 protected:
  std::unique_ptr<FileInbox> Open(OpenAppended open = OpenAppendedOnDisk) {
    Result<std::unique_ptr<FileInbox>> inbox = FileInbox::Open(options_, &clock_, &metrics_, &tokens_, std::move(open));
    if (!inbox.ok()) throw std::runtime_error(inbox.status().message());
    return std::move(*inbox);
  }
  Status AppendAndWait(FileInbox* inbox, const Batch& batch) {
    Fate fate;
    inbox->Append(batch.view(), fate.done());
    return fate.Wait();
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const auto& each : fs::directory_iterator(options_.folder)) names.push_back(each.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  leadpulse::testing::ScratchDirectory directory_;
  SystemClock clock_;
  InboxMetrics metrics_;
  InboxOptions options_{.folder = directory_ / "inbox", .token_lifetime = std::chrono::hours(9)};
  webhooks::UsedTokens tokens_{std::chrono::hours(9)};
};

TEST_F(InboxTest, WhatIsAcknowledgedStandsInTheSegment) {
  auto inbox = Open();
  EXPECT_TRUE(AppendAndWait(inbox.get(), BatchOf("a")).ok());
  EXPECT_TRUE(AppendAndWait(inbox.get(), {{}, "kept\n"}).ok());
  EXPECT_TRUE(AppendAndWait(inbox.get(), {}).ok());
  EXPECT_THAT(ReadWholeFile(options_.folder + "/000001.jsonl.open"), HasSubstr("\"eventId\":\"a\""));
  EXPECT_TRUE(inbox->Close().ok());
  EXPECT_THAT(Names(), ElementsAre("000001.jsonl", "aside"));
  EXPECT_THAT(ReadWholeFile(options_.folder + "/000001.jsonl"), HasSubstr("\"eventId\":\"a\""));
  EXPECT_EQ(ReadWholeFile(options_.folder + "/aside/kept.jsonl"), "kept\n");
  EXPECT_FALSE(AppendAndWait(inbox.get(), BatchOf("late")).ok());
}

TEST_F(InboxTest, AnAnswerTellsWhereItsRecordStands) {
  auto inbox = Open();
  Fate first, second, without;
  inbox->Append(BatchOf("a").view(), first.done());
  ASSERT_TRUE(first.Wait().ok());
  inbox->Append(BatchOf("b").view(), second.done());
  inbox->Append({.quarantine = "kept\n"}, without.done());
  ASSERT_TRUE(second.Wait().ok());
  ASSERT_TRUE(without.Wait().ok());
  EXPECT_EQ(first.at(), (codec::SourcePosition{options_.folder + "/000001.jsonl", 0, 0, 0}));
  EXPECT_EQ(without.at(), codec::kNowhere);
  ASSERT_TRUE(inbox->Close().ok());
  const std::string segment = ReadWholeFile(second.at().topic);
  EXPECT_THAT(segment.substr(static_cast<size_t>(second.at().offset)), HasSubstr("\"eventId\":\"b\""));
  EXPECT_EQ(segment[static_cast<size_t>(second.at().offset) - 1], '\n');
}

TEST_F(InboxTest, RecordsOfABatchKeepTheirOrder) {
  auto inbox = Open();
  Batch batch;
  for (const char* id : {"b", "c", "a"}) batch.records.push_back(BatchOf(id).records[0]);
  EXPECT_TRUE(AppendAndWait(inbox.get(), batch).ok());
  ASSERT_TRUE(inbox->Close().ok());
  EXPECT_THAT(ReadWholeFile(options_.folder + "/000001.jsonl"),
              ::testing::ContainsRegex("eventId\":\"b\".*\n.*eventId\":\"c\".*\n.*eventId\":\"a\""));
}

TEST_F(InboxTest, NothingIsAnsweredOrShownBeforeItIsSynced) {
  FakeDisk disk;
  auto inbox = Open(disk.opener());
  disk.HoldSyncs();
  Fate first;
  inbox->Append(BatchOf("first").view(), first.done());
  disk.WaitForSync();
  std::deque<Fate> others(20);
  for (Fate& fate : others) inbox->Append(BatchOf("other").view(), fate.done());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(first.answered());
  EXPECT_EQ(ReadWholeFile(options_.folder + "/000001.jsonl"), "");
  disk.LetSyncsGo();
  EXPECT_TRUE(first.Wait().ok());
  for (Fate& fate : others) EXPECT_TRUE(fate.Wait().ok());
  // All batches that waited for the first shared one sync.
  EXPECT_EQ(disk.syncs(), 2);
  EXPECT_EQ(metrics_.batches, 21u);
  // A run reads them together: the segment has grown twice, and the journal with each batch.
  EXPECT_TRUE(inbox->Close().ok());
  EXPECT_EQ(disk.appends(), 21 + 2);
}

TEST_F(InboxTest, SegmentsEndAtTheirSizeAndGoOnBehindTheLast) {
  options_.segment_bytes = 200;
  {
    auto inbox = Open();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(AppendAndWait(inbox.get(), BatchOf(std::to_string(i))).ok());
  }
  const std::vector<std::string> names = Names();
  EXPECT_GE(names.size(), 3u);
  auto inbox = Open();
  EXPECT_TRUE(AppendAndWait(inbox.get(), BatchOf("x")).ok());
  inbox.reset();
  EXPECT_EQ(Names().size(), names.size() + 1);
}

TEST_F(InboxTest, ATornLineIsCutOffAndTheSegmentMadeWhole) {
  fs::create_directories(options_.folder + "/aside");
  // the kill came in the middle of the copy to the visible file
  WriteFile(options_.folder + "/000007.jsonl", "{\"a\":1}\n{\"b\"");
  WriteFile(options_.folder + "/000007.jsonl.open", "{\"a\":1}\n{\"b\":2}\n{\"c\":");  // or in the middle of a write
  WriteFile(options_.folder + "/000008.jsonl.open", "{\"d\":1");
  WriteFile(options_.folder + "/000009.jsonl", "{\"e\":1}\n");
  WriteFile(options_.folder + "/aside/kept.jsonl", "one\ntwo\nthr");
  Open();
  EXPECT_THAT(Names(), ElementsAre("000007.jsonl", "000009.jsonl", "aside"));
  EXPECT_EQ(ReadWholeFile(options_.folder + "/000007.jsonl"), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(ReadWholeFile(options_.folder + "/000009.jsonl"), "{\"e\":1}\n");
  EXPECT_EQ(ReadWholeFile(options_.folder + "/aside/kept.jsonl"), "one\ntwo\n");
  auto inbox = Open();
  EXPECT_TRUE(AppendAndWait(inbox.get(), BatchOf("x")).ok());
  EXPECT_TRUE(fs::exists(options_.folder + "/000010.jsonl"));
}

TEST_F(InboxTest, WhatAPowerCutLeftOfASegmentIsPutRight) {
  fs::create_directories(options_.folder);
  const std::string line(3'000'000, 'x');
  WriteFile(options_.folder + "/000001.jsonl.open", line + "\n" + line + "\n");
  WriteFile(options_.folder + "/000001.jsonl", line + std::string(1'500'000, '\0'));
  Open();
  EXPECT_EQ(ReadWholeFile(options_.folder + "/000001.jsonl"), line + "\n" + line + "\n");
}

TEST_F(InboxTest, ASegmentThatIsLongerThanItsJournalIsNotTouched) {
  fs::create_directories(options_.folder);
  WriteFile(options_.folder + "/000001.jsonl.open", "a\n");
  WriteFile(options_.folder + "/000001.jsonl", "a\nb\n");
  const auto inbox = FileInbox::Open(options_, &clock_, &metrics_, &tokens_);
  ASSERT_FALSE(inbox.ok());
  EXPECT_THAT(inbox.status().message(), HasSubstr("longer than"));
  EXPECT_EQ(ReadWholeFile(options_.folder + "/000001.jsonl"), "a\nb\n");
}

TEST_F(InboxTest, TwoReceiversDoNotShareAFolder) {
  const auto inbox = Open();
  const auto other = FileInbox::Open(options_, &clock_, &metrics_, &tokens_);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.status().message(), HasSubstr("or `leadpulse receive` writes into"));
}

TEST_F(InboxTest, AfterAFailedWriteNothingIsTaken) {
  FakeDisk disk;
  auto inbox = Open(disk.opener());
  EXPECT_TRUE(AppendAndWait(inbox.get(), BatchOf("good")).ok());
  disk.FailAppends();
  EXPECT_THAT(AppendAndWait(inbox.get(), BatchOf("bad")).message(), HasSubstr("the disk is full"));
  disk.FailAppends(false);  // half a line was written all the same
  EXPECT_FALSE(AppendAndWait(inbox.get(), BatchOf("later")).ok());
  EXPECT_FALSE(inbox->failure().ok());
  EXPECT_FALSE(inbox->Close().ok());
  inbox.reset();
  // The next start finds the good record, complete.
  Open();
  const std::string lines = ReadWholeFile(options_.folder + "/000001.jsonl");
  EXPECT_THAT(lines, HasSubstr("\"good\""));
  EXPECT_THAT(lines, ::testing::Not(HasSubstr("\"later\"")));
  EXPECT_TRUE(lines.ends_with("}\n"));
}

TEST_F(InboxTest, AfterAFailedSyncWhatWaitsIsRefused) {
  FakeDisk disk;
  auto inbox = Open(disk.opener());
  disk.HoldSyncs();
  disk.FailSyncs();
  Fate first, second;
  inbox->Append(BatchOf("first").view(), first.done());
  disk.WaitForSync();
  inbox->Append(BatchOf("second").view(), second.done());
  disk.LetSyncsGo();
  EXPECT_FALSE(first.Wait().ok());
  EXPECT_THAT(second.Wait().message(), HasSubstr("the disk is broken"));
  EXPECT_EQ(metrics_.waiting_bytes, 0u);
}

TEST_F(InboxTest, CloseWaitsUntilAllIsDurable) {
  auto inbox = Open();
  Fate first, second;
  inbox->Append(BatchOf("a").view(), first.done());
  inbox->Append({.records = BatchOf("b").records, .lines = "{\"event\":{}}\n"}, second.done());
  EXPECT_TRUE(inbox->Close().ok());
  EXPECT_TRUE(first.answered());
  EXPECT_TRUE(second.answered());
  EXPECT_TRUE(ReadWholeFile(options_.folder + "/000001.jsonl").ends_with("\n{\"event\":{}}\n"));
}

TEST_F(InboxTest, AFullDeviceIsAFailedWrite) {
  auto inbox =
      Open([](const std::string& path) { return OpenAppendedOnDisk(path.ends_with(".open") ? "/dev/full" : path); });
  const Status status = AppendAndWait(inbox.get(), BatchOf("a"));
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("No space left"));
}

TEST_F(InboxTest, WhatWaitsIsBounded) {
  FakeDisk disk;
  options_.waiting_bytes = 300;
  auto inbox = Open(disk.opener());
  disk.HoldSyncs();
  Fate first, second, third;
  inbox->Append(BatchOf("first").view(), first.done());
  disk.WaitForSync();
  inbox->Append(BatchOf("second").view(), second.done());
  inbox->Append(BatchOf("third").view(), third.done());
  EXPECT_EQ(third.Wait().kind(), ErrorKind::kRetriable);
  disk.LetSyncsGo();
  EXPECT_TRUE(second.Wait().ok());
  EXPECT_TRUE(AppendAndWait(inbox.get(), BatchOf("third")).ok());
}

TEST_F(InboxTest, WhatIsKeptIsBoundedByWholeLines) {
  options_.kept_bytes = 10;
  auto inbox = Open();
  EXPECT_TRUE(AppendAndWait(inbox.get(), {{}, "1234\n56\n789\n"}).ok());
  EXPECT_TRUE(AppendAndWait(inbox.get(), {{}, "abcd\n"}).ok());
  EXPECT_EQ(ReadWholeFile(options_.folder + "/aside/kept.jsonl"), "1234\n56\n");
  EXPECT_EQ(metrics_.kept_full, 2u);
  EXPECT_EQ(metrics_.kept_bytes, 8u);
}

}  // namespace leadpulse::receiver::inbox_test
