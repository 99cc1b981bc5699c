// When commits are written out, and what happens if a write fails. write_behind_property_test.cc tests reads,
// write_behind_threads_test.cc several threads.
#include "state/store/write_behind_store.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/forwarding_store.h"

namespace leadpulse::state::write_behind_store_test {

constexpr PartitionId kOne{0};
constexpr PartitionId kOther{1};
constexpr std::chrono::milliseconds kAge{1000};
constexpr std::chrono::milliseconds kMaxAge{6000};

class SteppedClock : public Clock {
 public:
  Instant Now() const override { return Instant{0}; }
  std::chrono::steady_clock::time_point Monotonic() const override { return now; }
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

class FailingStore : public testing::ForwardingStore {
 public:
  FailingStore() : ForwardingStore(2) {}
  Status Commit(const EpochWrite& write) override {
    ++commits;
    Status committed = fails ? Status::Fatal("the disk is full") : ForwardingStore::Commit(write);
    if (after_commit) after_commit();
    return committed;
  }
  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    return fails ? Status::Fatal("the disk is full") : ForwardingStore::Ingest(partition, leads, timers);
  }
  bool fails = false;
  int commits = 0;
  std::function<void()> after_commit;
};

class WriteBehindStoreTest : public ::testing::Test {
 protected:
  static EpochWrite Lead(PartitionId partition, const std::string& key, const std::string& value) {
    return {.leads = {{partition, key, value}}};
  }
  Status Put(PartitionId partition, const std::string& key, const std::string& value = "lead") {
    return behind_->CommitPartition(partition, Lead(partition, key, value));
  }
  bool IsWritten(PartitionId partition, const std::string& key) { return store_.Get(partition, key)->has_value(); }

