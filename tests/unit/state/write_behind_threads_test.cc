// Workers that commit and read while another thread writes out and another reads snapshots: over RocksDB, and over a
// store in memory for the thread sanitizer, which cannot see into RocksDB.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "state/codec/row_form.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/write_behind_store.h"
#include "tests/support/locked_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::state::write_behind_threads_test {

constexpr uint32_t kPartitions = 2;
constexpr int kLeads = 10;

std::string PositionName(PartitionId partition) { return "position/" + std::to_string(partition.value); }

// Returns a row, or an append, with this front and these entries. Nobody decodes it.
std::string RowOf(int front, const std::string& entries, bool append) {
  std::string row(kRowBodyAt, kRowVersion);
  row += std::to_string(front);
  StoreNumber(static_cast<uint32_t>(row.size()), &row[kFrontSizeAt]);
  return (append ? std::string(1, kAppendMark) : std::string()) + row + entries;
}

// Writes ten leads, one after the other, each with its timer, and appends to their rows, but to every eighth. Checks
// that reads return what was committed.
void CommitAndRead(PartitionId partition, int commits, WriteBehindStore* store) {
  std::vector<std::string> entries(kLeads);
  for (int i = 0; i < commits; ++i) {
    const std::string key = std::to_string(i % kLeads), value = std::to_string(i);
    const bool append = i >= kLeads && i % 8 != 0;
    entries[i % kLeads] = (append ? entries[i % kLeads] : "") + "," + value;
    const Instant before = i < kLeads ? Instant::Never() : Instant{i - kLeads};
    RowWrite lead{partition, key, RowOf(i, append ? "," + value : entries[i % kLeads], append), before, Instant{i}};
    lead.appended = append;
    EpochWrite write{.leads = {std::move(lead)}, .meta = {{PositionName(partition), value}}};
    ASSERT_TRUE(store->CommitPartition(partition, std::move(write)).ok());
    ASSERT_EQ(**store->Get(partition, key), RowOf(i, entries[i % kLeads], false));
    ASSERT_EQ(**store->GetMeta(PositionName(partition)), value);
    ASSERT_FALSE(store->HasErasures(partition));
    const auto due = *store->DueTimers(partition, Instant{0}, Instant{commits}, 2 * kLeads);
    ASSERT_EQ(due.size(), static_cast<size_t>(std::min(i + 1, kLeads)));
    ASSERT_EQ(due.back().due, Instant{i});
  }
}

// Checks that each partition of a snapshot is as its last commit left it.
void CheckSnapshot(const LeadReader& snapshot) {
  for (uint32_t i = 0; i < kPartitions; ++i) {
    const PartitionId partition{i};
    const std::optional<std::string> position = *snapshot.GetMeta(PositionName(partition));
    if (!position) continue;
    const int last = std::stoi(*position);
    EXPECT_TRUE((*snapshot.Get(partition, std::to_string(last % kLeads)))->ends_with("," + *position));
    int leads = 0;
    const auto count = [&leads](std::string_view /*key*/, std::string_view /*value*/) { return ++leads > 0; };
    ASSERT_TRUE(snapshot.VisitLeads(partition, "", count).ok());
    EXPECT_EQ(leads, std::min(last + 1, kLeads));
    EXPECT_EQ(snapshot.DueTimers(partition, Instant{0}, Instant{last}, 2 * kLeads)->back().due, Instant{last});
  }
}

void CommitReadAndWriteOut(int commits, LeadStore* store) {
  const SystemClock clock;
  const auto behind =
      MakeWriteBehindStore({.max_bytes = 1 << 20, .usual_age = std::chrono::milliseconds(0)}, store, &clock);
  std::atomic<bool> ended{false};
  Status written;
  std::thread writer([&] {
    while (!ended && written.ok()) written = behind->WriteOutDue();
  });
  std::thread reader([&] {
    while (!ended && !::testing::Test::HasFailure()) {
      const auto snapshot = behind->Snapshot();
      ASSERT_TRUE(snapshot.ok());
      CheckSnapshot(**snapshot);
    }
  });
  std::thread other([&] { CommitAndRead(PartitionId{1}, commits, behind.get()); });
  CommitAndRead(PartitionId{0}, commits, behind.get());
  other.join();
  ended = true;
  writer.join();
  reader.join();
  EXPECT_TRUE(written.ok()) << written.message();
  EXPECT_TRUE(behind->WriteOut().ok());
  for (uint32_t i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(**store->GetMeta(PositionName(PartitionId{i})), std::to_string(commits - 1));
  }
}

TEST(WriteBehindThreadsTest, OverAStoreInMemory) {
  testing::LockedStore store(kPartitions);
  CommitReadAndWriteOut(2000, &store);
}

TEST(WriteBehindThreadsTest, OverRocksDb) {
  testing::ScratchDirectory scratch;
  auto opened = OpenRocksDbLeadStore({.directory = scratch / "state", .partition_count = kPartitions, .sync = false});
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  CommitReadAndWriteOut(2000, opened->get());
}

}  // namespace leadpulse::state::write_behind_threads_test
