#include "state/cache/partition_leads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/codec/lead_codec.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::state::partition_leads_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr PartitionId kPartition{1};
constexpr size_t kRoomy = 64 << 20;
const LeadKey kAnn{"acme", "ann"};
const LeadKey kBob{"acme", "bob"};

// Counts what is read, to see the cache at work.
class CountingStore : public testing::ForwardingStore {
 public:
  CountingStore() : ForwardingStore(2) {}

  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    ++gets;
    return ForwardingStore::Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    ++multi_gets;
    return ForwardingStore::MultiGet(partition, keys, max_bytes);
  }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    ++erasure_gets;
    return ForwardingStore::GetErasure(partition, key);
  }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    ++timer_reads;
    return ForwardingStore::DueTimers(partition, from, until, limit);
  }

  mutable int gets = 0, multi_gets = 0, erasure_gets = 0, timer_reads = 0;
};

class PartitionLeadsTest : public ::testing::Test {
 protected:
  Lead* MustFind(const LeadKey& key) {
    Result<Lead*> found = leads_->Find(key);
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : nullptr;
  }
  Lead* MustCreate(const LeadKey& key, Instant next_change_at = Instant::Never()) {
    EXPECT_EQ(MustFind(key), nullptr);
    Lead* lead = leads_->Create(key);
    lead->next_change_at = next_change_at;
    return lead;
  }
  EpochWrite Commit() {
    EpochWrite write;
    leads_->CollectWrites(&write);
    EXPECT_TRUE(store_.Commit(write).ok());
    leads_->Committed();
    return write;
  }
  std::vector<std::pair<int64_t, std::string>> Due(Instant from, Instant until, size_t limit = 1000) {
    std::vector<std::pair<int64_t, std::string>> due;
    Result<std::vector<DueTimer>> timers = leads_->DueTimers(from, until, limit);
    for (const DueTimer& timer : *timers) due.emplace_back(timer.due.millis, DecodeLeadKey(timer.key).lead);
    return due;
  }
  void Reopen(size_t cache_bytes) {
    leads_ = std::make_unique<PartitionLeads>(kPartition, &store_, cache_bytes, [this](Lead*) { ++loads_; });
  }

  CountingStore store_;
  int loads_ = 0;
  std::unique_ptr<PartitionLeads> leads_ =
      std::make_unique<PartitionLeads>(kPartition, &store_, kRoomy, [this](Lead*) { ++loads_; });
};

TEST_F(PartitionLeadsTest, ANewLeadIsWrittenOnce) {
  EXPECT_EQ(leads_->partition(), kPartition);
  Lead* ann = MustCreate(kAnn, {70});
  EXPECT_EQ(ann->key, kAnn);
  EXPECT_EQ(leads_->dirty_count(), 1u);
  EXPECT_GT(leads_->dirty_bytes(), sizeof(Lead));
  EpochWrite write = Commit();
  ASSERT_EQ(write.leads.size(), 1u);
  EXPECT_EQ(write.leads[0].partition, kPartition);
  EXPECT_EQ(write.leads[0].key, EncodeLeadKey(kAnn));
  EXPECT_EQ(write.leads[0].old_timer, Instant::Never());
  EXPECT_EQ(write.leads[0].new_timer, Instant{70});
  EXPECT_EQ(leads_->dirty_count(), 0u);
  EXPECT_EQ(leads_->dirty_bytes(), 0u);
  EXPECT_TRUE(Commit().empty());
}

// A walk over the store has the row at hand; what this epoch made of the lead counts more.
TEST_F(PartitionLeadsTest, ARowAtHandSparesTheRead) {
  MustCreate(kAnn)->last_seq = SequenceNumber{7};
  MustCreate(kBob);
  const EpochWrite write = Commit();
  Reopen(kRoomy);
  const int gets = store_.gets;
  Result<Lead*> ann = leads_->FindOrLoad(kAnn, *write.leads[0].value);
  ASSERT_TRUE(ann.ok());
  EXPECT_EQ((*ann)->last_seq, SequenceNumber{7});
  EXPECT_EQ(loads_, 1);
  (*ann)->last_seq = SequenceNumber{8};
  leads_->MarkDirty(*ann);
  EXPECT_EQ((*leads_->FindOrLoad(kAnn, *write.leads[0].value))->last_seq, SequenceNumber{8});
  EXPECT_EQ(store_.gets + store_.multi_gets, gets);
  ASSERT_NE(MustFind(kBob), nullptr);
  leads_->Erase(kBob, {Instant{1}, SequenceNumber{1}});
  EXPECT_EQ(*leads_->FindOrLoad(kBob, *write.leads[1].value), nullptr);
  EXPECT_FALSE(leads_->FindOrLoad({"acme", "carl"}, "not a lead").ok());
}

