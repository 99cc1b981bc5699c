// Durability, and messages about errors, which RocksDbLeadStore promises in addition to a LeadStore.
#include "state/rocksdb/rocksdb_lead_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "state/codec/row_form.h"
#include "state/store/state_rows.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/rocksdb_store_fixture.h"
#include "tests/support/row_examples.h"

namespace leadpulse::state::rocksdb_lead_store_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

TEST_F(RocksDbLeadStoreTest, LastsBeyondTheProcess) {
  Put(MustOpen({.directory = directory_, .partition_count = 3}).get(), "one");
  auto store = MustOpen(Options());
  EXPECT_EQ(store->partition_count(), 3u);
  EXPECT_EQ(*store->Get(kPartition, kAnn), "one");
  EXPECT_EQ(store->DueTimers(kPartition, {0}, {9}, 10)->size(), 1u);
  EXPECT_TRUE(store->HasErasures(kPartition));
  EXPECT_FALSE(store->HasErasures(PartitionId{1}));
  EXPECT_EQ(*store->GetErasure(kPartition, kAnn), (Erasure{{4}, {3}}));
  EXPECT_EQ(*store->GetMeta("clock"), "one");
}

TEST_F(RocksDbLeadStoreTest, HasFourPartitionsUnlessTold) { EXPECT_EQ(MustOpen(Options())->partition_count(), 4u); }

void CommitAndDie(const RocksDbOptions& options) {
  auto store = OpenRocksDbLeadStore(options);
  bool written = store.ok();
  for (int i = 0; written && i < 20; ++i) written = (*store)->Commit({.meta = {{"clock", std::to_string(i)}}}).ok();
  if (written) ::raise(SIGKILL);
  ::_exit(1);
}

