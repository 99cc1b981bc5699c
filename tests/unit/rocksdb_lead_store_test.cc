// What RocksDbLeadStore promises beyond a LeadStore: to last, and to say what is wrong.
#include "state/rocksdb_lead_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>

#include "state/store_keys.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::state {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr PartitionId kPartition{0};
const std::string kAnn = EncodeLeadKey({"acme", "ann@example.com"});

// Where a test runs again in a process of its own, from its start to its EXPECT_EXIT, it is to find the same directory.
// (A mere fork would not do: RocksDB's threads stay behind.)
constexpr const char* kSharedDirectory = "LEADPULSE_TEST_DIRECTORY";

class RocksDbLeadStoreTest : public ::testing::Test {
 protected:
  RocksDbLeadStoreTest() {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    if (const char* directory = std::getenv(kSharedDirectory)) {
      directory_ = directory;
    } else {
      scratch_.emplace();
      directory_ = *scratch_ / "deep/state";
      ::setenv(kSharedDirectory, directory_.c_str(), 1);
    }
  }
  ~RocksDbLeadStoreTest() override {
    if (scratch_) ::unsetenv(kSharedDirectory);
  }

  bool InOwnProcess() const { return !scratch_; }
  RocksDbOptions Options() const { return {.directory = directory_}; }

  std::unique_ptr<LeadStore> MustOpen(const RocksDbOptions& options) {
    auto opened = OpenRocksDbLeadStore(options);
    if (!opened.ok()) {
      ADD_FAILURE() << opened.status().message();
      return nullptr;
    }
    return std::move(*opened);
  }
  static std::string Refusal(const RocksDbOptions& options) {
    auto opened = OpenRocksDbLeadStore(options);
    return opened.ok() ? "opened" : opened.status().message();
  }
  static void Put(LeadStore* store, const std::string& value) {
    Status status = store->Commit({.leads = {{kPartition, kAnn, value, Instant::Never(), {5}}},
                                   .erasures = {{kPartition, store->ErasureHash(kAnn), {{4}, {3}}}},
                                   .meta = {{"clock", value}}});
    ASSERT_TRUE(status.ok()) << status.message();
  }
  std::string ReadAllFiles() const {
    std::string all;
    for (const auto& file : fs::recursive_directory_iterator(directory_)) {
      std::ifstream in(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  std::vector<fs::path> Files(const std::string& pattern) const {
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(directory_)) {
      if (std::regex_match(file.path().filename().string(), std::regex(pattern))) files.push_back(file.path());
    }
    return files;
  }

  std::optional<testing::ScratchDirectory> scratch_;
  std::string directory_;
};

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
  const std::string secret = ErasureSecretFrom("something long and secret");
  const std::string hash = MustOpen({.directory = directory_, .erasure_secret = secret})->ErasureHash(kAnn);
  EXPECT_EQ(MustOpen({.directory = directory_, .erasure_secret = secret})->ErasureHash(kAnn), hash);
  EXPECT_EQ(MustOpen(Options())->ErasureHash(kAnn), hash);
  EXPECT_EQ(MustOpen({.directory = directory_ + "2", .erasure_secret = secret})->ErasureHash(kAnn), hash);
  EXPECT_NE(MustOpen({.directory = directory_ + "3"})->ErasureHash(kAnn), hash);
  EXPECT_EQ(Refusal({.directory = directory_, .erasure_secret = ErasureSecretFrom("another")}),
            "the state in " + directory_ +
                " was made with another erasure secret: give it the one it was made with, or a new directory.");
}

TEST_F(RocksDbLeadStoreTest, AnotherPartitionCountIsRefused) {
  MustOpen(Options()).reset();
  EXPECT_EQ(Refusal({.directory = directory_, .partition_count = 8}),
            "the state in " + directory_ + " has 4 partitions; run with --partitions 4 or a new --state directory.");
  MustOpen({.directory = directory_, .partition_count = 4}).reset();
}

TEST_F(RocksDbLeadStoreTest, SomeoneElsesDatabaseIsRefused) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* database = nullptr;
  fs::create_directories(directory_);
  ASSERT_TRUE(rocksdb::DB::Open(options, directory_, &database).ok());
  ASSERT_TRUE(database->Put({}, "their", "row").ok());
  delete database;
  EXPECT_THAT(Refusal(Options()), HasSubstr("that is not a Leadpulse state"));
}

