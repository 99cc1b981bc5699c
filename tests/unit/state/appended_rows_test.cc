// When the row of a lead is appended to, and when it is written whole. lead_codec_test.cc tests the appends.
#include <gmock/gmock.h>

#include <string>

#include "state/codec/lead_codec.h"
#include "tests/support/lead_examples.h"
#include "tests/unit/state/partition_leads_fixture.h"

namespace leadpulse::state::appended_rows_test {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

constexpr size_t kBound = 1000;

class AppendedRows : public PartitionLeadsTest {
 protected:
  void Add(int minute) {
    Lead* ann = MustFind(kAnn);
    leads_->MarkDirty(ann);
    ann->journal.Add(testing::Entry(EventType::kOpen, minute, "an-open-of-the-mail-" + std::to_string(minute)), kBound);
  }
  // Whether the lead's row was appended to.
  bool Commit() { return PartitionLeadsTest::Commit().leads.at(0).appended; }
  void ExpectWholeRow() { EXPECT_EQ(*store_.Get(kPartition, EncodeLeadKey(kAnn)), EncodeLead(*MustFind(kAnn))); }
};

TEST_F(AppendedRows, AJournalThatGrowsIsAppendedTo) {
  MustCreate(kAnn);
  for (int minute = 0; minute < 40; ++minute) Add(minute);
  EXPECT_FALSE(Commit()) << "it is new";
  Add(50);
  EXPECT_TRUE(Commit());
  ExpectWholeRow();
  Add(45);
  EXPECT_FALSE(Commit()) << "it came late";
  Reopen(kRoomy);
  Add(60);
  EXPECT_TRUE(Commit()) << "read with its row";
}

TEST_F(AppendedRows, AfterAsMuchAsItHoldsARowIsWrittenWhole) {
  MustCreate(kAnn);
  for (int minute = 0; minute < 40; ++minute) Add(minute);
  Commit();
  int appends = -1;
  for (bool appended = true; appended && appends < 1000; ++appends) {
    leads_->MarkDirty(MustFind(kAnn));
    appended = Commit();
  }
  EXPECT_THAT(appends, AllOf(Ge(10), Le(60)));
  ExpectWholeRow();
}

// A log of deltas gets an append wherever there is something to append to, and the epoch of each.
TEST_F(AppendedRows, DeltasAreAppends) {
  MustCreate(kAnn);
  for (uint64_t epoch = 1; epoch < 40; ++epoch) {
    Add(static_cast<int>(epoch));
    EpochWrite write;
    leads_->CollectWrites(&write, epoch);
    EXPECT_EQ(write.leads.at(0).appended, epoch > 1) << epoch;
    EXPECT_EQ(leads_->EncodeRow(MustFind(kAnn)), EncodeLead(*MustFind(kAnn)));
    ASSERT_TRUE(store_.Commit(write).ok());
    leads_->Committed();
    ExpectWholeRow();
    EXPECT_EQ(*DecodeDeltaEpoch(kAnn, **store_.Get(kPartition, EncodeLeadKey(kAnn))), epoch);
  }
}

// Nothing of the former life's row remains.
TEST_F(AppendedRows, ALeadThatCameBackIsWrittenWhole) {
  MustCreate(kAnn);
  for (int minute = 0; minute < 40; ++minute) Add(minute);
  const Journal journal = MustFind(kAnn)->journal;
  Commit();
  ASSERT_NE(MustFind(kAnn), nullptr);
  leads_->Erase(kAnn, {Instant{1}, SequenceNumber{1}});
  MustCreate(kAnn)->journal = journal;
  EXPECT_FALSE(Commit());
  ExpectWholeRow();
}

}  // namespace leadpulse::state::appended_rows_test
