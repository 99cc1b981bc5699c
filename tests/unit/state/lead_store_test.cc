// The contract of LeadStore, tested for each implementation.
#include "state/store/lead_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "leadpulse/v1/published_change.pb.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/row_examples.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::state::lead_store_test {

using testing::AppendOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::RowOf;

constexpr PartitionId kOne{0};
constexpr PartitionId kOther{1};
constexpr size_t kAll = 1000;

const std::string kAnn = EncodeLeadKey({"acme", "ann"});
const std::string kBob = EncodeLeadKey({"acme", "bob"});
const std::string kCid = EncodeLeadKey({"acmf", "cid"});

enum class Kind { kMemory, kRocksDb };

class LeadStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kMemory) {
      store_ = MakeMemoryLeadStore(2);
      return;
    }
    auto opened = OpenRocksDbLeadStore({.directory = scratch_ / "state", .partition_count = 2, .sync = false});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    store_ = std::move(*opened);
  }

  void Commit(const EpochWrite& write) {
    Status status = store_->Commit(write);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void Put(PartitionId partition, const std::string& key, const std::string& value) {
    Commit({.leads = {{partition, key, value}}});
  }
  void MoveTimer(const std::string& key, Instant from, Instant to) {
    Commit({.leads = {{kOne, key, "lead", from, to}}});
  }

  std::vector<std::pair<int64_t, std::string>> Timers(PartitionId partition, Instant from, Instant until,
                                                      size_t limit = kAll) {
    std::vector<std::pair<int64_t, std::string>> timers;
    Result<std::vector<DueTimer>> read = store_->DueTimers(partition, from, until, limit);
    for (const DueTimer& timer : *read) timers.emplace_back(timer.due.millis, timer.key);
    return timers;
  }
  std::vector<std::string> Keys(PartitionId partition, std::string_view after, size_t limit = kAll) {
    std::vector<std::string> keys;
    Status status = store_->VisitLeads(partition, after, [&](std::string_view key, std::string_view) {
      keys.emplace_back(key);
      return keys.size() < limit;
    });
    EXPECT_TRUE(status.ok());
    return keys;
  }

  testing::ScratchDirectory scratch_;
  std::unique_ptr<LeadStore> store_;
};

TEST_P(LeadStoreTest, CountsByDayStandBesidePublishedChanges) {
  const auto keys = [this](PartitionId partition, size_t limit) {
    std::vector<std::string> found;
    const Status visited = store_->VisitDayCounts(partition, [&](std::string_view key, std::string_view value) {
      found.push_back(std::string(key) + "=" + std::string(value));
      return found.size() < limit;
    });
    EXPECT_TRUE(visited.ok());
    return found;
  };
  Commit({.leads = {{.partition = kOne, .key = kAnn, .value = "a", .published = "\n"}},
          .day_counts = {{kOne, "tue", "2"}, {kOne, "mon", "1"}, {kOther, "mon", "9"}}});
  const auto snapshot = store_->Snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_THAT(keys(kOne, kAll), ElementsAre("mon=1", "tue=2"));
  EXPECT_THAT(keys(kOne, 1), ElementsAre("mon=1"));
  Commit({.day_counts = {{kOne, "tue", "3"}, {kOne, "mon", std::nullopt}}});
  EXPECT_EQ(*store_->GetDayCounts(kOne, "tue"), "3");
  EXPECT_EQ(*store_->GetDayCounts(kOne, "mon"), std::nullopt);
  EXPECT_EQ(*store_->GetDayCounts(kOther, "mon"), "9");
  EXPECT_EQ(*(*snapshot)->GetDayCounts(kOne, "tue"), "2");
  EXPECT_EQ(*store_->GetPublished(kOne, kAnn), "\n");
  Commit({.dropped = {kOne}});
  EXPECT_THAT(keys(kOne, kAll), IsEmpty());
  EXPECT_THAT(keys(kOther, kAll), ElementsAre("mon=9"));
}

