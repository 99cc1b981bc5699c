#include "state/cache/partition_leads.h"

#include <gmock/gmock.h>

#include "state/codec/lead_codec.h"
#include "tests/support/lead_examples.h"
#include "tests/unit/state/partition_leads_fixture.h"

namespace leadpulse::state::partition_leads_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

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

TEST_F(PartitionLeadsTest, AWriteSaysWhetherChangesOfTheLeadWerePublished) {
  Lead* ann = MustCreate(kAnn);
  ann->last_seq.value = 2;
  EXPECT_TRUE(Commit().leads.at(0).publishes);
  leads_->MarkDirty(MustFind(kAnn));
  EXPECT_FALSE(Commit().leads.at(0).publishes);
  Reopen(0);
  ann = MustFind(kAnn);
  leads_->MarkDirty(ann);
  EXPECT_FALSE(Commit().leads.at(0).publishes) << "the number of the stored row";
  ann = MustFind(kAnn);
  leads_->MarkDirty(ann);
  ++ann->last_seq.value;
  EXPECT_TRUE(Commit().leads.at(0).publishes);
}

// A scan of the store has the row; this epoch's version of the lead overrides it.
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

// Nine leads whose rows take about 10 KB each.
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
  // The leads are larger than expected: the first group is all of them, and ends at the bound.
  const size_t covered = *leads_->Prefetch(keys, 50'000);
  EXPECT_LT(covered, keys.size());
  EXPECT_GT(leads_->epoch_bytes() + kRoomy, 20'000u);
  const int loaded = loads_;
  EXPECT_LE(loaded, 4);
  // Now the size is known: it loads the first keys only.
  const size_t next = *leads_->Prefetch(keys, 50'000);
  EXPECT_GE(next, 2u);
  EXPECT_LE(loads_, loaded + 3);
  for (size_t i = 0; i < next; ++i) EXPECT_NE(MustFind(all[i]), nullptr);
  EXPECT_EQ(store_.gets, 0) << "covered leads need no more reads";
  EXPECT_EQ(*leads_->Prefetch(keys, LeadStore::kAllRows), keys.size());
}

size_t CountVisited(PartitionLeads* leads, const std::vector<EncodedLeadKey>& rows, size_t max_bytes) {
  const auto visited = leads->VisitRows(std::vector<std::string_view>(rows.begin(), rows.end()), max_bytes,
                                        [](size_t, Lead* lead) { EXPECT_NE(lead, nullptr); });
  EXPECT_TRUE(visited.ok());
  return visited.ok() ? *visited : 0;
}

TEST_F(PartitionLeadsTest, VisitsRowsInTheirOrder) {
  MustCreate(kAnn);
  Commit();
  Reopen(kRoomy);
  store_.gets = 0;
  const EncodedLeadKey ann_key = EncodeLeadKey(kAnn), bob_key = EncodeLeadKey(kBob);
  for (int i = 0; i < 2; ++i) {
    std::vector<Lead*> leads;
    const auto visited =
        leads_->VisitRows({{bob_key, ann_key, ann_key}}, LeadStore::kAllRows, [&](size_t at, Lead* lead) {
          EXPECT_EQ(at, leads.size());
          leads.push_back(lead);
        });
    ASSERT_TRUE(visited.ok());
    EXPECT_EQ(*visited, 3u);
    Lead* const ann = MustFind(kAnn);
    EXPECT_EQ(leads, (std::vector<Lead*>{nullptr, ann, ann}));
  }
  EXPECT_EQ(store_.multi_gets, 1);
  EXPECT_EQ(store_.gets, 0);
  EXPECT_EQ(CountVisited(leads_.get(), {}, LeadStore::kAllRows), 0u);
}

// Their rows take about 10 KB each.
TEST_F(PartitionLeadsTest, VisitsRowsUpToItsBoundButAtLeastOne) {
  std::vector<EncodedLeadKey> rows;
  for (const char* id : {"f", "e", "d", "c", "b", "a"}) {
    MustCreate({"acme", id})->profile.attributes["text"].sent = std::string(10'000, 'x');
    rows.push_back(EncodeLeadKey({"acme", id}));
  }
  Commit();
  EXPECT_EQ(CountVisited(leads_.get(), rows, 1), 1u);
  const size_t visited = CountVisited(leads_.get(), rows, 50'000);
  EXPECT_GE(visited, 2u);
  EXPECT_LT(visited, rows.size());
  EXPECT_EQ(CountVisited(leads_.get(), rows, LeadStore::kAllRows), rows.size());
}

TEST_F(PartitionLeadsTest, ARowThatNamesNoLeadIsAnError) {
  const std::string key = EncodeLeadKey(kAnn);
  const auto visited =
      leads_->VisitRows({{key, "acme"}}, LeadStore::kAllRows, [](size_t, Lead*) { ADD_FAILURE() << "visited"; });
  EXPECT_EQ(visited.status().kind(), ErrorKind::kFatal);
}

TEST_F(PartitionLeadsTest, BytesOfAnEpochAreThoseBeyondTheCache) {
  MustCreate(kAnn)->profile.attributes["text"].sent = std::string(10'000, 'x');
  Commit();
  Reopen(0);
  EXPECT_EQ(leads_->epoch_bytes(), 0u);
  MustFind(kAnn);  // finds it without a change
  EXPECT_GT(leads_->epoch_bytes(), 10'000u);
  EXPECT_EQ(leads_->dirty_bytes(), 0u);
  Commit();
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

TEST_F(PartitionLeadsTest, WhatIsNotCommittedIsDroppedAndNothingElse) {
  MustCreate(kAnn, {70})->last_seq = {1};
  MustCreate(kBob);
  Commit();
  Lead* ann = MustFind(kAnn);
  leads_->MarkDirty(ann);
  ann->last_seq = {2};
  MustCreate({"acme", "new"});
  leads_->Erase(kBob, {{5}, {1}});
  Reopen(kRoomy);
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

TEST_F(PartitionLeadsTest, NothingIsKeptWithoutACache) {
  Reopen(0);
  MustCreate(kAnn);
  Commit();
  store_.gets = 0;
  MustFind(kAnn);
  MustFind(kAnn);
  Commit();
  MustFind(kAnn);
  EXPECT_EQ(store_.gets, 2);
}

TEST_F(PartitionLeadsTest, AnUnreadableLeadIsAnErrorNeverAMissingOne) {
  ASSERT_TRUE(store_.Commit({.leads = {{kPartition, EncodeLeadKey(kAnn), "not a lead"}}}).ok());
  for (int attempt = 0; attempt < 2; ++attempt) {
    Result<Lead*> found = leads_->Find(kAnn);
    ASSERT_FALSE(found.ok());
    EXPECT_THAT(found.status().message(), HasSubstr("a stored lead of tenant \"acme\""));
    const std::vector<const LeadKey*> keys = {&kAnn};
    EXPECT_FALSE(leads_->Prefetch(keys, LeadStore::kAllRows).ok());
  }
}

using PartitionLeadsDeathTest = PartitionLeadsTest;

TEST_F(PartitionLeadsDeathTest, CreateNeedsALookFirst) { EXPECT_DEATH(leads_->Create(kAnn), "internal error"); }

}  // namespace leadpulse::state::partition_leads_test
