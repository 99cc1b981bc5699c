// Rows as bytes: damaged ones are named and skipped.
#include "state/store/state_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/store_keys.h"
#include "tests/support/file_content.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::state::state_rows_test {

using ::testing::ElementsAre;
using testing::FlipByte;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadWholeFile;
using ::testing::SizeIs;
namespace fs = std::filesystem;

class StateRowsTest : public ::testing::Test {
 protected:
  // Commits leads, which get a table of their own at each call because opening the state flushes the log to tables.
  void Commit(const std::vector<std::string>& leads) {
    auto store = OpenRocksDbLeadStore({.directory = directory_});
    ASSERT_TRUE(store.ok()) << store.status().message();
    EpochWrite write;
    for (const std::string& lead : leads) {
      write.leads.push_back({{0}, lead, std::string(300, 'v'), Instant::Never(), Instant::Never()});
    }
    ASSERT_TRUE((*store)->Commit(write).ok());
  }
  std::unique_ptr<StateRows> MustOpen(StateAccess access) {
    auto rows = OpenStateRows(directory_, access);
    EXPECT_TRUE(rows.ok());
    return rows.ok() ? std::move(*rows) : nullptr;
  }
  static std::vector<std::string> LeadsOf(const StateRows& rows, std::vector<ReadFault>* faults) {
    std::vector<std::string> leads;
    *faults = rows.Visit(RowFamily::kLeads,
                         [&](std::string_view key, std::string_view) { leads.emplace_back(LeadKeyOfRow(key)); });
    return leads;
  }
  // Returns the table with this lead.
  fs::path TableWith(const std::string& lead) {
    for (const auto& file : fs::directory_iterator(directory_)) {
      if (file.path().extension() == ".sst" && ReadWholeFile(file.path()).find(lead) != std::string::npos) return file;
    }
    return {};
  }
  testing::ScratchDirectory scratch_;
  const std::string directory_ = scratch_ / "state";
};

TEST_F(StateRowsTest, ReadsAndWritesRows) {
  Commit({"a", "b"});
  auto rows = MustOpen(StateAccess::kRepair);
  EXPECT_EQ(rows->partition_count(), 4u);
  EXPECT_EQ(rows->erasure_secret().size(), kErasureKeyBytes);
  EXPECT_THAT(rows->CheckFiles(), IsEmpty());
  ASSERT_TRUE(
      rows->Write({{RowFamily::kLeads, LeadRowKey({0}, "a"), std::nullopt}, {RowFamily::kMeta, "x", "y"}}).ok());
  EXPECT_EQ(**rows->Get(RowFamily::kMeta, "x"), "y");
  EXPECT_FALSE(rows->Get(RowFamily::kLeads, LeadRowKey({0}, "a"))->has_value());
  std::vector<ReadFault> faults;
  EXPECT_THAT(LeadsOf(*rows, &faults), ElementsAre("b"));
  EXPECT_THAT(faults, IsEmpty());
  auto second = OpenStateRows(directory_, StateAccess::kRepair);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().kind(), ErrorKind::kRetriable);
  EXPECT_THAT(LeadsOf(*MustOpen(StateAccess::kRead), &faults), ElementsAre("b"));
}

