// Requests for a copy of a state, both sides in one process.
#include "state/rocksdb/backup_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::state::backup_requests_test {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class BackupRequestsTest : public ::testing::Test {
 protected:
  BackupRequestsTest() {
    RocksDbOptions options;
    options.directory = directory_;
    auto opened = OpenRocksDbLeadStore(options);
    if (!opened.ok()) throw std::runtime_error(opened.status().message());
    store_ = std::move(*opened);
    desk_.emplace(directory_, store_.get());
  }

  std::unique_ptr<BackupRequest> MustPlace() {
    auto request = BackupRequest::Submit(directory_);
    EXPECT_TRUE(request.ok());
    return request.ok() ? std::move(*request) : nullptr;
  }
  void SetClock(const std::string& value) { EXPECT_TRUE(store_->Commit({.meta = {{"clock", value}}}).ok()); }
  static std::string ClockIn(const std::string& copy) {
    auto opened = OpenRocksDbLeadStore({.directory = copy, .create_if_missing = false, .read_only = true});
    if (!opened.ok()) return opened.status().message();
    return (*(*opened)->GetMeta("clock")).value_or("none");
  }
  std::string Requests() const { return directory_ + "/requests"; }
  size_t FilesLeft() const {
    return fs::exists(Requests()) ? std::distance(fs::directory_iterator(Requests()), fs::directory_iterator()) : 0;
  }

  testing::ScratchDirectory scratch_;
  const std::string directory_ = scratch_ / "state";
  std::unique_ptr<LeadStore> store_;
  std::optional<BackupRequestHandler> desk_;
};

TEST_F(BackupRequestsTest, WhereNobodyAsksNothingIsMade) {
  EXPECT_EQ(desk_->AnswerRequests(), 0u);
  EXPECT_FALSE(fs::exists(Requests()));
}

TEST_F(BackupRequestsTest, TheCopyIsThatOfTheLastCommit) {
  SetClock("one");
  auto request = MustPlace();
  EXPECT_EQ(*request->Copy(), std::nullopt);
  SetClock("two");
  EXPECT_EQ(desk_->AnswerRequests(), 1u);
  EXPECT_EQ(desk_->AnswerRequests(), 0u);
  SetClock("three");
  auto copy = request->Copy();
  ASSERT_TRUE(copy.ok() && copy->has_value());
  EXPECT_EQ(ClockIn(**copy), "two");
  request.reset();
  EXPECT_FALSE(fs::exists(Requests()));
}

TEST_F(BackupRequestsTest, SeveralMayAsk) {
  auto first = MustPlace();
  auto second = MustPlace();
  EXPECT_EQ(desk_->AnswerRequests(), 2u);
  EXPECT_NE(**first->Copy(), **second->Copy());
  first.reset();
  EXPECT_TRUE(fs::exists(**second->Copy()));
}

TEST_F(BackupRequestsTest, ARequestThatIsWithdrawnIsNotAnswered) {
  MustPlace().reset();
  EXPECT_EQ(desk_->AnswerRequests(), 0u);
  EXPECT_EQ(FilesLeft(), 0u);
}

// The requester gave up while the copy was made.
TEST_F(BackupRequestsTest, ACopyThatNobodyWaitsForAnyMoreIsRemoved) {
  std::unique_ptr<BackupRequest> request = MustPlace();
  class Withdrawing : public testing::ForwardingStore {
   public:
    explicit Withdrawing(std::function<void()> withdraw) : ForwardingStore(1), withdraw_(std::move(withdraw)) {}
    Status MakeCheckpoint(const std::string& directory) override {
      fs::create_directory(directory);
      withdraw_();
      return Status::Ok();
    }

   private:
    const std::function<void()> withdraw_;
  };
  Withdrawing store([&] { request.reset(); });
  EXPECT_EQ(BackupRequestHandler(directory_, &store).AnswerRequests(), 0u);
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(BackupRequestsTest, WhatTheDeadLeftIsRemovedAndOthersFilesAreNot) {
  SetClock("one");
  auto alive = MustPlace();
  // Requesters that were killed while they waited, while the copy was made, and once the answer was there; and an
  // unrelated copy.
  for (const char* name : {"backup-1.request", "backup-2.request", "backup-3.request", "backup-3.answer", "mine"}) {
    std::ofstream(Requests() + "/" + name) << "made";
  }
  for (const char* name : {"backup-2.copy.tmp", "backup-3.copy", "backup-4.copy"}) {
    fs::create_directory(Requests() + "/" + name);
    std::ofstream(Requests() + "/" + name + "/000001.sst") << "bytes";
  }
  EXPECT_EQ(desk_->AnswerRequests(), 1u);
  EXPECT_EQ(ClockIn(**alive->Copy()), "one");
  EXPECT_EQ(FilesLeft(), 4u);  // the request, its answer and copy, and an unrelated file
  alive.reset();
  EXPECT_EQ(FilesLeft(), 1u);
  EXPECT_TRUE(fs::exists(Requests() + "/mine"));
}

TEST_F(BackupRequestsTest, ACopyThatWasBegunBeforeAKillIsMadeAnew) {
  auto request = MustPlace();
  std::string base;
  for (const auto& file : fs::directory_iterator(Requests())) base = file.path().stem().string();
  for (const char* ending : {".copy", ".copy.tmp"}) {
    fs::create_directory(Requests() + "/" + base + ending);
    std::ofstream(Requests() + "/" + base + ending + "/CURRENT") << "of no use";
  }
  SetClock("one");
  EXPECT_EQ(desk_->AnswerRequests(), 1u);
  EXPECT_EQ(ClockIn(**request->Copy()), "one");
}

TEST_F(BackupRequestsTest, AFailureIsTheAnswer) {
  auto memory = MakeMemoryLeadStore(1);
  auto request = MustPlace();
  EXPECT_EQ(BackupRequestHandler(directory_, memory.get()).AnswerRequests(), 1u);
  auto copy = request->Copy();
  ASSERT_FALSE(copy.ok());
  EXPECT_THAT(copy.status().message(), HasSubstr("it has no files"));
}

TEST_F(BackupRequestsTest, WhereNobodyHasTheStateOpenTheAskerMakesTheCopy) {
  SetClock("one");
  auto request = MustPlace();
  Status in_use = request->MakeCopy();
  ASSERT_FALSE(in_use.ok());
  EXPECT_EQ(in_use.kind(), ErrorKind::kRetriable);
  desk_.reset();
  store_.reset();
  EXPECT_TRUE(request->MakeCopy().ok());
  EXPECT_EQ(ClockIn(**request->Copy()), "one");
}

TEST_F(BackupRequestsTest, WhatRootAsksTheOwnerOfTheStateCanAnswer) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may request it for others";
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(chown(directory_.c_str(), kNobody, kNobody), 0);
  const mode_t before = umask(0077);
  auto request = MustPlace();
  umask(before);
  struct stat found {};
  ASSERT_EQ(stat(Requests().c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, kNobody);
  for (const auto& file : fs::directory_iterator(Requests())) {
    ASSERT_EQ(stat(file.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_uid, kNobody) << file.path();
  }
  EXPECT_EQ(FilesLeft(), 1u);
  EXPECT_EQ(desk_->AnswerRequests(), 1u);
}

TEST_F(BackupRequestsTest, WhereThereIsNoStateNothingIsMade) {
  auto request = BackupRequest::Submit(scratch_ / "none");
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.status().kind(), ErrorKind::kRejected);
  EXPECT_FALSE(fs::exists(scratch_ / "none"));
}

}  // namespace leadpulse::state::backup_requests_test