TEST_F(PartitionLeadsTest, ALeadMetByAWalkIsWrittenAsItIs) {
  MustCreate(kAnn)->journal.Add(testing::Entry(EventType::kOpen, 1, "first"), 1000);
  const EpochWrite first = Commit();
  Reopen(kRoomy);
  Lead* ann = *leads_->FindOrLoad(kAnn, *first.leads[0].value);
  leads_->MarkDirty(ann);
  ann->last_seq = SequenceNumber{2};
  const EpochWrite second = Commit();
  EXPECT_EQ(*second.leads[0].value, EncodeLead(*ann));
  EXPECT_EQ(ann->journal.stored(), nullptr);
  Reopen(kRoomy);
  ann = *leads_->FindOrLoad(kAnn, *second.leads[0].value);
  EXPECT_NE(ann->journal.stored(), nullptr);
  leads_->MarkDirty(ann);
  ann->journal.Add(testing::Entry(EventType::kClick, 2, "second"), 1000);
  const Lead copy = *ann;
  EXPECT_EQ(*Commit().leads[0].value, EncodeLead(copy));
}

TEST_F(PartitionLeadsTest, TheCacheSparesReads) {
  MustCreate(kAnn);
  EXPECT_EQ(store_.gets, 1);
  MustFind(kAnn);
  Commit();
  MustFind(kAnn);
  EXPECT_EQ(store_.gets, 1);
  Reopen(kRoomy);
  EXPECT_EQ(MustFind(kAnn)->key, kAnn);
  MustFind(kAnn);
  EXPECT_EQ(store_.gets, 2);
  EXPECT_EQ(loads_, 1);
}

TEST_F(PartitionLeadsTest, PrefetchReadsOnceAlsoWhatIsAbsent) {
  MustCreate(kAnn);
  Commit();
  Reopen(kRoomy);
  store_.gets = 0;
  const std::vector<const LeadKey*> keys = {&kBob, &kAnn, &kAnn};
  ASSERT_TRUE(leads_->Prefetch(keys, LeadStore::kAllRows).ok());
  ASSERT_TRUE(leads_->Prefetch(keys, LeadStore::kAllRows).ok());
  EXPECT_NE(MustFind(kAnn), nullptr);
  EXPECT_EQ(MustFind(kBob), nullptr);
  EXPECT_EQ(store_.multi_gets, 1);
  EXPECT_EQ(store_.gets, 0);
  EXPECT_EQ(loads_, 1);
}

