// Restores a lost state from the changelog's beginning, in bulk.
#include <gtest/gtest.h>

#include "leadpulse/v1/changelog.pb.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/partition_restore_fixture.h"
#include "tests/support/forwarding_store.h"

namespace leadpulse::kafka::lost_state_test {

// A store that counts ingestions and committed leads. An ingestion must find no position.
class BulkStore : public testing::ForwardingStore {
 public:
  BulkStore() : ForwardingStore(kPartitions) {}
  Status Commit(const state::EpochWrite& write) override {
    committed_leads += write.leads.size();
    return ForwardingStore::Commit(write);
  }
  Status Ingest(PartitionId partition, std::span<const state::IngestedLead> leads,
                std::span<const state::DueTimer> timers) override {
    ++ingestions;
    EXPECT_EQ(*engine::ReadLocalPosition(state::MetaOf(*this), partition), std::nullopt);
    return ForwardingStore::Ingest(partition, leads, timers);
  }
  bool TakesMore() const override { return takes_more; }

  size_t committed_leads = 0;
  int ingestions = 0;
  bool takes_more = true;
};

class LostStateTest : public PartitionRestoreTest {
 protected:
  LostStateTest() {
    auto made = std::make_unique<BulkStore>();
    bulk = made.get();
    store = std::move(made);
  }
  void SetUp() override {
    PartitionRestoreTest::SetUp();
    for (const char* name : {"ann", "bob", "cid", "eve"}) Lead(name, {5});
    Lead("ann", {9});
    Gone("bob");
    Lead("cid", Instant::Never());
    Lead("dan", {4});
    Gone("eve");
    Lead("eve", {7});
    Gone("fay");  // from before the changelog's compaction
    Hide("cid", Instant::Never());
    Hide("dan", {3});
    GoneAsHidden("dan");
    Lead("dan", {4});
    Hide("gus", {6});
    GoneAsHidden("gus");
    Commit({{1, 0}});
  }

  static std::string Key(const std::string& name) { return EncodeLeadKey({"acme", name}); }
  static std::string Row(const std::string& name, Instant next_change_at) {
    state::Lead lead;
    lead.key = {"acme", name};
    lead.next_change_at = next_change_at;
    return state::EncodeLead(lead);
  }
  void Lead(const std::string& name, Instant next_change_at) {
    v1::LeadRecord record;
    record.set_stored(Row(name, next_change_at));
    changelog.Append(kOnly, Key(name), record.SerializeAsString());
  }
  void Gone(const std::string& name) { changelog.Append(kOnly, Key(name), std::nullopt); }
  // Makes a row hidden that was a lead before, or becomes one again.
  void Hide(const std::string& name, Instant next_change_at) {
    Gone(name);
    v1::LeadRecord record;
    record.set_stored(Row(name, next_change_at));
    changelog.Append(kOnly, HiddenLeadKey(Key(name)), record.SerializeAsString());
  }
  void GoneAsHidden(const std::string& name) { changelog.Append(kOnly, HiddenLeadKey(Key(name)), std::nullopt); }

  void ExpectLeads() {
    std::map<std::string, std::string> held;
    const Status visited = store->VisitLeads(
        kOnly, "", [&](std::string_view key, std::string_view row) { return held.emplace(key, row).second; });
    ASSERT_TRUE(visited.ok());
    const std::map<std::string, std::string> expected = {{Key("ann"), Row("ann", {9})},
                                                         {Key("cid"), Row("cid", Instant::Never())},
                                                         {Key("dan"), Row("dan", {4})},
                                                         {Key("eve"), Row("eve", {7})}};
    EXPECT_EQ(held, expected);
    std::string timers;
    const auto due = store->DueTimers(kOnly, Instant::DistantPast(), Instant::Never(), 100);
    for (const state::DueTimer& timer : *due) {
      timers += std::to_string(timer.due.millis) + timer.key.substr(5) + " ";
    }
    EXPECT_EQ(timers, "4dan 7eve 9ann ");
  }