INSTANTIATE_TEST_SUITE_P(Stores, LeadStoreTest, ::testing::Values(Kind::kMemory, Kind::kRocksDb),
                         [](const auto& param_info) {
                           return param_info.param == Kind::kMemory ? "Memory" : "RocksDb";
                         });

// Makes a row of published changes with these entries.
std::string Published(int first, int last) {
  v1::PublishedChanges row;
  for (int seq = first; seq <= last; ++seq) row.add_changes()->mutable_change()->set_seq(static_cast<uint64_t>(seq));
  return row.SerializeAsString();
}

TEST_P(LeadStoreTest, AppendsPublishedChangesAndKeepsTheLatest) {
  EXPECT_EQ(*store_->GetPublished(kOne, kAnn), std::nullopt);
  Commit({.leads = {{.partition = kOne, .key = kAnn, .value = "1", .published = Published(1, 2)}}});
  Commit({.leads = {{.partition = kOne, .key = kAnn, .value = "2"}}});
  Commit({.leads = {{.partition = kOne, .key = kAnn, .value = "3", .published = Published(3, 3)}}});
  EXPECT_EQ(*store_->GetPublished(kOne, kAnn), Published(1, 3));
  EXPECT_EQ(*store_->GetPublished(kOther, kAnn), std::nullopt);
  const auto snapshot = store_->Snapshot();
  for (int seq = 4; seq <= 200; ++seq) {
    Commit({.leads = {{.partition = kOne, .key = kAnn, .value = "4", .published = Published(seq, seq)}}});
  }
  v1::PublishedChanges remainder;
  ASSERT_TRUE(remainder.ParseFromString(Published(137, 137)));
  remainder.mutable_changes(0)->set_first_seq(1);
  remainder.mutable_changes(0)->set_last_seq(137);
  EXPECT_EQ(*store_->GetPublished(kOne, kAnn), remainder.SerializeAsString() + Published(138, 200));
  EXPECT_EQ(*(*snapshot)->GetPublished(kOne, kAnn), Published(1, 3));
}

TEST_P(LeadStoreTest, RemovesThePublishedChangesOfAnEndedLife) {
  for (const std::string& key : {kAnn, kBob, kCid}) {
    Commit({.leads = {{.partition = kOne, .key = key, .value = "1", .published = Published(1, 4)}}});
  }
  Commit({.leads = {{.partition = kOne, .key = kAnn, .value = std::nullopt},
                    {.partition = kOne, .key = kBob, .value = "2", .new_life = true, .published = Published(6, 6)},
                    {.partition = kOne, .key = kCid, .value = "2", .new_life = true}}});
  EXPECT_EQ(*store_->GetPublished(kOne, kAnn), std::nullopt);
  EXPECT_EQ(*store_->GetPublished(kOne, kBob), Published(6, 6));
  EXPECT_EQ(*store_->GetPublished(kOne, kCid), std::nullopt);
  Commit({.dropped = {kOne}});
  EXPECT_EQ(*store_->GetPublished(kOne, kBob), std::nullopt);
}

TEST_P(LeadStoreTest, IsEmptyAtFirst) {
  EXPECT_EQ(store_->partition_count(), 2u);
  EXPECT_EQ(*store_->Get(kOne, kAnn), std::nullopt);
  EXPECT_EQ(*store_->GetErasure(kOne, kAnn), std::nullopt);
  EXPECT_FALSE(store_->HasErasures(kOne));
  EXPECT_EQ(*store_->GetMeta("clock"), std::nullopt);
  EXPECT_THAT(Timers(kOne, Instant::DistantPast(), Instant::Never()), IsEmpty());
  EXPECT_THAT(Keys(kOne, ""), IsEmpty());
}

TEST_P(LeadStoreTest, LeadsAreReadBackInTheirPartition) {
  std::string bytes("\0\xff value", 8);
  Put(kOne, kAnn, bytes);
  EXPECT_EQ(*store_->Get(kOne, kAnn), bytes);
  EXPECT_EQ(*store_->Get(kOther, kAnn), std::nullopt);
  Put(kOne, kAnn, "");
  EXPECT_EQ(*store_->Get(kOne, kAnn), "");
  Commit({.leads = {{kOne, kAnn, std::nullopt}}});
  EXPECT_EQ(*store_->Get(kOne, kAnn), std::nullopt);
}