  SteppedClock clock_;
  FailingStore store_;
  std::unique_ptr<WriteBehindStore> behind_ =
      MakeWriteBehindStore({.max_bytes = 2 << 20, .usual_age = kAge, .max_age = kMaxAge}, &store_, &clock_);
};

TEST_F(WriteBehindStoreTest, ReadsTheNewestCountsByDay) {
  const auto commit = [this](std::optional<std::string> value) {
    return behind_->CommitPartition(kOne, {.day_counts = {{kOne, "mon", std::move(value)}}}).ok();
  };
  ASSERT_TRUE(commit("1"));
  EXPECT_EQ(*behind_->GetDayCounts(kOne, "mon"), "1");
  EXPECT_EQ(*store_.GetDayCounts(kOne, "mon"), std::nullopt);
  ASSERT_TRUE(behind_->WriteOut().ok());
  ASSERT_TRUE(commit("2"));
  ASSERT_TRUE(commit("3"));
  store_.after_commit = [this] { EXPECT_EQ(*behind_->GetDayCounts(kOne, "mon"), "3"); };
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(*store_.GetDayCounts(kOne, "mon"), "3");
  ASSERT_TRUE(commit(std::nullopt));
  EXPECT_EQ(*behind_->GetDayCounts(kOne, "mon"), std::nullopt);
  ASSERT_TRUE(commit("4"));
  ASSERT_TRUE(behind_->CommitPartition(kOne, {.dropped = {kOne}}).ok());
  EXPECT_EQ(*behind_->GetDayCounts(kOne, "mon"), std::nullopt);
}

TEST_F(WriteBehindStoreTest, MergesPublishedChangesUpToAnErasure) {
  const auto entry = [](char byte) { return std::string({'\n', 1, byte}); };
  const auto commit = [&](const std::string& key, bool new_life, const std::string& published) {
    EpochWrite write{.leads = {{.partition = kOne, .key = key, .value = "lead"}}};
    write.leads[0].new_life = new_life;
    write.leads[0].published = published;
    ASSERT_TRUE(behind_->CommitPartition(kOne, std::move(write)).ok());
  };
  commit("a", false, entry('1'));
  ASSERT_TRUE(behind_->WriteOut().ok());
  commit("a", false, entry('2'));
  commit("a", false, entry('3'));
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(*store_.GetPublished(kOne, "a"), entry('1') + entry('2') + entry('3'));
  commit("a", false, entry('4'));
  commit("a", true, entry('6'));
  commit("a", false, entry('7'));
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(*store_.GetPublished(kOne, "a"), entry('6') + entry('7'));
  ASSERT_TRUE(behind_->CommitPartition(kOne, {.leads = {{.partition = kOne, .key = "a", .value = {}}}}).ok());
  commit("a", false, entry('8'));
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(*store_.GetPublished(kOne, "a"), entry('8'));
}

TEST_F(WriteBehindStoreTest, WritesAPartitionOutWhenItsFirstCommitIsOldEnough) {
  ASSERT_TRUE(Put(kOne, "a").ok());
  clock_.now += kAge / 2;
  ASSERT_TRUE(Put(kOne, "b").ok());
  ASSERT_TRUE(Put(kOther, "c").ok());
  ASSERT_TRUE(behind_->WriteOutDue().ok());
  EXPECT_EQ(store_.commits, 0);
  clock_.now += kAge / 2;
  ASSERT_TRUE(behind_->WriteOutDue().ok());
  EXPECT_EQ(store_.commits, 1);
  EXPECT_TRUE(IsWritten(kOne, "a") && IsWritten(kOne, "b"));
  EXPECT_FALSE(IsWritten(kOther, "c"));
  ASSERT_TRUE(behind_->WriteOutDue().ok());
  EXPECT_EQ(store_.commits, 1);
}

TEST_F(WriteBehindStoreTest, WritesLaterWhileWritingTakesLong) {
  struct Row {
    std::chrono::milliseconds takes;  // a write of one partition
    std::chrono::milliseconds due;    // the age at which the next write is
  };
  constexpr Row kRows[]{{std::chrono::milliseconds(24), kAge},  // both together are less than a twentieth of it
                        {std::chrono::milliseconds(100), std::chrono::milliseconds(4000)},
                        {std::chrono::milliseconds(1000), kMaxAge},
                        {std::chrono::milliseconds(0), kAge}};
  std::chrono::milliseconds takes{0};
  store_.after_commit = [&] { clock_.now += takes; };
  for (const Row& row : kRows) {
    takes = row.takes;
    for (PartitionId partition : {kOne, kOther}) ASSERT_TRUE(Put(partition, "a").ok());
    ASSERT_TRUE(behind_->WriteOut().ok());
    const int before = store_.commits;
    for (PartitionId partition : {kOne, kOther}) ASSERT_TRUE(Put(partition, "a").ok());
    takes = {};
    clock_.now += row.due - std::chrono::milliseconds(1);
    ASSERT_TRUE(behind_->WriteOutDue().ok());
    EXPECT_EQ(store_.commits, before) << row.takes.count();
    clock_.now += std::chrono::milliseconds(1);
    ASSERT_TRUE(behind_->WriteOutDue().ok());
    EXPECT_EQ(store_.commits, before + 2) << row.takes.count();
  }
}

TEST_F(WriteBehindStoreTest, WritesTheLargestPartitionOutWhenTheyHaveTooManyBytes) {
  ASSERT_TRUE(Put(kOne, "a", std::string(1 << 20, 'x')).ok());
  ASSERT_TRUE(behind_->WriteOutDue().ok());
  EXPECT_EQ(store_.commits, 0);
  ASSERT_TRUE(Put(kOther, "c", std::string(1 << 19, 'x')).ok());
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(behind_->WriteOutDue().ok());
    EXPECT_TRUE(IsWritten(kOne, "a"));
    EXPECT_FALSE(IsWritten(kOther, "c"));
  }
}