TEST_F(RocksDbLeadStoreTest, AKilledProcessLeavesWhatItCommitted) {
  EXPECT_EXIT(CommitAndDie(Options()), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EQ(*MustOpen(Options())->GetMeta("clock"), "19");
}

TEST_F(RocksDbLeadStoreTest, AnErasedKeyIsNotInTheFiles) {
  auto store = MustOpen(Options());
  Status status =
      store->Commit({.erasures = {{kPartition, store->ErasureHash("acme\0forget-me@example.com"), {{4}, {3}}}}});
  ASSERT_TRUE(status.ok());
  store.reset();
  EXPECT_EQ(ReadAllFiles().find("forget-me"), std::string::npos);
}

TEST_F(RocksDbLeadStoreTest, ProcessesWithOneErasureSecretMakeOneHash) {
  const std::string secret = ErasureKeyFrom("something long and secret");
  const std::string hash = MustOpen({.directory = directory_, .erasure_secret = secret})->ErasureHash(kAnn);
  EXPECT_EQ(MustOpen({.directory = directory_, .erasure_secret = secret})->ErasureHash(kAnn), hash);
  EXPECT_EQ(MustOpen(Options())->ErasureHash(kAnn), hash);
  EXPECT_EQ(MustOpen({.directory = directory_ + "2", .erasure_secret = secret})->ErasureHash(kAnn), hash);
  EXPECT_NE(MustOpen({.directory = directory_ + "3"})->ErasureHash(kAnn), hash);
  EXPECT_EQ(Refusal({.directory = directory_, .erasure_secret = ErasureKeyFrom("another")}),
            "the state in " + directory_ +
                " was made with another erasure secret: give it the one it was made with, or a new directory.");
}

TEST_F(RocksDbLeadStoreTest, AFurtherKeyHashesTheHashAndIsOfTheNextFormat) {
  const std::string first = ErasureKeyFrom("first"), second = ErasureKeyFrom("second");
  const RocksDbOptions former{.directory = directory_, .erasure_secret = first};
  const RocksDbOptions rotated{.directory = directory_ + "2", .erasure_secret = first + second};
  const std::string hash = MustOpen(former)->ErasureHash(kAnn);
  EXPECT_EQ(hash, KeyedHash(first, kAnn));
  EXPECT_EQ(MustOpen(rotated)->ErasureHash(kAnn), ErasureHashOf(second, hash));
  EXPECT_NE(MustOpen(rotated)->ErasureHash(kAnn), hash);
  const auto version = [](const std::string& directory) {
    return *(*OpenStateRows(directory, StateAccess::kRead))->Get(RowFamily::kMeta, kFormatVersionRow);
  };
  EXPECT_EQ(version(former.directory), "5");
  EXPECT_EQ(version(rotated.directory), "6");
  EXPECT_THAT(Refusal({.directory = former.directory, .erasure_secret = first + second}),
              HasSubstr("another erasure secret, before the last rotation: give it"));
  EXPECT_THAT(Refusal({.directory = rotated.directory, .erasure_secret = first}),
              HasSubstr("another erasure secret, and rotated since: give it"));
  EXPECT_FALSE(IsErasureSecret(""));
  EXPECT_FALSE(IsErasureSecret(first + "x"));
  EXPECT_FALSE(IsErasureSecret(std::string((kMostErasureKeys + 1) * kErasureKeyBytes, 'x')));
}

TEST_F(RocksDbLeadStoreTest, AnotherPartitionCountIsRefused) {
  MustOpen(Options()).reset();
  EXPECT_EQ(Refusal({.directory = directory_, .partition_count = 8}),
            "the state in " + directory_ + " has 4 partitions; run with --partitions 4 or a new --state directory.");
  MustOpen({.directory = directory_, .partition_count = 4}).reset();
}

// Makes a RocksDB database that is not a state.
std::unique_ptr<rocksdb::DB> MakeDatabase(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* database = nullptr;
  fs::create_directories(directory);
  const rocksdb::Status opened = rocksdb::DB::Open(options, directory, &database);
  if (!opened.ok()) throw std::runtime_error(opened.ToString());
  return std::unique_ptr<rocksdb::DB>(database);
}

TEST_F(RocksDbLeadStoreTest, SomeoneElsesDatabaseIsRefused) {
  ASSERT_TRUE(MakeDatabase(directory_)->Put({}, "their", "row").ok());
  EXPECT_THAT(Refusal(Options()), HasSubstr("that is not a Leadpulse state"));
}

// The same for one with column families of its own, even if they are empty.
TEST_F(RocksDbLeadStoreTest, SomeoneElsesFamiliesAreRefused) {
  std::unique_ptr<rocksdb::DB> database = MakeDatabase(directory_);
  rocksdb::ColumnFamilyHandle* family = nullptr;
  ASSERT_TRUE(database->CreateColumnFamily({}, "theirs", &family).ok());
  ASSERT_TRUE(database->DestroyColumnFamilyHandle(family).ok());
  database.reset();
  EXPECT_THAT(Refusal(Options()), HasSubstr("holds a RocksDB database that is not a Leadpulse state"));
}

// Writes or deletes a row as another version of the program might have.
void ChangeRow(const std::string& directory, const std::string& in, const std::string& name,
               const std::optional<std::string>& value) {
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& family : names) families.emplace_back(family, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, directory, families, &handles, &database).ok());
  const auto family = std::find(names.begin(), names.end(), in);
  ASSERT_NE(family, names.end());
  rocksdb::ColumnFamilyHandle* handle = handles[family - names.begin()];
  ASSERT_TRUE((value ? database->Put({}, handle, name, *value) : database->Delete({}, handle, name)).ok());
  for (rocksdb::ColumnFamilyHandle* one : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(one).ok());
  delete database;
}

// Writes one of the store's own rows.
void WriteOwnRow(const std::string& directory, const std::string& name, const std::string& value) {
  ChangeRow(directory, "meta", name, value);
}

TEST_F(RocksDbLeadStoreTest, AnotherFormatVersionIsNamed) {
  MustOpen(Options()).reset();
  WriteOwnRow(directory_, "store/format_version", "7");
  EXPECT_THAT(Refusal(Options()), AllOf(HasSubstr("has format version 7; this program reads up to 6"),
                                        HasSubstr("Run the program that wrote it")));
}

TEST_F(RocksDbLeadStoreTest, AStateOfTheFirstFormatIsReadAndRaisedWhereItIsWritten) {
  Put(MustOpen(Options()).get(), "a row");
  WriteOwnRow(directory_, "store/format_version", "1");
  RocksDbOptions reading = Options();
  reading.read_only = true;
  EXPECT_EQ(*MustOpen(reading)->Get(kPartition, kAnn), "a row");
  const auto version = [&] {
    return **(*OpenStateRows(directory_, StateAccess::kRead))->Get(RowFamily::kMeta, kFormatVersionRow);
  };
  EXPECT_EQ(version(), "1");
  EXPECT_EQ(*MustOpen(Options())->Get(kPartition, kAnn), "a row");
  EXPECT_EQ(version(), "5");
  WriteOwnRow(directory_, "store/format_version", "1");
  ASSERT_TRUE(OpenStateRows(directory_, StateAccess::kRepair).ok());
  EXPECT_EQ(version(), "5");
}