// row_form_test.cc tests the bytes.
TEST_P(LeadStoreTest, RowsAreAppendedTo) {
  const auto append = [](const std::string& key, const std::string& message, const std::string& entries) {
    RowWrite write{kOne, key, AppendOf(message, entries)};
    write.appended = true;
    return write;
  };
  Put(kOne, kAnn, RowOf("a", "one "));
  Commit({.leads = {append(kAnn, "b", "two "), append(kBob, "c", "alone")}});
  Commit({.leads = {append(kAnn, "d", "three")}});
  EXPECT_EQ(*store_->Get(kOne, kAnn), RowOf("d", "one two three"));
  EXPECT_EQ(*store_->Get(kOne, kBob), AppendOf("c", "alone")) << "there is no row, so it is damaged";
  const std::vector<EncodedLeadKey> keys = {kAnn, kCid};
  EXPECT_THAT(*store_->MultiGet(kOne, keys, LeadStore::kAllRows),
              ElementsAre(std::optional(RowOf("d", "one two three")), std::nullopt));
  Put(kOne, kAnn, RowOf("e", "again"));
  EXPECT_EQ(*store_->Get(kOne, kAnn), RowOf("e", "again"));
}

TEST_P(LeadStoreTest, MultiGetAnswersInTheOrderOfTheKeys) {
  Put(kOne, kAnn, "a");
  Put(kOne, kCid, "c");
  std::vector<EncodedLeadKey> keys = {kCid, kBob, kAnn, kCid};
  EXPECT_THAT(*store_->MultiGet(kOne, keys, LeadStore::kAllRows),
              ElementsAre(std::optional<std::string>("c"), std::nullopt, std::optional<std::string>("a"),
                          std::optional<std::string>("c")));
  EXPECT_THAT(*store_->MultiGet(kOne, {}, LeadStore::kAllRows), IsEmpty());
}

TEST_P(LeadStoreTest, MultiGetGivesTheFirstRowsThatFit) {
  std::vector<EncodedLeadKey> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back("acme" + std::string(1, '\0') + std::to_string(100 + i));
    Put(kOne, keys.back(), RowOf("h", std::string(1000, 'x')));
  }
  for (const size_t most : {size_t{0}, size_t{1}, size_t{1500}, size_t{50'000}}) {
    const auto some = store_->MultiGet(kOne, keys, most);
    ASSERT_TRUE(some.ok());
    EXPECT_GE(some->size(), 1u);
    // Within 32 rows of the bound: RocksDB checks it only after groups of 32.
    EXPECT_LE(some->size(), most / 1000 + 33);
    for (const auto& row : *some) EXPECT_EQ(row, RowOf("h", std::string(1000, 'x')));
  }
  EXPECT_EQ(store_->MultiGet(kOne, keys, LeadStore::kAllRows)->size(), keys.size());
}

TEST_P(LeadStoreTest, LeadsAreVisitedInOrderFromAKeyOn) {
  for (const std::string& key : {kCid, kAnn, kBob}) Put(kOne, key, "x");
  Put(kOther, kBob, "y");
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kAnn, kBob, kCid));
  EXPECT_THAT(Keys(kOne, kAnn), ElementsAre(kBob, kCid));
  EXPECT_THAT(Keys(kOne, kAnn + "a"), ElementsAre(kBob, kCid));
  EXPECT_THAT(Keys(kOne, kCid), IsEmpty());
  EXPECT_THAT(Keys(kOne, "", 2), ElementsAre(kAnn, kBob));
  EXPECT_THAT(Keys(kOther, ""), ElementsAre(kBob));
}