TEST_F(WriteBehindStoreTest, PartitionsThatFillAlikeAreWrittenOneAfterTheOther) {
  constexpr size_t kBytes = 1 << 16;
  int last_write = 0;
  for (int i = 0; i < 200; ++i) {
    for (const PartitionId partition : {kOne, kOther}) {
      ASSERT_TRUE(Put(partition, "lead-" + std::to_string(i), std::string(kBytes, 'x')).ok());
    }
    const int before = store_.commits;
    ASSERT_TRUE(behind_->WriteOutDue().ok());
    ASSERT_LE(store_.commits, before + 1);
    if (store_.commits == before) continue;
    // Each has about a megabyte: sixteen rows of it, while the other gets eight.
    if (before > 1) {
      EXPECT_NEAR(i - last_write, 8, 1);
    }
    last_write = i;
  }
  EXPECT_GT(store_.commits, 20);
}

TEST_F(WriteBehindStoreTest, ACommitThatFindsTooMuchWritesItOutItself) {
  const std::string large(1 << 20, 'x');
  for (const std::string key : {"a", "b", "c"}) ASSERT_TRUE(Put(kOne, key, large).ok());
  EXPECT_EQ(store_.commits, 0);
  ASSERT_TRUE(Put(kOne, "d", large).ok());
  EXPECT_TRUE(IsWritten(kOne, "a") && IsWritten(kOne, "d"));
}

TEST_F(WriteBehindStoreTest, OneLeadManyTimesIsWrittenOnceAndTakesTheMemoryOfOne) {
  const std::string large(1 << 19, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Put(kOne, "a", large + std::to_string(i)).ok());
  EXPECT_EQ(store_.commits, 0);
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(store_.commits, 1);
  EXPECT_EQ(**store_.Get(kOne, "a"), large + "99");
}

TEST_F(WriteBehindStoreTest, AfterAWriteThatFailedNothingIsTakenAndNothingIsLostFromSight) {
  ASSERT_TRUE(Put(kOne, "a").ok());
  store_.fails = true;
  EXPECT_EQ(behind_->WriteOut().kind(), ErrorKind::kFatal);
  store_.fails = false;
  EXPECT_EQ(Put(kOne, "b").kind(), ErrorKind::kFatal);
  EXPECT_EQ(behind_->WriteOutDue().kind(), ErrorKind::kFatal);
  EXPECT_EQ(behind_->WriteOut().kind(), ErrorKind::kFatal);
  EXPECT_EQ(store_.commits, 1);
  EXPECT_EQ(**behind_->Get(kOne, "a"), "lead");
}

// This matters most for a drop: after the ingested rows it would remove them.
TEST_F(WriteBehindStoreTest, IngestedRowsComeBehindWhatWaits) {
  ASSERT_TRUE(Put(kOne, "old").ok());
  ASSERT_TRUE(behind_->CommitPartition(kOne, {.dropped = {kOne}, .meta = {{"position", ""}}}).ok());
  ASSERT_TRUE(Put(kOther, "c").ok());
  EXPECT_TRUE(behind_->DueTimers(kOne, {0}, {9}, 10)->empty());
  const std::vector<IngestedLead> leads = {{"a", "new"}};
  const std::vector<DueTimer> timers = {{{5}, "a"}};
  ASSERT_TRUE(behind_->Ingest(kOne, leads, timers).ok());
  EXPECT_FALSE(IsWritten(kOther, "c"));
  EXPECT_EQ(*store_.GetMeta("position"), "");
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(**behind_->Get(kOne, "a"), "new");
  EXPECT_EQ(*behind_->Get(kOne, "old"), std::nullopt);
  EXPECT_EQ(behind_->DueTimers(kOne, {0}, {9}, 10)->size(), 1u);
}

TEST_F(WriteBehindStoreTest, AfterAnIngestionThatFailedNothingIsTaken) {
  store_.fails = true;
  const std::vector<IngestedLead> leads = {{"a", "new"}};
  EXPECT_EQ(behind_->Ingest(kOne, leads, {}).kind(), ErrorKind::kFatal);
  store_.fails = false;
  EXPECT_EQ(behind_->Ingest(kOne, leads, {}).kind(), ErrorKind::kFatal);
  EXPECT_EQ(Put(kOne, "b").kind(), ErrorKind::kFatal);
}

