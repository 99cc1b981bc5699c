// Messages of a damaged state on disk when it opens after a bad disk or a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "state/codec/published_row.h"
#include "state/store/state_rows.h"
#include "tests/support/file_content.h"
#include "tests/support/rocksdb_store_fixture.h"

namespace leadpulse::state::rocksdb_damage_test {

using ::testing::AllOf;
using testing::FlipByte;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

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
  // Opening it again flushes the log to tables.
  Put(MustOpen(Options()).get(), std::string(50'000, 'x'));
  MustOpen(Options()).reset();
  MustOpen(Options()).reset();
  auto tables = Files(R"(\d+\.sst)");
  ASSERT_FALSE(tables.empty());
  for (const fs::path& table : tables) FlipByte(table, 20);
  auto opened = OpenRocksDbLeadStore(Options());
  Status status = opened.ok() ? (*opened)->Get(kPartition, kAnn).status() : opened.status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("the state in " + directory_), HasSubstr("damaged"), HasSubstr("Restore a backup")));
}

// RocksDB would create a new database, and remove the tables of the old one.
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

// An entry of a row of published changes: an empty message.
const std::string kPublished{'\n', 0};

// Ten commits in the log, each with a lead, its published change and the clock; then the log is damaged as by a crash
// or a bad disk.
class DamagedLogTest : public RocksDbLeadStoreTest {
 protected:
  void SetUp() override { Commit(MustOpen({.directory = original_, .sync = false}).get(), 0, 10); }

  static void Commit(LeadStore* store, int from, int to) {
    for (int i = from; i < to; ++i) {
      std::string value = std::to_string(i);
      Instant old_timer = i == 0 ? Instant::Never() : Instant{i - 1};
      EpochWrite write{.leads = {{kPartition, kAnn, value + std::string(200, 'x'), old_timer, {i}}},
                       .meta = {{"clock", value}}};
      write.leads[0].published = kPublished;
      ASSERT_TRUE(store->Commit(write).ok());
    }
  }

  void CopyOriginal() {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    fs::copy(original_, directory_, fs::copy_options::recursive);
  }
  fs::path OnlyLog() {
    std::vector<fs::path> logs = Files(R"(\d+\.log)");
    EXPECT_EQ(logs.size(), 1u);
    return logs.at(0);
  }
  RocksDbOptions Reader() {
    RocksDbOptions options{.directory = directory_, .read_only = true};
    options.on_damaged_log = [this](const std::string& warning) { warning_ += warning; };
    return options;
  }

  // Returns the number of commits after `damage`; -1 if one is not whole, -2 if the state is refused.
  template <typename Damage>
  int CommitsAfter(const Damage& damage) {
    CopyOriginal();
    damage(OnlyLog());
    warning_.clear();
    RocksDbOptions options{.directory = directory_, .sync = false};
    options.on_damaged_log = [this](const std::string& warning) { warning_ += warning; };
    auto store = OpenRocksDbLeadStore(options);
    return store.ok() ? WholeCommits(**store) : -2;
  }