TEST_P(LeadStoreTest, TimersComeByDueThenKey) {
  MoveTimer(kBob, Instant::Never(), {50});
  MoveTimer(kAnn, Instant::Never(), {50});
  MoveTimer(kCid, Instant::Never(), {-7});
  EXPECT_THAT(Timers(kOne, Instant::DistantPast(), Instant::Never()),
              ElementsAre(Pair(-7, kCid), Pair(50, kAnn), Pair(50, kBob)));
  EXPECT_THAT(Timers(kOne, {-7}, {49}), ElementsAre(Pair(-7, kCid)));
  EXPECT_THAT(Timers(kOne, {-6}, {50}, 1), ElementsAre(Pair(50, kAnn)));
  EXPECT_THAT(Timers(kOne, {51}, Instant::Never()), IsEmpty());
  EXPECT_THAT(Timers(kOther, Instant::DistantPast(), Instant::Never()), IsEmpty());
}

TEST_P(LeadStoreTest, TimersMoveAndGoWithTheirLead) {
  MoveTimer(kAnn, Instant::Never(), {50});
  MoveTimer(kAnn, {50}, {70});
  MoveTimer(kAnn, {70}, {70});
  EXPECT_THAT(Timers(kOne, {0}, {100}), ElementsAre(Pair(70, kAnn)));
  MoveTimer(kBob, Instant::Never(), {80});
  MoveTimer(kBob, {80}, Instant::Never());
  Commit({.leads = {{kOne, kAnn, std::nullopt, {70}, Instant::Never()}}});
  EXPECT_THAT(Timers(kOne, {0}, {100}), IsEmpty());
}

TEST_P(LeadStoreTest, ErasuresOutliveTheirLead) {
  Put(kOne, kAnn, "a");
  Commit({.leads = {{kOne, kAnn, std::nullopt}}, .erasures = {{kOne, store_->ErasureHash(kAnn), {{-99}, {7}}}}});
  EXPECT_EQ(*store_->GetErasure(kOne, kAnn), (Erasure{{-99}, {7}}));
  EXPECT_EQ(*store_->GetErasure(kOther, kAnn), std::nullopt);
  EXPECT_EQ(*store_->GetErasure(kOne, kBob), std::nullopt);
  EXPECT_TRUE(store_->HasErasures(kOne));
  EXPECT_FALSE(store_->HasErasures(kOther));
  Commit({.erasures = {{kOne, store_->ErasureHash(kAnn), {{5}, {9}}}}});
  EXPECT_EQ(*store_->GetErasure(kOne, kAnn), (Erasure{{5}, {9}}));
  StatusFacts facts;
  facts.everything.out = Instant{3};
  facts.topics = {{"news", {Instant{1}, Instant{2}}}};
  for (const Erasure& erasure :
       {Erasure{{6}, {9}, facts, false}, Erasure{{7}, {9}, facts, true}, Erasure{{8}, {9}, {}, true}}) {
    Commit({.erasures = {{kOne, store_->ErasureHash(kAnn), erasure}}});
    EXPECT_EQ(*store_->GetErasure(kOne, kAnn), erasure);
  }
}

TEST_P(LeadStoreTest, ErasuresHaveTheirFactsByAddress) {
  AddressFacts of_address{1, {}};
  of_address.facts.complaint = Instant{3};
  OptionalIdentity identity;
  identity.Get().addresses = {"hash of an address"};
  identity.Get().leads["hash of an id"] = {true, of_address.facts};
  for (const Erasure& erasure : {Erasure{{6}, {9}, of_address.facts, true, {of_address}, identity},
                                 Erasure{{7}, {9}, of_address.facts, false, {{kNowhereSlot, of_address.facts}}, {}},
                                 Erasure{{8}, {9}, {}, false, {}, identity}}) {
    Commit({.erasures = {{kOne, store_->ErasureHash(kAnn), erasure}}});
    EXPECT_EQ(*store_->GetErasure(kOne, kAnn), erasure);
  }
}

TEST_P(LeadStoreTest, MetaIsKeptByName) {
  Commit({.meta = {{"clock", "1"}, {"position", "2"}}});
  Commit({.meta = {{"clock", "3"}}});
  EXPECT_EQ(*store_->GetMeta("clock"), "3");
  EXPECT_EQ(*store_->GetMeta("position"), "2");
  EXPECT_EQ(*store_->GetMeta("clocks"), std::nullopt);
}