TEST_F(WriteBehindStoreTest, ASnapshotHoldsWhatWaitsAndWritesNothing) {
  ASSERT_TRUE(Put(kOne, "a").ok());
  Result<std::unique_ptr<const LeadReader>> snapshot = behind_->Snapshot();
  ASSERT_TRUE(snapshot.ok());
  ASSERT_TRUE(Put(kOne, "a", "later").ok());
  EXPECT_EQ(*(*snapshot)->Get(kOne, "a"), "lead");
  EXPECT_EQ(store_.commits, 0);
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(*(*snapshot)->Get(kOne, "a"), "lead");
  EXPECT_EQ(*store_.Get(kOne, "a"), "later");
  ASSERT_TRUE(Put(kOne, "a", "last").ok());
  store_.fails = true;
  EXPECT_FALSE(behind_->WriteOut().ok());
  EXPECT_FALSE(behind_->Snapshot().ok());
}

TEST_F(WriteBehindStoreTest, AfterSnapshotsALeadIsWrittenOnceForAllItsCommits) {
  for (int i = 0; i < 100; ++i) {
    const auto first = behind_->Snapshot(), second = behind_->Snapshot();
    ASSERT_TRUE(Put(kOne, "a", std::to_string(i)).ok());
    const auto third = behind_->Snapshot();
    ASSERT_TRUE(Put(kOne, "a", std::to_string(i) + " again").ok());
    EXPECT_EQ(*(*third)->Get(kOne, "a"), std::to_string(i));
  }
  ASSERT_TRUE(Put(kOne, "a", "last").ok());
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(store_.commits, 1);
  EXPECT_EQ(*store_.Get(kOne, "a"), "last");
}

TEST_F(WriteBehindStoreTest, TwoSnapshotsHaveOneNumberOnlyIfNothingWasCommittedBetween) {
  const auto number = [this] { return *(*behind_->Snapshot())->LastWrite(); };
  ASSERT_TRUE(Put(kOne, "a").ok());
  const uint64_t before = number();
  EXPECT_EQ(behind_->LastWrite(), before);
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(number(), before);
  ASSERT_TRUE(Put(kOther, "a").ok());
  const uint64_t other = number();
  EXPECT_GT(other, before);
  ASSERT_TRUE(behind_->Commit(Lead(kOne, "b", "lead")).ok());
  const uint64_t several = number();
  EXPECT_GT(several, other);
  const std::vector<IngestedLead> leads = {{"c", "new"}};
  ASSERT_TRUE(behind_->Ingest(kOne, leads, {}).ok());
  EXPECT_GT(number(), several);
}

// Between the store's commit and its end, the store has what still waits.
TEST_F(WriteBehindStoreTest, AWriteThatMovesTimersHidesNoOthers) {
  const auto set = [&](const std::string& key, Instant before, Instant due) {
    ASSERT_TRUE(behind_->CommitPartition(kOne, {.leads = {{kOne, key, "lead", before, due}}}).ok());
  };
  set("a", Instant::Never(), {100});
  set("b", Instant::Never(), {100});
  set("c", Instant::Never(), {200});
  set("d", Instant::Never(), {300});
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_EQ(behind_->DueTimers(kOne, {0}, {1000}, 2)->size(), 2u);
  set("a", {100}, {5000});
  set("b", {100}, {5000});
  store_.after_commit = [&] { EXPECT_EQ(behind_->DueTimers(kOne, {0}, {1000}, 2)->size(), 2u); };
  ASSERT_TRUE(behind_->WriteOut().ok());
}

TEST_F(WriteBehindStoreTest, AWriteOfSeveralPartitionsGoesThroughBehindWhatWaits) {
  ASSERT_TRUE(Put(kOne, "a").ok());
  EpochWrite write = Lead(kOther, "c", "lead");
  write.leads.push_back({kOne, "a", std::nullopt});
  ASSERT_TRUE(behind_->Commit(write).ok());
  EXPECT_TRUE(IsWritten(kOther, "c"));
  ASSERT_TRUE(behind_->WriteOut().ok());
  EXPECT_FALSE(IsWritten(kOne, "a"));
}

}  // namespace leadpulse::state::write_behind_store_test