// Writes one of the store's own rows, as another version of the program might have.
void WriteOwnRow(const std::string& directory, const std::string& name, const std::string& value) {
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& family : names) families.emplace_back(family, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, directory, families, &handles, &database).ok());
  const auto meta = std::find(names.begin(), names.end(), "meta");
  ASSERT_NE(meta, names.end());
  ASSERT_TRUE(database->Put({}, handles[meta - names.begin()], name, value).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
  delete database;
}

TEST_F(RocksDbLeadStoreTest, AnotherFormatVersionIsNamed) {
  MustOpen(Options()).reset();
  WriteOwnRow(directory_, "store/format_version", "7");
  EXPECT_THAT(Refusal(Options()), AllOf(HasSubstr("has format version 7; this program reads version 1"),
                                        HasSubstr("Run the program that wrote it")));
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

// In a process of its own, which ends as the program would.
void FailAWrite(const RocksDbOptions& options) {
  auto opened = OpenRocksDbLeadStore(options);
  std::unique_ptr<LeadStore> store = std::move(*opened);
  if (!store->Commit({.meta = {{"clock", "one"}}}).ok()) ::_exit(1);
  // The file system refuses to let the log grow, and then does so again.
  rlimit old_limit{};
  ::getrlimit(RLIMIT_FSIZE, &old_limit);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = old_limit;
  limit.rlim_cur = 1000;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  Status failed = store->Commit({.meta = {{"clock", std::string(100'000, 'x')}}});
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
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

TEST_F(RocksDbLeadStoreTest, ALostCurrentFileIsNotANewState) {
  Put(MustOpen(Options()).get(), "one");
  fs::remove(directory_ + "/CURRENT");
  EXPECT_THAT(Refusal(Options()), AllOf(HasSubstr("damaged"), HasSubstr("CURRENT")));
}

TEST_F(RocksDbLeadStoreTest, AKillWhileItIsMadeIsMendedByTheNextStart) {
  fs::create_directories(directory_);
  std::ofstream(directory_ + "/MANIFEST-000001") << "begun";
  Put(MustOpen(Options()).get(), "one");
}

TEST_F(RocksDbLeadStoreTest, AFlippedByteInATableIsNamed) {
  // Opening again writes what is in the log to tables.
  Put(MustOpen(Options()).get(), std::string(50'000, 'x'));
  MustOpen(Options()).reset();
  MustOpen(Options()).reset();
  auto tables = Files(R"(\d+\.sst)");
  ASSERT_FALSE(tables.empty());
  for (const fs::path& table : tables) {
    std::fstream file(table, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(20);
    file.put('\x5a');
  }
  auto opened = OpenRocksDbLeadStore(Options());
  Status status = opened.ok() ? (*opened)->Get(kPartition, kAnn).status() : opened.status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("the state in " + directory_), HasSubstr("damaged"), HasSubstr("Restore a backup")));
}

// RocksDB would make a new database of it, and remove the tables of the old one.
TEST_F(RocksDbLeadStoreTest, AManifestThatForgotItsTablesIsNoNewState) {
  Put(MustOpen(Options()).get(), "one");
  MustOpen(Options()).reset();
  const size_t tables = Files(R"(\d+\.sst)").size();
  ASSERT_GT(tables, 0u);
  fs::resize_file(Files("MANIFEST-.*").at(0), 0);
  EXPECT_THAT(Refusal(Options()), HasSubstr("damaged"));
  EXPECT_THAT(Refusal({.directory = directory_, .read_only = true}), HasSubstr("damaged"));
  EXPECT_EQ(Files(R"(\d+\.sst)").size(), tables);
}

// Ten commits in the log, each of a lead and the clock, then the log as a crash or a bad disk may leave it.
class DamagedLogTest : public RocksDbLeadStoreTest {
 protected:
  void SetUp() override {
    auto store = MustOpen({.directory = original_, .sync = false});
    for (int i = 0; i < 10; ++i) {
      std::string value = std::to_string(i);
      Instant old_timer = i == 0 ? Instant::Never() : Instant{i - 1};
      ASSERT_TRUE(store
                      ->Commit({.leads = {{kPartition, kAnn, value + std::string(200, 'x'), old_timer, {i}}},
                                .meta = {{"clock", value}}})
                      .ok());
    }
  }

  // How many commits are there after `damage`; -1 where they are not whole.
  template <typename Damage>
  int CommitsAfter(const Damage& damage) {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    fs::copy(original_, directory_, fs::copy_options::recursive);
    std::vector<fs::path> logs = Files(R"(\d+\.log)");
    if (logs.size() != 1) return -1;
    damage(logs[0]);
    warning_.clear();
    auto store =
        MustOpen({.directory = directory_, .sync = false, .on_damaged_log = [this](const std::string& warning) {
                    warning_ += warning;
                  }});
    return WholeCommits(*store);
  }

  // How many commits the store holds; -1 where they are not whole.
  static int WholeCommits(const LeadStore& store) {
    std::string clock = store.GetMeta("clock")->value_or("-");
    std::string lead = store.Get(kPartition, kAnn)->value_or("-");
    Result<std::vector<DueTimer>> timers = store.DueTimers(kPartition, {0}, {99}, 99);
    if (clock == "-") return lead == "-" && timers->empty() ? 0 : -1;
    bool whole = lead[0] == clock[0] && timers->size() == 1 && timers->front().due.millis == std::stoi(clock);
    return whole ? std::stoi(clock) + 1 : -1;
  }

  std::string original_ = *scratch_ / "original";
  std::string warning_;
};

TEST_F(DamagedLogTest, ATornLogEndsWithAWholeCommit) {
  int last = 0;
  for (int percent = 25; percent <= 100; percent += 15) {
    int commits = CommitsAfter([&](const fs::path& log) { fs::resize_file(log, fs::file_size(log) * percent / 100); });
    EXPECT_GE(commits, last) << percent << " percent of the log";
    last = commits;
  }
  EXPECT_EQ(last, 10);
  EXPECT_EQ(warning_, "") << "where nothing is damaged";
}

TEST_F(DamagedLogTest, AFlippedByteEndsTheLogAtAWholeCommit) {
  int commits = CommitsAfter([](const fs::path& log) {
    std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(fs::file_size(log) / 2));
    file.put('\x01');
  });
  EXPECT_GE(commits, 1);
  EXPECT_LT(commits, 10);
  EXPECT_THAT(warning_, ::testing::MatchesRegex("the state in .* earlier commit, .* \\(.*/[0-9]+.log: dropping [0-9]+ "
                                                "bytes; .*\\).* give all of the earlier runs again\\."));
}

// Each byte that the manifest's end may lose leaves a whole commit or a named error, never families of two commits.
TEST_F(DamagedLogTest, AManifestThatLostItsEndIsFoundOut) {
  MustOpen({.directory = original_, .sync = false}).reset();  // what was in the log is in tables now
  int named = 0;
  for (int lost = 1; lost < 200; lost += 7) {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    fs::copy(original_, directory_, fs::copy_options::recursive);
    std::vector<fs::path> manifests = Files("MANIFEST-.*");
    ASSERT_EQ(manifests.size(), 1u);
    fs::resize_file(manifests[0], fs::file_size(manifests[0]) - lost);
    auto store = OpenRocksDbLeadStore({.directory = directory_, .sync = false});
    if (!store.ok()) {
      EXPECT_THAT(store.status().message(), HasSubstr("damaged"));
      ++named;
      continue;
    }
    EXPECT_EQ(WholeCommits(**store), (*store)->GetMeta("clock")->has_value() ? 10 : 0) << lost << " bytes lost";
  }
  EXPECT_GT(named, 0);
}

// Nor is the log replayed over the tables that are then missing.
TEST_F(DamagedLogTest, AManifestThatLostItsEndIsFoundOutBesideALog) {
  auto store = MustOpen({.directory = original_, .sync = false});
  ASSERT_TRUE(store->Commit({.meta = {{"later", "in the log"}}}).ok());
  store.reset();
  fs::create_directories(directory_);
  fs::copy(original_, directory_, fs::copy_options::recursive);
  uintmax_t whole = fs::file_size(Files("MANIFEST-.*").at(0));
  for (uintmax_t lost = 1; lost < whole; lost += 60) {
    fs::resize_file(Files("MANIFEST-.*").at(0), whole - lost);
    for (int start = 0; start < 2; ++start) {
      EXPECT_THAT(Refusal({.directory = directory_, .sync = false}), HasSubstr("the state in " + directory_)) << lost;
    }
    EXPECT_NE(Refusal({.directory = directory_, .read_only = true}), "opened") << lost;
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    fs::copy(original_, directory_, fs::copy_options::recursive);
  }
}

TEST_F(RocksDbLeadStoreTest, ADamagedManifestIsNamed) {
  Put(MustOpen(Options()).get(), "one");
  for (const fs::path& manifest : Files("MANIFEST-.*")) fs::resize_file(manifest, 10);
  auto opened = OpenRocksDbLeadStore(Options());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(opened.status().message(), HasSubstr("damaged"));
}

TEST_F(RocksDbLeadStoreTest, NamesItsLibrary) { EXPECT_THAT(RocksDbVersion(), ::testing::MatchesRegex("[0-9.]+")); }

}  // namespace
}  // namespace leadpulse::state