TEST_P(LeadStoreTest, ADroppedPartitionHoldsWhatTheSameWriteBrings) {
  Commit({.leads = {{kOne, kAnn, "a", Instant::Never(), {5}}, {kOther, kAnn, "other", Instant::Never(), {6}}},
          .erasures = {{kOne, store_->ErasureHash(kBob), {{5}, {9}}}, {kOther, store_->ErasureHash(kBob), {{5}, {9}}}},
          .meta = {{"clock", "1"}}});
  Commit({.dropped = {kOne}, .leads = {{kOne, kCid, "c", Instant::Never(), {7}}}});
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kCid));
  EXPECT_EQ(*store_->Get(kOne, kAnn), std::nullopt);
  EXPECT_THAT(Timers(kOne, {0}, {100}), ElementsAre(Pair(7, kCid)));
  EXPECT_FALSE(store_->HasErasures(kOne));
  EXPECT_EQ(*store_->GetErasure(kOne, kBob), std::nullopt);
  EXPECT_EQ(*store_->Get(kOther, kAnn), "other");
  EXPECT_THAT(Timers(kOther, {0}, {100}), ElementsAre(Pair(6, kAnn)));
  EXPECT_TRUE(store_->HasErasures(kOther));
  EXPECT_EQ(*store_->GetMeta("clock"), "1");
}

TEST_P(LeadStoreTest, IngestedLeadsStandOverThoseBefore) {
  Put(kOne, kAnn, "old");
  Put(kOne, kCid, "goes");
  Put(kOther, kAnn, "other");
  const std::vector<IngestedLead> leads = {{kAnn, "new"}, {kBob, ""}, {kCid, std::nullopt}};
  ASSERT_TRUE(store_->Ingest(kOne, leads, {}).ok());
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kAnn, kBob));
  EXPECT_EQ(*store_->Get(kOne, kAnn), "new");
  EXPECT_EQ(*store_->Get(kOne, kBob), "");
  EXPECT_EQ(*store_->Get(kOne, kCid), std::nullopt);
  EXPECT_EQ(*store_->Get(kOther, kAnn), "other");
  const std::vector<IngestedLead> again = {{kBob, std::nullopt}, {kCid, "back"}};
  ASSERT_TRUE(store_->Ingest(kOne, again, {}).ok());
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kAnn, kCid));
  Put(kOne, kAnn, "newest");
  EXPECT_EQ(*store_->Get(kOne, kAnn), "newest");
}

TEST_P(LeadStoreTest, IngestedTimersAreTimersLikeOthers) {
  const std::vector<IngestedLead> leads = {{kAnn, "a"}, {kBob, "b"}, {kCid, "c"}};
  ASSERT_TRUE(store_->Ingest(kOne, leads, {}).ok());
  const std::vector<DueTimer> timers = {{{5}, kBob}, {{7}, kAnn}}, more = {{{6}, kCid}};
  ASSERT_TRUE(store_->Ingest(kOne, {}, timers).ok());
  ASSERT_TRUE(store_->Ingest(kOne, {}, more).ok());
  EXPECT_THAT(Timers(kOne, {0}, {100}), ElementsAre(Pair(5, kBob), Pair(6, kCid), Pair(7, kAnn)));
  MoveTimer(kBob, {5}, {9});
  EXPECT_THAT(Timers(kOne, {0}, {100}), ElementsAre(Pair(6, kCid), Pair(7, kAnn), Pair(9, kBob)));
  EXPECT_TRUE(store_->TakesMore());
}