TEST_F(RocksDbLeadStoreTest, AStateFromBeforePublishedChangesTakesThem) {
  Put(MustOpen(Options()).get(), "a row");
  WriteOwnRow(directory_, "store/format_version", "3");
  ChangeRow(directory_, rocksdb::kDefaultColumnFamilyName, std::string(kCommitRowBehindPartitions), std::nullopt);
  RocksDbOptions reading = Options();
  reading.read_only = true;
  EXPECT_EQ(*MustOpen(reading)->GetPublished(kPartition, kAnn), std::nullopt);
  // Opened, and killed before its first commit.
  MustOpen(Options()).reset();
  const auto store = MustOpen(Options());
  EXPECT_EQ(*store->Get(kPartition, kAnn), "a row");
  ASSERT_TRUE(store->Commit({.leads = {{.partition = kPartition, .key = kAnn, .value = "b", .published = "\n"}}}).ok());
}

TEST_F(RocksDbLeadStoreTest, AStateFromBeforeCountsByDayTakesThem) {
  Put(MustOpen(Options()).get(), "a row");
  WriteOwnRow(directory_, "store/format_version", "4");
  RocksDbOptions reading = Options();
  reading.read_only = true;
  EXPECT_EQ(*MustOpen(reading)->GetDayCounts(kPartition, "monday"), std::nullopt);
  ASSERT_TRUE(MustOpen(Options())->Commit({.day_counts = {{kPartition, "monday", "3"}}}).ok());
  EXPECT_EQ(*MustOpen(reading)->GetDayCounts(kPartition, "monday"), "3");
}

TEST_F(RocksDbLeadStoreTest, LostPublishedChangesAreALoss) {
  Put(MustOpen(Options()).get(), "a row");
  ChangeRow(directory_, rocksdb::kDefaultColumnFamilyName, std::string(kCommitRowBehindPartitions), std::nullopt);
  EXPECT_THAT(Refusal(Options()), HasSubstr("its files are of different commits"));
}

// Whole rows and appends in any order, with restarts of the store. The buffers are so small that tables are written and
// compacted. Reads return what a plain map of rows has.
class AppendingStore : public RocksDbLeadStoreTest {
 protected:
  static constexpr int kKeys = 30;

  static std::string KeyOf(uint64_t number) { return EncodeLeadKey({"acme", "lead" + std::to_string(number)}); }

  RowWrite Change(std::string key) {
    ++number_;
    const std::string message = std::to_string(number_) + std::string(300 + number_ % 7, 'm');  // no two are equal
    const std::string entries = std::to_string(number_) + ";";
    std::string& row = rows_[key];
    RowWrite write{kPartition, std::move(key), testing::RowOf(message, entries)};
    write.appended = !row.empty() && random_() % 12 != 0;
    if (write.appended) {
      write.value = testing::AppendOf(message, entries);
      AppendToRow(*write.value, &row);
    } else {
      row = *write.value;
    }
    return write;
  }
  RowWrite Delete(std::string key) {
    rows_.erase(key);
    return {kPartition, std::move(key), std::nullopt};
  }
  void CommitSome(LeadStore* store) {
    EpochWrite write;
    for (int key = 0; key < kKeys; ++key) {
      if (random_() % 3 != 0) continue;
      write.leads.push_back(random_() % 40 == 0 ? Delete(KeyOf(key)) : Change(KeyOf(key)));
    }
    ASSERT_TRUE(store->Commit(write).ok());
  }
  void ExpectRows(const LeadStore& store) const {
    std::map<std::string, std::string> visited;
    const Status status = store.VisitLeads(
        kPartition, "", [&](std::string_view key, std::string_view row) { return visited.emplace(key, row).second; });
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_EQ(visited, rows_);
    for (const auto& [key, row] : rows_) ASSERT_EQ(*store.Get(kPartition, key), row);
  }

  std::map<std::string, std::string> rows_;
  uint32_t number_ = 0;
  std::minstd_rand random_{7};
};

TEST_F(AppendingStore, RowsAndAppendsAreJoinedWhereverTheyLie) {
  RocksDbOptions options = Options();
  options.sync = false;
  options.write_buffer_bytes = 64 << 10;
  for (int opening = 0; opening < 6; ++opening) {
    auto store = MustOpen(options);
    for (int i = 0; i < 60; ++i) CommitSome(store.get());
    ExpectRows(*store);
  }
  EXPECT_FALSE(Files(R"(.*\.sst)").empty());
}