TEST_F(StateRowsTest, ADamagedTableIsNamedAndTheOthersAreRead) {
  Commit({"a-first", "b-first"});
  Commit({"m-second", "n-second"});
  Commit({"y-third", "z-third"});
  MustOpen(StateAccess::kRepair).reset();
  std::vector<ReadFault> faults;
  for (const auto& [damaged, others] :
       std::map<std::string, std::vector<std::string>>{{"a-first", {"m-second", "n-second", "y-third", "z-third"}},
                                                       {"m-second", {"a-first", "b-first", "y-third", "z-third"}},
                                                       {"y-third", {"a-first", "b-first", "m-second", "n-second"}}}) {
    const fs::path table = TableWith(damaged);
    ASSERT_FALSE(table.empty()) << damaged;
    FlipByte(table, 30);
    {
      auto rows = MustOpen(StateAccess::kRead);
      EXPECT_EQ(LeadsOf(*rows, &faults), others);
      ASSERT_THAT(faults, SizeIs(1));
      EXPECT_THAT(faults[0].what, HasSubstr(table.filename().string()));
      const auto files = rows->CheckFiles();
      ASSERT_THAT(files, SizeIs(1));
      EXPECT_EQ(files[0].subject, "table file " + table.filename().string());
    }
    EXPECT_THAT(CheckTableFiles(directory_), SizeIs(1));
    FlipByte(table, 30);
  }
  EXPECT_THAT(LeadsOf(*MustOpen(StateAccess::kRead), &faults), SizeIs(6));
  EXPECT_THAT(faults, IsEmpty());
}