// A restore is interrupted, and the next one begins again.
TEST_P(LeadStoreTest, WhatWasIngestedIsDroppedWithItsPartitionAndCanComeAgain) {
  const std::vector<IngestedLead> leads = {{kAnn, "a"}, {kBob, "b"}}, again = {{kBob, "again"}};
  const std::vector<DueTimer> timers = {{{5}, kAnn}, {{5}, kBob}}, fewer = {{{6}, kBob}};
  ASSERT_TRUE(store_->Ingest(kOne, leads, timers).ok());
  Commit({.dropped = {kOne}, .meta = {{"clock", "1"}}});
  EXPECT_THAT(Keys(kOne, ""), IsEmpty());
  EXPECT_THAT(Timers(kOne, {0}, {100}), IsEmpty());
  ASSERT_TRUE(store_->Ingest(kOne, again, fewer).ok());
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kBob));
  EXPECT_THAT(Timers(kOne, {0}, {100}), ElementsAre(Pair(6, kBob)));
  Commit({.dropped = {kOne}});
  Commit({.dropped = {kOne}});
  EXPECT_THAT(Keys(kOne, ""), IsEmpty());
}

TEST_P(LeadStoreTest, ThreadsWithPartitionsOfTheirOwnCommitAtOnce) {
  constexpr int kCommits = 200;
  auto work = [&](PartitionId partition, const std::string& key) {
    for (int i = 1; i <= kCommits; ++i) {
      const std::string value = std::to_string(i);
      Status status = store_->Commit({.leads = {{partition, key, value}}, .meta = {{key, value}}});
      EXPECT_TRUE(status.ok()) << status.message();
      EXPECT_EQ(*store_->Get(partition, key), value);
      EXPECT_EQ(*store_->GetMeta(key), value);
    }
  };
  std::thread other([&] { work(kOther, kBob); });
  work(kOne, kAnn);
  other.join();
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kAnn));
  EXPECT_THAT(Keys(kOther, ""), ElementsAre(kBob));
}

TEST_P(LeadStoreTest, OnePartitionIsIngestedWhileAnotherCommits) {
  constexpr int kTimes = 20;
  std::thread other([&] {
    for (int i = 1; i <= 10 * kTimes; ++i) Put(kOther, kBob, std::to_string(i));
  });
  for (int i = 1; i <= kTimes; ++i) {
    const std::string value = std::to_string(i);
    const std::vector<IngestedLead> leads = {{kAnn, value}, {kBob, value}};
    EXPECT_TRUE(store_->Ingest(kOne, leads, {}).ok());
    EXPECT_EQ(*store_->Get(kOne, kBob), value);
  }
  other.join();
  EXPECT_EQ(*store_->Get(kOther, kBob), "200");
}

TEST_P(LeadStoreTest, ASnapshotStaysAsItWas) {
  Commit({.leads = {{kOne, kAnn, "before", Instant::Never(), {5}}}, .meta = {{"clock", "1"}}});
  Result<std::unique_ptr<const LeadReader>> snapshot = store_->Snapshot();
  ASSERT_TRUE(snapshot.ok());
  Commit({.leads = {{kOne, kAnn, std::nullopt, {5}}, {kOne, kBob, "after", Instant::Never(), {6}}},
          .erasures = {{kOne, store_->ErasureHash(kAnn), {{4}, {3}}}},
          .meta = {{"clock", "2"}}});
  const LeadReader& then = **snapshot;
  EXPECT_EQ(then.partition_count(), 2u);
  EXPECT_EQ(*then.Get(kOne, kAnn), "before");
  EXPECT_THAT(*then.MultiGet(kOne, std::vector{kAnn, kBob}, LeadReader::kAllRows), ElementsAre("before", std::nullopt));
  EXPECT_THAT(*then.DueTimers(kOne, {0}, {9}, kAll), ElementsAre(DueTimer{{5}, kAnn}));
  EXPECT_EQ(*then.GetErasure(kOne, kAnn), std::nullopt);
  EXPECT_FALSE(then.HasErasures(kOne));
  EXPECT_EQ(*then.GetMeta("clock"), "1");
  std::vector<std::string> keys;
  const auto visit = [&keys](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  };
  EXPECT_TRUE(then.VisitLeads(kOne, "", visit).ok());
  EXPECT_THAT(keys, ElementsAre(kAnn));
  EXPECT_THAT(Keys(kOne, ""), ElementsAre(kBob));
}

TEST_P(LeadStoreTest, AnEmptyWriteIsFine) { Commit({}); }

}  // namespace leadpulse::state::lead_store_test
