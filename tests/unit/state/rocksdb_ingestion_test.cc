// RocksDbLeadStore with rows that are ingested as tables: whatever is killed, the state is consistent, and has either
// all of the rows or none.
#include "state/rocksdb/rocksdb_ingestion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/state_rows.h"
#include "tests/support/file_content.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/rocksdb_store_fixture.h"

namespace leadpulse::state::rocksdb_ingestion_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

const std::string kDrafts = R"(.*\.table-draft)";
const std::string kTables = R"(.*\.sst)";
const std::string kBob = EncodeLeadKey({"acme", "bob@example.com"});
const std::vector<IngestedLead> kLeads = {{kAnn, "one"}, {kBob, "two"}};
const std::vector<DueTimer> kTimers = {{{5}, kBob}};

class RocksDbIngestionTest : public RocksDbLeadStoreTest {
 protected:
  void IngestAll(LeadStore* store) {
    const Status status = store->Ingest(kPartition, kLeads, kTimers);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void ExpectAll(const LeadStore& store) {
    EXPECT_EQ(*store.Get(kPartition, kAnn), "one");
    EXPECT_EQ(*store.Get(kPartition, kBob), "two");
    EXPECT_EQ(store.DueTimers(kPartition, {0}, {9}, 10)->size(), 1u);
  }
  void ExpectSound() {
    auto rows = OpenStateRows(directory_, StateAccess::kRead);
    ASSERT_TRUE(rows.ok()) << rows.status().message();
    EXPECT_THAT((*rows)->FaultsAtOpening(), IsEmpty());
    EXPECT_THAT((*rows)->CheckFiles(), IsEmpty());
  }
};

TEST_F(RocksDbIngestionTest, LastsBeyondTheProcessAndIsSound) {
  IngestAll(MustOpen(Options()).get());
  EXPECT_THAT(Files(kDrafts), IsEmpty());
  ExpectSound();
  auto store = MustOpen(Options());
  ExpectAll(*store);
  Put(store.get(), "newer");
  store.reset();
  ExpectSound();
  EXPECT_EQ(*MustOpen(Options())->Get(kPartition, kAnn), "newer");
}

// Reads and writes a state with more tables than this process may have open.
void UseWithFewFiles(const RocksDbOptions& options) {
  rlimit few{64, 64};
  Status status;
  if (::setrlimit(RLIMIT_NOFILE, &few) != 0) status = Status::Fatal("the limit cannot be set");
  auto store = OpenRocksDbLeadStore(options);
  if (status.ok() && !store.ok()) status = store.status();
  int leads = 0;
  if (status.ok()) {
    status = (*store)->VisitLeads(kPartition, "", [&leads](std::string_view, std::string_view) { return ++leads > 0; });
  }
  if (status.ok()) status = (*store)->Commit({.meta = {{"clock", "later"}}});
  std::cerr << (status.ok() ? "" : status.message()) << leads << " leads" << std::flush;
  ::_exit(0);
}

TEST_F(RocksDbIngestionTest, MoreTablesThanFilesThatMayBeOpen) {
  if (!InOwnProcess()) {
    auto store = MustOpen(Options());
    for (int i = 100; i < 200; ++i) {
      const std::string key = EncodeLeadKey({"acme", std::to_string(i)});
      const std::vector<IngestedLead> lead = {{key, "one"}};
      ASSERT_TRUE(store->Ingest(kPartition, lead, {}).ok());
    }
    store.reset();
    ASSERT_GT(Files(kTables).size(), 64u);
    store = MustOpen(Options());
    int leads = 0;
    ASSERT_TRUE(
        store->VisitLeads(kPartition, "", [&](std::string_view, std::string_view) { return ++leads > 0; }).ok());
    EXPECT_EQ(leads, 100);
    store.reset();
  }
  EXPECT_EXIT(UseWithFewFiles(Options()), ::testing::ExitedWithCode(0), "^100 leads");
}

// The manifest has the checksum of the whole table, as of any other, even if its rows came above others.
TEST_F(RocksDbIngestionTest, AByteThatFlipsInItIsNamed) {
  {
    auto store = MustOpen(Options());
    for (int i = 0; i < 3; ++i) IngestAll(store.get());
  }
  ExpectSound();
  for (const fs::path& table : Files(kTables)) {
    testing::FlipByte(table, 10);
    auto rows = OpenStateRows(directory_, StateAccess::kRead);
    if (rows.ok()) {
      EXPECT_THAT((*rows)->CheckFiles(), SizeIs(1)) << table;
    } else {
      EXPECT_THAT(rows.status().message(), HasSubstr(table.filename().string()));
    }
    testing::FlipByte(table, 10);
  }
}

void IngestAndDie(const RocksDbOptions& options, const std::string& crash_at) {
  ::setenv("LEADPULSE_CRASH_AT", crash_at.c_str(), 1);
  auto store = OpenRocksDbLeadStore(options);
  if (!store.ok() || !(*store)->Commit({.dropped = {kPartition}, .meta = {{"position", ""}}}).ok()) ::_exit(1);
  static_cast<void>((*store)->Ingest(kPartition, kLeads, kTimers));
  ::_exit(1);
}

TEST_F(RocksDbIngestionTest, KilledBeforeATableIsTakenOverItLeavesNothing) {
  if (!InOwnProcess()) Put(MustOpen(Options()).get(), "old");
  EXPECT_EXIT(IngestAndDie(Options(), "table_drafted"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_THAT(Files(kDrafts), SizeIs(1));
  ExpectSound();
  auto store = MustOpen(Options());
  EXPECT_THAT(Files(kDrafts), IsEmpty());
  EXPECT_EQ(*store->Get(kPartition, kAnn), std::nullopt);
  EXPECT_EQ(*store->GetMeta("position"), "");
  IngestAll(store.get());
  ExpectAll(*store);
}

TEST_F(RocksDbIngestionTest, KilledBehindATableItIsThereAndTheDropBeforeItToo) {
  if (!InOwnProcess()) Put(MustOpen(Options()).get(), "old");
  EXPECT_EXIT(IngestAndDie(Options(), "table_taken_over"), ::testing::KilledBySignal(SIGKILL), "");
  ExpectSound();
  auto store = MustOpen(Options());
  EXPECT_EQ(*store->Get(kPartition, kAnn), "one");
  EXPECT_EQ(*store->GetMeta("position"), "");
  EXPECT_TRUE(store->DueTimers(kPartition, {0}, {9}, 10)->empty());
  ASSERT_TRUE(store->Commit({.dropped = {kPartition}}).ok());
  IngestAll(store.get());
  ExpectAll(*store);
  store.reset();
  ExpectSound();
}

// The kill comes while a table briefly has two names, RocksDB's and the draft's.
TEST_F(RocksDbIngestionTest, ATableThatADraftStillNamesIsNotWrittenOver) {
  auto store = MustOpen(Options());
  IngestAll(store.get());
  for (const fs::path& table : Files(kTables)) {
    const fs::path draft = directory_ + "/" + std::to_string(kPartition.value) + ".table-draft";
    fs::create_hard_link(table, draft);
    IngestAll(store.get());
    EXPECT_FALSE(fs::exists(draft));
  }
  ExpectAll(*store);
  store.reset();
  ExpectSound();
}

// Dropping an empty partition keeps nothing that rows would have to be above, so tables of a partition that is restored
// again can be at lower levels without a compaction.
TEST_F(RocksDbIngestionTest, AnEmptyPartitionIsDroppedWithoutATrace) {
  auto store = MustOpen(Options());
  ASSERT_TRUE(store->Commit({.dropped = {kPartition}, .meta = {{"position", ""}}}).ok());
  const size_t tables = Files(kTables).size();
  ASSERT_TRUE(store->Ingest(kPartition, kLeads, {}).ok());
  EXPECT_EQ(Files(kTables).size(), tables + 1) << "memory tables were flushed for a tombstone";
}

TEST_F(RocksDbIngestionTest, AReaderTakesNothingIn) {
  MustOpen(Options()).reset();
  const Status refused = MustOpen({.directory = directory_, .read_only = true})->Ingest(kPartition, kLeads, kTimers);
  EXPECT_THAT(refused.message(), HasSubstr("reading only"));
}

// Runs in a process of its own, which ends as the program would.
void FailAnIngestion(const RocksDbOptions& options) {
  auto opened = OpenRocksDbLeadStore(options);
  std::unique_ptr<LeadStore> store = std::move(*opened);
  const std::string large(1 << 20, 'x');
  const std::vector<IngestedLead> leads = {{kAnn, large}};
  std::optional<testing::FileSizeLimit> limit(1000);
  const Status failed = store->Ingest(kPartition, leads, {});
  limit.reset();
  const Status refused = store->Commit({.meta = {{"clock", "two"}}});
  const Status again = store->Ingest(kPartition, kLeads, {});
  store.reset();
  std::cerr << failed.message() << " / " << refused.message() << std::flush;
  ::_exit(failed.kind() == ErrorKind::kFatal && again.kind() == ErrorKind::kFatal ? 0 : 3);
}

TEST_F(RocksDbIngestionTest, OneThatFailedIsTheLastWrite) {
  EXPECT_EXIT(
      FailAnIngestion(Options()), ::testing::ExitedWithCode(0),
      AllOf(HasSubstr("failed and may or may not be there"), HasSubstr("nothing more is written to the state")));
  ExpectSound();
  EXPECT_EQ(*MustOpen(Options())->Get(kPartition, kAnn), std::nullopt);
}

// A listener that holds compactions until they may continue.
class HeldUp : public rocksdb::EventListener {
 public:
  void OnCompactionBegin(rocksdb::DB* /*database*/, const rocksdb::CompactionJobInfo& /*info*/) override {
    std::unique_lock lock(mutex_);
    begun_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return may_go_on_; });
  }
  void WaitUntilBegun() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return begun_; });
  }
  void GoOn() {
    std::lock_guard lock(mutex_);
    may_go_on_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool begun_ = false;
  bool may_go_on_ = false;
};

