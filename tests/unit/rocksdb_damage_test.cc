// What a state on disk says when it opens after a bad disk or a crash has been at it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/rocksdb_store_fixture.h"

namespace leadpulse::state::rocksdb_damage_test {

using ::testing::AllOf;
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

}  // namespace leadpulse::state::rocksdb_damage_test