// Of nine leads whose rows take some 10 KB each.
TEST_F(PartitionLeadsTest, PrefetchStopsAtItsBoundAndSaysHowFarItCame) {
  std::vector<LeadKey> all;
  std::vector<const LeadKey*> keys;
  for (const char* id : {"i", "h", "g", "f", "e", "d", "c", "b", "a"}) all.push_back({"acme", id});
  for (const LeadKey& key : all) {
    keys.push_back(&key);
    MustCreate(key)->profile.attributes["text"].sent = std::string(10'000, 'x');
  }
  Commit();
  Reopen(kRoomy);
  store_.gets = 0;
  // The leads are larger than it knows: the first group is all of them, and ends at the bound.
  const size_t covered = *leads_->Prefetch(keys, 50'000);
  EXPECT_LT(covered, keys.size());
  EXPECT_GT(leads_->epoch_bytes() + kRoomy, 20'000u);
  const int loaded = loads_;
  EXPECT_LE(loaded, 4);
  // Now it knows, and loads those that are asked for first.
  const size_t next = *leads_->Prefetch(keys, 50'000);
  EXPECT_GE(next, 2u);
  EXPECT_LE(loads_, loaded + 3);
  for (size_t i = 0; i < next; ++i) EXPECT_NE(MustFind(all[i]), nullptr);
  EXPECT_EQ(store_.gets, 0) << "what is covered needs no more reads";
  EXPECT_EQ(*leads_->Prefetch(keys, LeadStore::kAllRows), keys.size());
}

TEST_F(PartitionLeadsTest, BytesOfAnEpochAreThoseBeyondTheCache) {
  MustCreate(kAnn)->profile.attributes["text"].sent = std::string(10'000, 'x');
  Commit();
  Reopen(0);
  EXPECT_EQ(leads_->epoch_bytes(), 0u);
  MustFind(kAnn);  // and does not change it
  EXPECT_GT(leads_->epoch_bytes(), 10'000u);
  EXPECT_EQ(leads_->dirty_bytes(), 0u);
  leads_->Abort();
  EXPECT_EQ(leads_->epoch_bytes(), 0u);
}

TEST_F(PartitionLeadsTest, AChangedLeadKnowsTheTimerOfTheStore) {
  MustCreate(kAnn, {70});
  Commit();
  Reopen(kRoomy);
  Lead* ann = MustFind(kAnn);
  leads_->MarkDirty(ann);
  ann->next_change_at = {90};
  leads_->MarkDirty(ann);
  ann->next_change_at = {95};
  EpochWrite write = Commit();
  ASSERT_EQ(write.leads.size(), 1u);
  EXPECT_EQ(write.leads[0].old_timer, Instant{70});
  EXPECT_EQ(write.leads[0].new_timer, Instant{95});
  leads_->MarkDirty(MustFind(kAnn));
  EXPECT_EQ(Commit().leads[0].old_timer, Instant{95});
}

TEST_F(PartitionLeadsTest, AnAbortDropsChangesAndNothingElse) {
  MustCreate(kAnn, {70})->last_seq = {1};
  MustCreate(kBob);
  Commit();
  store_.gets = 0;
  Lead* ann = MustFind(kAnn);
  leads_->MarkDirty(ann);
  ann->last_seq = {2};
  MustCreate({"acme", "new"});
  leads_->Erase(kBob, {{5}, {1}});
  leads_->Abort();
  EXPECT_EQ(leads_->dirty_count(), 0u);
  EXPECT_TRUE(Commit().empty());
  EXPECT_EQ(MustFind(kAnn)->last_seq, SequenceNumber{1});
  EXPECT_NE(MustFind(kBob), nullptr);
  EXPECT_EQ(MustFind({"acme", "new"}), nullptr);
  EXPECT_EQ(*leads_->FindErasure(kBob), std::nullopt);
  EXPECT_THAT(Due({0}, {100}), ElementsAre(Pair(70, "ann")));
}

TEST_F(PartitionLeadsTest, AnErasedLeadLeavesItsErasure) {
  MustCreate(kAnn, {70});
  Commit();
  MustFind(kAnn);
  leads_->Erase(kAnn, {{60}, {8}});
  EXPECT_EQ(MustFind(kAnn), nullptr);
  EXPECT_EQ(*leads_->FindErasure(kAnn), (Erasure{{60}, {8}}));
  EXPECT_THAT(Due({0}, {100}), IsEmpty());
  EpochWrite write = Commit();
  ASSERT_EQ(write.leads.size(), 1u);
  EXPECT_EQ(write.leads[0].value, std::nullopt);
  EXPECT_EQ(write.leads[0].old_timer, Instant{70});
  ASSERT_EQ(write.erasures.size(), 1u);
  EXPECT_EQ(MustFind(kAnn), nullptr);
  EXPECT_EQ(*leads_->FindErasure(kAnn), (Erasure{{60}, {8}}));
  EXPECT_EQ(store_.erasure_gets, 1);
}

TEST_F(PartitionLeadsTest, WhoCollectsSeesEachLeadThatIsHeldWithItsWrite) {
  MustCreate(kAnn, {70});
  MustCreate(kBob);
  MustFind({"acme", "cid"});
  leads_->Erase({"acme", "cid"}, {{60}, {1}});
  EpochWrite write;
  std::vector<std::pair<std::string, std::string>> seen;
  leads_->CollectWrites(&write, [&](const Lead& lead, const LeadWrite& one) {
    EXPECT_EQ(EncodeLead(lead), *one.value);
    seen.emplace_back(lead.key.lead, one.key);
  });
  EXPECT_THAT(seen, ElementsAre(Pair("ann", EncodeLeadKey(kAnn)), Pair("bob", EncodeLeadKey(kBob))));
}

TEST_F(PartitionLeadsTest, ALeadThatIsNotHeldCanBeErased) {
  MustFind(kAnn);
  leads_->Erase(kAnn, {{60}, {1}});
  EpochWrite write = Commit();
  EXPECT_THAT(write.leads, IsEmpty());
  EXPECT_EQ(write.erasures.size(), 1u);
}

TEST_F(PartitionLeadsTest, AnErasedLeadMayStartAfresh) {
  MustCreate(kAnn, {70})->last_seq = {7};
  Commit();
  MustFind(kAnn);
  leads_->Erase(kAnn, {{60}, {8}});
  Lead* again = leads_->Create(kAnn);
  EXPECT_EQ(again->last_seq, SequenceNumber{0});
  again->next_change_at = {80};
  EXPECT_THAT(Due({0}, {100}), ElementsAre(Pair(80, "ann")));
  EpochWrite write = Commit();
  ASSERT_EQ(write.leads.size(), 1u);
  EXPECT_TRUE(write.leads[0].value.has_value());
  EXPECT_EQ(write.leads[0].old_timer, Instant{70});
  EXPECT_EQ(write.leads[0].new_timer, Instant{80});
  EXPECT_EQ(write.erasures.size(), 1u);
  EXPECT_NE(MustFind(kAnn), nullptr);
  EXPECT_THAT(Due({0}, {100}), ElementsAre(Pair(80, "ann")));
}

TEST_F(PartitionLeadsTest, DueTimersMergeTheStoreAndThisEpoch) {
  MustCreate({"t", "a"}, {10});
  MustCreate({"t", "b"}, {20});
  MustCreate({"t", "c"}, {30});
  Commit();
  Lead* b = MustFind({"t", "b"});
  leads_->MarkDirty(b);
  b->next_change_at = {30};
  MustCreate({"t", "d"}, {5});
  MustCreate({"t", "e"});
  EXPECT_THAT(Due(Instant::DistantPast(), Instant::Never()),
              ElementsAre(Pair(5, "d"), Pair(10, "a"), Pair(30, "b"), Pair(30, "c")));
  EXPECT_THAT(Due({6}, {30}, 2), ElementsAre(Pair(10, "a"), Pair(30, "b")));
  EXPECT_THAT(Due({11}, {29}), IsEmpty());
  Commit();
  EXPECT_THAT(Due({0}, {100}, 3), ElementsAre(Pair(5, "d"), Pair(10, "a"), Pair(30, "b")));
}

TEST_F(PartitionLeadsTest, AMassTimerIsReadInPages) {
  constexpr int kLeads = 1000;
  for (int i = 0; i < kLeads; ++i) MustCreate({"t", std::to_string(10'000 + i)}, {500});
  Commit();
  Reopen(kRoomy);
  int fired = 0;
  for (auto due = Due({0}, {500}, 64); !due.empty(); due = Due({0}, {500}, 64)) {
    for (const auto& [at, id] : due) {
      EXPECT_EQ(id, std::to_string(10'000 + fired));
      Lead* lead = MustFind({"t", id});
      leads_->MarkDirty(lead);
      lead->next_change_at = Instant::Never();
      ++fired;
    }
  }
  EXPECT_EQ(fired, kLeads);
  EXPECT_LT(store_.timer_reads, 10);
}

TEST_F(PartitionLeadsTest, WhereNoTimerIsDueTheStoreIsNotAsked) {
  MustCreate(kAnn, {1000});
  Commit();
  EXPECT_THAT(Due({0}, {500}), IsEmpty());
  int reads = store_.timer_reads;
  for (int now = 501; now < 1000; ++now) {
    EXPECT_THAT(Due({0}, {now}), IsEmpty());
    Commit();
  }
  EXPECT_EQ(store_.timer_reads, reads);
  EXPECT_THAT(Due({0}, {1000}), ElementsAre(Pair(1000, "ann")));
}

TEST_F(PartitionLeadsTest, TheCacheKeepsToItsBytes) {
  constexpr size_t kCache = 100'000;
  Reopen(kCache);
  constexpr int kLeads = 500;
  for (int i = 0; i < kLeads; ++i) MustCreate({"t", std::to_string(i)})->profile.agent_id = "x";
  Commit();
  store_.gets = 0;
  for (int i = 0; i < kLeads; ++i) EXPECT_NE(MustFind({"t", std::to_string(i)}), nullptr);
  EXPECT_GT(store_.gets, kLeads / 2);
  EXPECT_LT(store_.gets, kLeads);
}

TEST_F(PartitionLeadsTest, ALeadInUseOutlivesThoseThatAreNot) {
  Reopen(100'000);
  MustCreate(kAnn);
  Commit();
  store_.gets = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) MustCreate({"t", std::to_string(100 * round + i)});
    MustFind(kAnn);
    Commit();
  }
  EXPECT_EQ(store_.gets, 1000);  // each new lead's; never the hot one's
}

TEST_F(PartitionLeadsTest, NothingIsKeptWithoutACache) {
  Reopen(0);
  MustCreate(kAnn);
  Commit();
  store_.gets = 0;
  MustFind(kAnn);
  MustFind(kAnn);
  leads_->Abort();
  MustFind(kAnn);
  EXPECT_EQ(store_.gets, 2);
}

TEST_F(PartitionLeadsTest, AnUnreadableLeadIsAnErrorNeverAMissingOne) {
  ASSERT_TRUE(store_.Commit({.leads = {{kPartition, EncodeLeadKey(kAnn), "not a lead"}}}).ok());
  for (int attempt = 0; attempt < 2; ++attempt) {
    Result<Lead*> found = leads_->Find(kAnn);
    ASSERT_FALSE(found.ok());
    EXPECT_THAT(found.status().message(), HasSubstr("\"ann\""));
    const std::vector<const LeadKey*> keys = {&kAnn};
    EXPECT_FALSE(leads_->Prefetch(keys, LeadStore::kAllRows).ok());
  }
}

TEST_F(PartitionLeadsTest, DirtyBytesFollowTheLead) {
  Lead* ann = MustCreate(kAnn);
  size_t before = leads_->dirty_bytes();
  for (int i = 0; i < 100; ++i) {
    leads_->MarkDirty(ann);
    ann->journal.Add(testing::Entry(EventType::kOpen, i, std::string(100, 'e') + std::to_string(i)), 1000);
  }
  EXPECT_GT(leads_->dirty_bytes(), before + 99 * (sizeof(JournalEntry) + 100));
}

// What waits for the epoch's end is bounded by them.
TEST_F(PartitionLeadsTest, DirtyBytesFollowTheProfile) {
  Lead* ann = MustCreate(kAnn);
  const size_t before = leads_->dirty_bytes();
  ann->profile.attributes["a"].sent = std::string(100'000, 'x');
  leads_->MarkProfileChanged(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  leads_->MarkDirty(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  ann->profile.attributes.clear();
  leads_->MarkProfileChanged(ann);
  EXPECT_EQ(leads_->dirty_bytes(), before);
}

TEST_F(PartitionLeadsTest, DirtyBytesFollowTheIdentity) {
  Lead* ann = MustCreate(kAnn);
  const size_t before = leads_->dirty_bytes();
  ann->identity.Get().leads[std::string(100'000, 'x')].uses = true;
  leads_->MarkProfileChanged(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  leads_->MarkDirty(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  ann->identity.reset();
  leads_->MarkProfileChanged(ann);
  EXPECT_EQ(leads_->dirty_bytes(), before);
}

using PartitionLeadsDeathTest = PartitionLeadsTest;

TEST_F(PartitionLeadsDeathTest, CreateNeedsALookFirst) { EXPECT_DEATH(leads_->Create(kAnn), "internal error"); }

}  // namespace leadpulse::state::partition_leads_test