TEST_F(RocksDbLeadStoreTest, DamagedRowsOfTheStoresOwnAreNamed) {
  MustOpen(Options()).reset();
  WriteOwnRow(directory_, "store/partition_count", "some");
  EXPECT_THAT(Refusal(Options()), HasSubstr("partition count or erasure secret"));
}

TEST_F(RocksDbLeadStoreTest, TwoWritersAreRefused) {
  std::unique_ptr<LeadStore> store = InOwnProcess() ? nullptr : MustOpen(Options());
  EXPECT_EXIT((std::cerr << Refusal(Options()) << std::flush, ::_exit(0)), ::testing::ExitedWithCode(0),
              HasSubstr("in use by another process"));
  EXPECT_THAT(Refusal(Options()), HasSubstr("in use by another process"));
}

TEST_F(RocksDbLeadStoreTest, AMissingStateIsNamed) {
  EXPECT_THAT(Refusal({.directory = directory_, .read_only = true}), HasSubstr("there is no state in " + directory_));
  EXPECT_THAT(Refusal({.directory = directory_, .create_if_missing = false}), HasSubstr("there is no state in"));
  EXPECT_FALSE(fs::exists(directory_));
}

TEST_F(RocksDbLeadStoreTest, ADirectoryWithSomethingElseInItIsLeftAsItIs) {
  fs::create_directories(directory_ + "/letters");
  EXPECT_EQ(Refusal(Options()), directory_ + " holds no state but other files, such as `letters`. Take another " +
                                    "--state directory, one that is empty or not there yet.");
  EXPECT_THAT(Files(".*"), ElementsAre(directory_ + "/letters"));
}

TEST_F(RocksDbLeadStoreTest, AStateIsMadeWhereOneWasInTheMaking) {
  fs::create_directories(directory_ + "/lost+found");
  for (const char* left :
       {"LOCK", "LOG", "LOG.old.17", "IDENTITY", "MANIFEST-000001", "OPTIONS-000003", "000001.dbtmp"}) {
    std::ofstream(directory_ + "/" + left) << "";
  }
  Put(MustOpen(Options()).get(), "one");
  EXPECT_EQ(*MustOpen(Options())->Get(kPartition, kAnn), "one");
}

TEST_F(RocksDbLeadStoreTest, ReadersNeedNoLockAndWriteNothing) {
  auto writer = MustOpen(Options());
  Put(writer.get(), "one");
  auto files = Files(".*");
  auto reader = MustOpen({.directory = directory_, .read_only = true});
  auto second = MustOpen({.directory = directory_, .read_only = true});
  EXPECT_EQ(*reader->Get(kPartition, kAnn), "one");
  EXPECT_EQ(*reader->GetErasure(kPartition, kAnn), (Erasure{{4}, {3}}));
  Status refused = reader->Commit({.meta = {{"clock", "9"}}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.message(), HasSubstr("reading only"));
  EXPECT_EQ(Files(".*"), files);
  Put(writer.get(), "two");
}

// Runs in a process of its own, which ends as the program would.
void FailAWrite(const RocksDbOptions& options) {
  auto opened = OpenRocksDbLeadStore(options);
  std::unique_ptr<LeadStore> store = std::move(*opened);
  if (!store->Commit({.meta = {{"clock", "one"}}}).ok()) ::_exit(1);
  // The file system refuses to let the log grow, and then allows it again.
  std::optional<testing::FileSizeLimit> limit(1000);
  Status failed = store->Commit({.meta = {{"clock", std::string(100'000, 'x')}}});
  limit.reset();
  Status refused = store->Commit({.meta = {{"clock", "two"}}});
  store.reset();
  if (failed.ok() || refused.ok()) ::_exit(2);
  bool fatal = failed.kind() == ErrorKind::kFatal && refused.kind() == ErrorKind::kFatal;
  std::cerr << failed.message() << " / " << refused.message() << std::flush;
  ::_exit(fatal ? 0 : 3);
}

TEST_F(RocksDbLeadStoreTest, AWriteThatFailedIsTheLast) {
  EXPECT_EXIT(FailAWrite(Options()), ::testing::ExitedWithCode(0),
              AllOf(HasSubstr("failed and may or may not be there"), HasSubstr("nothing more is written to the state"),
                    HasSubstr("Start again")));
  EXPECT_EQ(*MustOpen(Options())->GetMeta("clock"), "one");
}

TEST_F(RocksDbLeadStoreTest, NamesItsLibrary) { EXPECT_THAT(RocksDbVersion(), ::testing::MatchesRegex("[0-9.]+")); }

}  // namespace leadpulse::state::rocksdb_lead_store_test