// A table of many blocks, with values that do not compress.
class LongTableTest : public StateRowsTest {
 protected:
  void SetUp() override {
    std::mt19937 random(1);
    EpochWrite write;
    for (int lead = 1000; lead < 1300; ++lead) {
      names_.push_back("lead-" + std::to_string(lead));
      std::string value(300, '\0');
      for (char& byte : value) byte = static_cast<char>(random());
      write.leads.push_back({{0}, names_.back(), std::move(value), Instant::Never(), Instant::Never()});
    }
    auto store = OpenRocksDbLeadStore({.directory = directory_});
    ASSERT_TRUE(store.ok() && (*store)->Commit(write).ok());
    store->reset();
    MustOpen(StateAccess::kRepair).reset();
    table_ = TableWith("lead-1000");
    ASSERT_GT(fs::file_size(table_), 90'000u);
  }

  std::vector<std::string> names_;
  fs::path table_;
};

TEST_F(LongTableTest, ADamagedBlockIsSkipped) {
  // Damages one data block after the other, including the first and the last.
  for (int place = 100; place < 90'000; place += 7000) {
    FlipByte(table_, place);
    std::vector<ReadFault> faults;
    const std::vector<std::string> read = LeadsOf(*MustOpen(StateAccess::kRead), &faults);
    EXPECT_THAT(faults, SizeIs(1)) << place;
    // A block is 4 KiB; its last entry may go beyond.
    EXPECT_GE(read.size(), names_.size() - 15) << place;
    EXPECT_LT(read.size(), names_.size()) << place;
    const auto lost = std::ranges::mismatch(read, names_);
    const size_t behind = read.end() - lost.in1;
    EXPECT_TRUE(std::equal(lost.in1, read.end(), names_.end() - static_cast<ptrdiff_t>(behind))) << place;
    FlipByte(table_, place);
  }
}

TEST_F(LongTableTest, WhatIsBeforeAndBehindAllDamagedBlocksIsRead) {
  for (int place : {30'000, 45'000, 60'000}) FlipByte(table_, place);
  std::vector<ReadFault> faults;
  const std::vector<std::string> read = LeadsOf(*MustOpen(StateAccess::kRead), &faults);
  EXPECT_FALSE(faults.empty());
  ASSERT_GT(read.size(), 170u);
  EXPECT_TRUE(std::equal(read.begin(), read.begin() + 80, names_.begin()));
  EXPECT_TRUE(std::equal(read.end() - 80, read.end(), names_.end() - 80));
  EXPECT_TRUE(std::ranges::is_sorted(read));
}

TEST_F(StateRowsTest, ALogThatIsDamagedBeforeItsEndIsNamed) {
  Commit({"a"});
  Commit({"b", "c", "d"});
  for (const auto& file : fs::directory_iterator(directory_)) {
    if (file.path().extension() == ".log" && fs::file_size(file) > 100) FlipByte(file.path(), 60);
  }
  auto rows = MustOpen(StateAccess::kRead);
  const auto faults = rows->CheckFiles();
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_EQ(faults[0].subject, "the log");
  rows.reset();
  EXPECT_FALSE(OpenStateRows(directory_, StateAccess::kRepair).ok());
  ASSERT_TRUE(OpenStateRows(directory_, StateAccess::kRepair, {.accept_lost_commits = true}).ok());
  EXPECT_THAT(MustOpen(StateAccess::kRead)->CheckFiles(), IsEmpty());
}

// The rows that a commit writes for the store itself come after all partitions.
TEST_F(StateRowsTest, TheNumberOfACommitIsNobodysRow) {
  Commit({"a"});
  std::vector<ReadFault> faults;
  auto rows = MustOpen(StateAccess::kRepair);
  EXPECT_EQ(**rows->Get(RowFamily::kMeta, kCommitRow), "1");
  EXPECT_EQ(**rows->Get(RowFamily::kErased, kCommitRowBehindPartitions), "1");
  EXPECT_THAT(LeadsOf(*rows, &faults), ElementsAre("a"));
  for (RowFamily family : {RowFamily::kTimers, RowFamily::kErased}) {
    EXPECT_THAT(rows->Visit(family, [](std::string_view, std::string_view) { ADD_FAILURE(); }), IsEmpty());
  }
  // A repair is a commit like others: later ones continue from it.
  ASSERT_TRUE(rows->Write({{RowFamily::kMeta, "x", "y"}}).ok());
  rows.reset();
  EXPECT_THAT(MustOpen(StateAccess::kRead)->CheckFiles(), IsEmpty());
  Commit({"b"});
  EXPECT_EQ(**MustOpen(StateAccess::kRead)->Get(RowFamily::kTimers, kCommitRowBehindPartitions), "3");
}

TEST_F(StateRowsTest, FamiliesOfDifferentCommitsAreNamedAndLeftAsTheyAre) {
  Commit({"a"});
  const std::string row(kCommitRowBehindPartitions);
  ASSERT_TRUE(MustOpen(StateAccess::kRepair)->Write({{RowFamily::kTimers, row, "1"}}).ok());
  for (int start = 0; start < 2; ++start) {
    auto writer = OpenStateRows(directory_, StateAccess::kRepair);
    ASSERT_FALSE(writer.ok());
    EXPECT_THAT(writer.status().message(), HasSubstr("damaged"));
    auto reader = MustOpen(StateAccess::kRead);
    ASSERT_THAT(reader->FaultsAtOpening(), SizeIs(1));
    EXPECT_EQ(reader->FaultsAtOpening()[0].subject, "the manifest");
    EXPECT_EQ(reader->FaultsAtOpening()[0].what,
              "its files are of different commits: leads 2, timers 1, erased 2, meta 2, default 2");
    EXPECT_THAT(reader->CheckFiles(), SizeIs(1));
  }
}

TEST_F(StateRowsTest, AManifestThatLostItsEndIsNamedAndLeftAsItIs) {
  Commit({"a"});
  Commit({"b"});
  std::ifstream current(fs::path(directory_) / "CURRENT");
  std::string name;
  std::getline(current, name);
  const fs::path manifest = fs::path(directory_) / name;
  int named = 0;
  for (uintmax_t left = fs::file_size(manifest) - 1; left > 60; left -= 60) {
    fs::resize_file(manifest, left);
    auto writer = OpenStateRows(directory_, StateAccess::kRepair);
    ASSERT_FALSE(writer.ok()) << left;
    EXPECT_THAT(writer.status().message(), HasSubstr("the state in " + directory_));
    EXPECT_EQ(fs::file_size(manifest), left);
    auto reader = OpenStateRows(directory_, StateAccess::kRead);
    if (!reader.ok()) continue;
    EXPECT_THAT((*reader)->FaultsAtOpening(), SizeIs(1)) << left;
    EXPECT_THAT((*reader)->FaultsAtOpening()[0].what, HasSubstr(name));
    ++named;
  }
  EXPECT_GT(named, 0);
}

}  // namespace leadpulse::state::state_rows_test