class PiledTables : public RocksDbIngestionTest {
 protected:
  void Open() {
    options_.create_if_missing = true;
    fs::create_directories(directory_);
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options_, directory_, &opened).ok());
    database_.reset(opened);
  }
  void AddTable() {
    ASSERT_TRUE(database_->Put({}, "key", "value").ok());
    ASSERT_TRUE(database_->Flush({}).ok());
  }
  bool TakesMore() { return TakesMoreTables(database_.get(), database_->DefaultColumnFamily()); }

  rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> database_;
};

// RocksDB slows down all commits when too many tables wait for a compaction: callers that can wait are warned before.
TEST_F(PiledTables, TooManyAreTold) {
  const auto compactions = std::make_shared<HeldUp>();
  options_.listeners.push_back(compactions);
  Open();
  int tables = 0;
  for (; tables < options_.level0_file_num_compaction_trigger; ++tables) AddTable();
  compactions->WaitUntilBegun();
  EXPECT_TRUE(TakesMore());
  const int held_up_at = options_.level0_slowdown_writes_trigger - 1;  // the next table slows down
  for (; TakesMore() && tables < held_up_at - 1; ++tables) AddTable();
  EXPECT_FALSE(TakesMore());
  compactions->GoOn();
  for (int wait = 0; wait < 6000 && !TakesMore(); ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(TakesMore());
}

// After an error no compaction runs any more.
TEST_F(PiledTables, NobodyWaitsWhereNothingIsCompacted) {
  options_.disable_auto_compactions = true;
  Open();
  for (int tables = 0; tables < options_.level0_slowdown_writes_trigger; ++tables) AddTable();
  EXPECT_TRUE(TakesMore());
}

}  // namespace leadpulse::state::rocksdb_ingestion_test