  BulkStore* bulk;
};

TEST_F(LostStateTest, IsMadeOfTheLastRecordOfEachLeadHoweverTheyCome) {
  uint64_t restores = 0;
  for (size_t bytes : {size_t{1}, size_t{1} << 20}) {
    for (int64_t read : {1, 2, 3, 100}) {
      ASSERT_TRUE(store->Commit({.dropped = {kOnly}, .meta = {{engine::LocalPositionName(kOnly), ""}}}).ok());
      options.restore_bytes = bytes;
      changelog.most_a_read = read;
      ExpectRestoredTo({{1, 0}}, ++restores);
      ExpectLeads();
    }
  }
  EXPECT_GT(bulk->ingestions, 0);
  EXPECT_EQ(bulk->committed_leads, 0u);
}

// The old contents and the rest of an interrupted restore have no effect, at any step.
TEST_F(LostStateTest, IsMadeFromTheBeginningWhereverItWasCutShort) {
  changelog.most_a_read = 2;
  for (size_t bytes : {size_t{1}, size_t{1} << 20}) {
    options.restore_bytes = bytes;
    int cut_after = 0;
    for (bool cut_short = true; cut_short;) {
      const state::RowWrite old{kOnly, Key("old"), Row("old", {1}), Instant::Never(), {1}};
      ASSERT_TRUE(store->Commit({.leads = {old}, .meta = {{engine::LocalPositionName(kOnly), ""}}}).ok());
      most_steps = ++cut_after;
      cut_short = !Restore().ok();
      most_steps = 50;
      const Outcome outcome = Restore();
      ASSERT_TRUE(outcome.ok()) << outcome.status().message();
      ExpectLeads();
    }
    EXPECT_GE(cut_after, bytes == 1 ? 9 : 7);
  }
}

// A state that was not lost is caught up with row by row. Its timers exist, and must neither be doubled nor stay.
TEST_F(LostStateTest, OneOfAnEarlierVersionIsCaughtUpWithRowByRow) {
  ExpectRestoredTo({{1, 0}}, 1);
  Keep({{1, 0}});  // without deltas
  const int ingestions = bulk->ingestions;
  Lead("ann", {11});
  Hide("dan", {12});
  GoneAsHidden("dan");
  GoneAsHidden("cid");
  Lead("cid", {13});
  Hide("eve", Instant::Never());
  Commit({{2, 0}});
  ExpectRestoredTo({{2, 0}}, 1);
  EXPECT_EQ(bulk->ingestions, ingestions);
  EXPECT_EQ(*store->Get(kOnly, Key("dan")), std::nullopt);
  EXPECT_EQ(*store->Get(kOnly, Key("eve")), Row("eve", Instant::Never()));
  EXPECT_EQ(store->DueTimers(kOnly, {0}, {100}, 100)->size(), 2u);
}

// This worker writes no more, at whichever step another worker of the process gets the partition.
TEST_F(LostStateTest, IsLeftToWhoeverIsGivenThePartition) {
  changelog.most_a_read = 2;
  options.restore_bytes = 1;
  for (int given = 0; given < 9; ++given, ++generation) {
    environment.store = store.get();
    PartitionRestores restores(options, environment, &consumer, {&changelog, &deltas});
    restores.Begin(kOnly, {kOnly, generation, &writer_fence, store.get()});
    for (int step = 0; step < given; ++step) ASSERT_TRUE(restores.Step(std::chrono::milliseconds(0))->empty());
    writer_fence.Begin(kOnly, generation + 1);
    ASSERT_TRUE(store->Commit({.dropped = {kOnly}, .meta = {{engine::LocalPositionName(kOnly), ""}}}).ok());
    for (int step = 0; step < 50; ++step) ASSERT_TRUE(restores.Step(std::chrono::milliseconds(0))->empty());
    const Status visited = store->VisitLeads(kOnly, "", [&](std::string_view key, std::string_view) {
      ADD_FAILURE() << key << " after " << given;
      return true;
    });
    ASSERT_TRUE(visited.ok());
    EXPECT_TRUE(store->DueTimers(kOnly, Instant::DistantPast(), Instant::Never(), 100)->empty()) << given;
  }
}

TEST_F(LostStateTest, WaitsWhereTheStoreHasEnough) {
  bulk->takes_more = false;
  EXPECT_EQ(Restore().status().message(), "it does not end");
  EXPECT_EQ(bulk->ingestions, 0);
  bulk->takes_more = true;
  ExpectRestoredTo({{1, 0}}, 2);
  ExpectLeads();
}

TEST_F(LostStateTest, ALeadThatCannotBeReadStopsTheProcess) {
  v1::LeadRecord record;
  record.set_stored(Row("ann", {5}));
  changelog.Append(kOnly, Key("mia"), record.SerializeAsString());
  Commit({{2, 0}});
  const Outcome outcome = Restore();
  EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
  EXPECT_NE(outcome.status().message().find("a stored lead of tenant"), std::string::npos);
  EXPECT_EQ(outcome.status().message().find("mia"), std::string::npos) << "logs have no ids";
}

}  // namespace leadpulse::kafka::lost_state_test
