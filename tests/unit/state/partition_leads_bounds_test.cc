// Due timers, and the memory of leads.
#include <gmock/gmock.h>

#include "tests/support/lead_examples.h"
#include "tests/unit/state/partition_leads_fixture.h"

namespace leadpulse::state::partition_leads_bounds_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

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
  for (int i = 0; i < kLeads; ++i) MustCreate({"t", std::to_string(i)})->profile.extras.Get().agent_id = "x";
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

TEST_F(PartitionLeadsTest, DirtyBytesFollowTheLead) {
  Lead* ann = MustCreate(kAnn);
  size_t before = leads_->dirty_bytes();
  for (int i = 0; i < 100; ++i) {
    leads_->MarkDirty(ann);
    ann->journal.Add(testing::Entry(EventType::kOpen, i, std::string(100, 'e') + std::to_string(i)), 1000);
  }
  EXPECT_GT(leads_->dirty_bytes(), before + 99 * (sizeof(JournalEntry) + 100));
}

// They bound what waits for the epoch's end.
TEST_F(PartitionLeadsTest, DirtyBytesFollowTheProfile) {
  Lead* ann = MustCreate(kAnn);
  const size_t before = leads_->dirty_bytes();
  ann->profile.attributes["a"].sent = std::string(100'000, 'x');
  leads_->MarkProfileChanged(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  leads_->MarkDirty(ann);
  leads_->MarkIdentityChanged(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  ann->profile.attributes.clear();
  leads_->MarkProfileChanged(ann);
  EXPECT_EQ(leads_->dirty_bytes(), before);
}

TEST_F(PartitionLeadsTest, DirtyBytesFollowTheIdentity) {
  Lead* ann = MustCreate(kAnn);
  const size_t before = leads_->dirty_bytes();
  ann->identity.Get().leads[std::string(100'000, 'x')].uses = true;
  leads_->MarkIdentityChanged(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  leads_->MarkDirty(ann);
  EXPECT_GT(leads_->dirty_bytes(), before + 100'000);
  ann->identity.reset();
  leads_->MarkIdentityChanged(ann);
  EXPECT_EQ(leads_->dirty_bytes(), before);
}

}  // namespace leadpulse::state::partition_leads_bounds_test