  // Returns the number of commits in the store; -1 if one is not whole.
  static int WholeCommits(const LeadStore& store) {
    std::string clock = store.GetMeta("clock")->value_or("-");
    std::string lead = store.Get(kPartition, kAnn)->value_or("-");
    Result<std::vector<DueTimer>> timers = store.DueTimers(kPartition, {0}, {999}, 999);
    const size_t published = store.GetPublished(kPartition, kAnn)->value_or("").size() / kPublished.size();
    if (clock == "-") return lead == "-" && timers->empty() && published == 0 ? 0 : -1;
    bool whole = lead.starts_with(clock + "x") && timers->size() == 1 &&
                 timers->front().due.millis == std::stoi(clock) &&
                 published == std::min(static_cast<size_t>(std::stoi(clock)) + 1, kMostPublished);
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
  EXPECT_EQ(warning_, "") << "although nothing is damaged";
}

TEST_F(DamagedLogTest, ALogTornAnywhereHasWholeCommits) {
  for (int lost = 1; lost < 900; lost += 13) {
    EXPECT_GE(CommitsAfter([&](const fs::path& log) { fs::resize_file(log, fs::file_size(log) - lost); }), 0) << lost;
  }
}

TEST_F(DamagedLogTest, AReaderHearsNothingOfACommitThatWasNeverFinished) {
  CopyOriginal();
  const fs::path log = OnlyLog();
  for (uintmax_t size = fs::file_size(log); size > 0; size -= std::min<uintmax_t>(size, 131)) {
    fs::resize_file(log, size);
    warning_.clear();
    MustOpen(Reader()).reset();
    EXPECT_EQ(warning_, "") << size;
    EXPECT_THAT((*OpenStateRows(directory_, StateAccess::kRead))->FaultsAtOpening(), ::testing::IsEmpty()) << size;
  }
}

// Some file systems leave zeros in place of the last record after a power cut.
TEST_F(DamagedLogTest, ZerosAtTheEndAreNoDamage) {
  const int commits = CommitsAfter([](const fs::path& log) {
    const uintmax_t size = fs::file_size(log);
    fs::resize_file(log, size - 100);
    fs::resize_file(log, size);
    fs::resize_file(log, size + 100'000);
  });
  EXPECT_EQ(commits, -2) << "the last record is complete, but refused";
  EXPECT_EQ(CommitsAfter([](const fs::path& log) { fs::resize_file(log, fs::file_size(log) + 100'000); }), 10);
}

// A flip of any byte: the state opens with all commits, or is refused and stays unchanged.
TEST_F(DamagedLogTest, NoFlippedByteLosesACommitUnseen) {
  CopyOriginal();
  const uintmax_t size = fs::file_size(OnlyLog());
  int refused = 0;
  for (uintmax_t at = 0; at < size; at += 83) {
    CopyOriginal();
    FlipByte(OnlyLog(), at);
    const std::string said = Refusal({.directory = directory_, .sync = false});
    // If a record's length now exceeds the file, the record looks as if it was cut short.
    if (said == "opened") {
      EXPECT_EQ(WholeCommits(*MustOpen(Reader())), 9) << at;
      EXPECT_GT(at, size * 8 / 10);
      continue;
    }
    ++refused;
    EXPECT_THAT(said, AllOf(HasSubstr("the state in " + directory_ + " is damaged"), HasSubstr(".log, "),
                            HasSubstr("state restore"), HasSubstr("--accept-lost-commits --state " + directory_)));
    EXPECT_EQ(Refusal({.directory = directory_, .sync = false}), said) << "at the second start, too";
    warning_.clear();
    const int commits = WholeCommits(*MustOpen(Reader()));
    EXPECT_THAT(warning_, HasSubstr(".log, ")) << at;
    EXPECT_LT(commits, 10);
    const auto faults = (*OpenStateRows(directory_, StateAccess::kRead))->FaultsAtOpening();
    ASSERT_EQ(faults.size(), 1u) << at;
    EXPECT_EQ(faults[0].subject, "the log");
    ASSERT_TRUE(OpenStateRows(directory_, StateAccess::kRepair, {.accept_lost_commits = true}).ok()) << at;
    EXPECT_EQ(WholeCommits(*MustOpen({.directory = directory_, .sync = false})), commits) << at;
  }
  EXPECT_GT(refused, 40);
}

// RocksDB silently skips a block of zeros and replays what follows.
TEST_F(DamagedLogTest, AHoleIsFound) {
  Commit(MustOpen({.directory = original_, .sync = false}).get(), 10, 400);
  CopyOriginal();
  const fs::path log = OnlyLog();
  ASSERT_GT(fs::file_size(log), 100'000u);
  std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(32 << 10);
  file << std::string(32 << 10, '\0') << std::flush;
  EXPECT_THAT(Refusal({.directory = directory_, .sync = false}), HasSubstr("is damaged"));
  ASSERT_TRUE(OpenStateRows(directory_, StateAccess::kRepair, {.accept_lost_commits = true}).ok());
  const int commits = WholeCommits(*MustOpen({.directory = directory_, .sync = false}));
  EXPECT_GT(commits, 11);
  EXPECT_LT(commits, 300);
}

// The older log is still needed, as after a kill during a flush.
TEST_F(DamagedLogTest, DamageBeforeALaterLogIsFound) {
  const std::string first = *scratch_ / "first";
  fs::copy(original_, first, fs::copy_options::recursive);
  Commit(MustOpen({.directory = original_, .sync = false}).get(), 10, 20);
  const auto compose = [&] {
    CopyOriginal();
    const fs::path later = OnlyLog();
    const std::string kept = *scratch_ / "later.log";
    fs::copy_file(later, kept, fs::copy_options::overwrite_existing);
    fs::remove_all(directory_);
    fs::copy(first, directory_, fs::copy_options::recursive);
    fs::path earlier = OnlyLog();
    fs::copy_file(kept, directory_ + "/" + later.filename().string());
    return earlier;
  };
  compose();
  EXPECT_EQ(WholeCommits(*MustOpen(Reader())), 20);
  const fs::path earlier = compose();
  FlipByte(earlier, fs::file_size(earlier) / 2);
  EXPECT_THAT(Refusal({.directory = directory_, .sync = false}), HasSubstr("is damaged"));
  compose();
  fs::resize_file(earlier, fs::file_size(earlier) - 10);
  EXPECT_THAT(Refusal({.directory = directory_, .sync = false}), HasSubstr("is damaged"));
  EXPECT_EQ(WholeCommits(*MustOpen(Reader())), 9);
  ASSERT_TRUE(OpenStateRows(directory_, StateAccess::kRepair, {.accept_lost_commits = true}).ok());
  EXPECT_EQ(WholeCommits(*MustOpen({.directory = directory_, .sync = false})), 9);
}

TEST_F(DamagedLogTest, AStateThatIsACacheStartsOver) {
  CopyOriginal();
  FlipByte(OnlyLog(), fs::file_size(OnlyLog()) / 2);
  RocksDbOptions options{.directory = directory_, .partition_count = 7, .sync = false};
  options.damaged_log = DamagedLog::kStartOver;
  options.on_damaged_log = [this](const std::string& warning) { warning_ += warning; };
  auto store = MustOpen(options);
  EXPECT_EQ(WholeCommits(*store), 0);
  EXPECT_EQ(store->partition_count(), 7u);
  EXPECT_THAT(warning_, AllOf(HasSubstr("is damaged and removed"), HasSubstr("read again")));
}

// The kill comes after the removal of any number of files.
TEST_F(DamagedLogTest, ARemovalThatWasKilledIsFinished) {
  CopyOriginal();
  const size_t files = Files(".*").size();
  for (size_t removed = 0; removed <= files; ++removed) {
    CopyOriginal();
    std::ofstream(directory_ + "/REMOVING").close();
    std::vector<fs::path> left = Files(".*");
    std::ranges::sort(left);
    for (size_t i = 0; i < removed; ++i) fs::remove(left[i]);
    if (!fs::exists(directory_ + "/REMOVING")) break;
    EXPECT_THAT(Refusal({.directory = directory_, .read_only = true}), HasSubstr("there is no state"));
    EXPECT_EQ(WholeCommits(*MustOpen({.directory = directory_, .sync = false})), 0) << removed;
    EXPECT_FALSE(fs::exists(directory_ + "/REMOVING"));
  }
}

// Only a caller with more information can tell whether the last commit was finished.
TEST_F(DamagedLogTest, TheLastRecordIsAskedAbout) {
  for (const bool cut : {true, false}) {
    CopyOriginal();
    const fs::path log = OnlyLog();
    cut ? fs::resize_file(log, fs::file_size(log) - 30) : FlipByte(log, fs::file_size(log) - 30);
    RocksDbOptions options{.directory = directory_, .sync = false};
    std::string clock;
    Status answer = Status::Fatal("it was finished");
    options.check_unfinished_log = [&](const MetaReader& meta) {
      clock = meta("clock")->value_or("-");
      return answer;
    };
    EXPECT_EQ(Refusal(options), "it was finished");
    EXPECT_EQ(clock, "8");
    answer = Status::Ok();
    EXPECT_EQ(WholeCommits(*MustOpen(options)), 9);
  }
}

// If the manifest loses bytes at its end, the state has a whole commit or there is a named error, never column families
// of two commits.
TEST_F(DamagedLogTest, AManifestThatLostItsEndIsFoundOut) {
  MustOpen({.directory = original_, .sync = false}).reset();  // flushes the log to tables
  int named = 0;
  for (int lost = 1; lost < 200; lost += 7) {
    CopyOriginal();
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

// The log is not replayed over the missing tables either.
TEST_F(DamagedLogTest, AManifestThatLostItsEndIsFoundOutBesideALog) {
  auto store = MustOpen({.directory = original_, .sync = false});
  ASSERT_TRUE(store->Commit({.meta = {{"later", "in the log"}}}).ok());
  store.reset();
  CopyOriginal();
  uintmax_t whole = fs::file_size(Files("MANIFEST-.*").at(0));
  for (uintmax_t lost = 1; lost < whole; lost += 60) {
    fs::resize_file(Files("MANIFEST-.*").at(0), whole - lost);
    for (int start = 0; start < 2; ++start) {
      EXPECT_THAT(Refusal({.directory = directory_, .sync = false}), HasSubstr("the state in " + directory_)) << lost;
    }
    EXPECT_NE(Refusal({.directory = directory_, .read_only = true}), "opened") << lost;
    CopyOriginal();
  }
}

}  // namespace leadpulse::state::rocksdb_damage_test
