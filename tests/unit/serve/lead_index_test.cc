// How the index follows writes: it foresees commits, lets queries wait, reports on itself, and is dropped.
#include "processor/serve/index/lead_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "processor/serve/index/metrics_page.h"
#include "processor/serve/index/row_facts.h"
#include "processor/serve/queries/query_service.h"
#include "state/codec/lead_codec.h"
#include "state/store/forwarding_store.h"
#include "tests/support/lead_examples.h"
#include "tests/support/measured_store.h"
#include "tests/support/rounds.h"
#include "tests/unit/serve/indexed_leads_fixture.h"
#include "tests/unit/serve/random_leads.h"
#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::serve::lead_index_test {

TEST_F(IndexedQueryTest, QueriesSayThatLeadsAreBeingIndexed) {
  RandomWriter writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  LeadIndex of_many({.few_leads = 10}), of_few({});
  EXPECT_EQ((*of_many.Open(store_.get()))->indexing(), 0U);
  EXPECT_EQ((*of_few.Open(store_.get()))->indexing(), std::nullopt);
  of_many.Start(store_.get(), &clock_);
  WaitFor(&of_many);
  EXPECT_EQ((*of_many.Open(store_.get()))->indexing(), std::nullopt);
}

TEST_F(IndexedQueryTest, MetricsTellOfTheIndexAndItsQueries) {
  RandomWriter writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  telemetry::MetricsPage page;
  AddIndexMetrics(&index_, &page);
  const auto value = [&page](const std::string& name) {
    return ParseMetrics(page.Text()).at("leadpulse_index_" + name).samples.at("");
  };
  QueryParts parts;
  parts.index = &index_;
  v1::CountLeads query;
  query.mutable_caller()->set_tenant_id("acme");
  const auto count = [&] {
    const http::Response answer = AnswerQuery("/leads/count", query.SerializeAsString(), store_.get(), &parts);
    EXPECT_EQ(answer.code, http::kOk);
  };
  EXPECT_EQ(value("leads"), 0);
  count();
  EXPECT_EQ(value("passes_total"), 1);
  WaitForIndex();
  count();
  count();
  EXPECT_EQ(value("passes_total"), 1);
  EXPECT_EQ(value("queries_total"), 2);
  EXPECT_EQ(value("filling"), 0);
  EXPECT_GT(value("leads"), 50);
  EXPECT_GT(value("memory_bytes"), 200 * value("leads"));
  index_.Stop();
  EXPECT_EQ(value("pending_leads"), 0);
  const state::RowWrite gone{PartitionId{0}, EncodeLeadKey({"acme", "nobody"}), std::nullopt};
  ASSERT_TRUE(watched_->Commit({.leads = {gone}}).ok());
  EXPECT_EQ(value("pending_leads"), 1);
  ExpectOnMetricsPage(IndexMetricTable());
}

// A watcher below another one: it is called when that one knows of a commit, and before it knows that the commit has
// ended.
class CommitHooks : public state::CommitWatcher {
 public:
  uint64_t Begun(const state::EpochWrite& /*write*/) override {
    before();
    return 0;
  }
  uint64_t BegunIngest(PartitionId /*partition*/) override { return 0; }
  void Ended(uint64_t /*number*/, const Status& /*written*/) override { after(); }

  std::function<void()> before, after;
};

TEST_F(IndexedQueryTest, AnswersSoWhenTheIndexHasForeseenTheCommits) {
  uint64_t foreseen = 0;
  CommitHooks hooks;
  hooks.before = [&] {
    for (int i = 0; i < 50 && index_.foreseen() < index_.pending() / 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    foreseen += index_.foreseen();
  };
  hooks.after = [] {};
  state::WatchedStore below(store_.get(), &hooks);
  watched_ = std::make_unique<state::WatchedStore>(&below, &index_);
  RandomWriter writer(13);
  RandomAsker asker(13);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int round = 0; round < testing::Rounds(2) && !HasFailure(); ++round) {
    Write(writer.Records(200));
    CompareSome(&asker, 30);
  }
  EXPECT_GT(foreseen, 60);
}

// A query reads uncertain leads again, which takes most of its time.
TEST_F(IndexedQueryTest, ACommitMakesLeadsUncertainWhileItIsVisibleAndNotIndexed) {
  RandomWriter writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  WaitForIndex();
  CommitHooks hooks;
  state::WatchedStore below(store_.get(), &hooks), watched(&below, &index_);
  const auto uncertain = [this] { return (*index_.Open(store_.get()))->uncertain().size(); };
  hooks.before = [&] { EXPECT_EQ(uncertain(), 0); };
  hooks.after = [&] { EXPECT_EQ(uncertain(), 1); };
  const state::RowWrite gone{PartitionId{0}, EncodeLeadKey({"acme", "lead-1"}), std::nullopt};
  ASSERT_TRUE(watched.Commit({.leads = {gone}}).ok());
  for (int i = 0; i < 3000 && index_.pending() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(uncertain(), 0);
}

// Returns deletes of leads that do not exist.
state::EpochWrite DeletesOf(int leads) {
  state::EpochWrite write;
  for (int i = 0; i < leads; ++i) {
    write.leads.push_back({PartitionId{0}, EncodeLeadKey({"acme", std::to_string(i)}), std::nullopt});
  }
  return write;
}

TEST_F(IndexedQueryTest, AQueryWaitsUntilTheCommitsBeforeItAreIndexed) {
  RandomWriter writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  WaitForIndex();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(watched_->Commit(DeletesOf(2'000)).ok());
    EXPECT_EQ((*index_.Open(store_.get()))->uncertain().size(), 0);
  }
}

TEST_F(IndexedQueryTest, AQueryDoesNotWaitLongForTheIndex) {
  RandomWriter writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  LeadIndex impatient({.longest_wait = std::chrono::milliseconds(20)});
  state::WatchedStore watched(store_.get(), &impatient);
  impatient.Start(store_.get(), &clock_);
  WaitFor(&impatient);
  auto held = impatient.Open(store_.get());  // the index cannot change
  ASSERT_TRUE(watched.Commit(DeletesOf(200)).ok());
  const auto other = std::async(std::launch::async, [&] { return impatient.Open(store_.get()); });
  other.wait();
  EXPECT_EQ(impatient.pending(), 200);
  (*held)->Release();
}

TEST_F(IndexedQueryTest, TheTermsOfAProfileStayOnlyIfTheIndexHasThatProfile) {
  RandomWriter writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  WaitForIndex();
  state::RowWrite write{PartitionId{0}, {}, {}};
  const auto take = [&write](std::string_view key, std::string_view value) {
    write.key = key;
    write.value = value;
    return false;  // one is enough
  };
  ASSERT_TRUE(store_->VisitLeads(write.partition, EncodeLeadKey({"acme", "lead"}), take).ok());
  state::RowWrite of_zebra = write;
  state::Lead lead = *state::DecodeLead(DecodeLeadKey(write.key), *write.value);
  lead.profile.attributes["industry"].sent = std::string("Zebra");
  of_zebra.value = state::EncodeLead(lead);
  const auto wait_for = [this](uint64_t pending) {
    for (int i = 0; i < 3000 && index_.pending() != pending; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(index_.pending(), pending);
  };
  wait_for(0);
  auto held = index_.Open(store_.get());  // the index cannot change
  index_.Ended(index_.Begun({.leads = {write}}), Status::Ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  // The second commit is foreseen before the index has the first one.
  index_.Ended(index_.Begun({.leads = {of_zebra}}), Status::Ok());
  const uint64_t back = index_.Begun({.leads = {write}});
  (*held)->Release();
  wait_for(1);
  index_.Ended(back, Status::Ok());
  wait_for(0);
  held = index_.Open(store_.get());
  const TenantIndex* index = (*held)->ForTenant("acme", *definitions_);
  EXPECT_EQ(index->CountWith(TermOf(TermKind::kValue, "industry", "zebra")), 0);
}

TEST_F(IndexedQueryTest, AnIndexThatCannotKeepUpIsDropped) {
  index_.Stop();
  LeadIndex small({.most_uncertain = 50});
  state::WatchedStore watched(store_.get(), &small);
  RandomWriter writer(5);
  Write(writer.Records(300));
  small.Start(store_.get(), &clock_);
  WaitFor(&small);
  ASSERT_TRUE(watched.Commit(DeletesOf(60)).ok());
  const auto opened = small.Open(store_.get());
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->ForTenant("acme", *definitions_), nullptr);
  small.Stop();
}

// A commit may change thousands of leads with journals of megabytes, each by some bytes.
TEST(TenantIndexTest, TwoSpellingsOfACampaignAreOneTerm) {
  const config::TenantDefinitions definitions;
  const IndexedKey key{PartitionId{0}, EncodeLeadKey({"acme", "lead"})};
  const std::string opened = MeasureTerm(report::Measure::kOpened, "spring");
  const auto events = [](const char* spelling) {
    return CampaignEvents{spelling, report::MeasureSet().set(static_cast<size_t>(report::Measure::kOpened))};
  };
  TenantIndex index;
  for (const std::vector<CampaignEvents>& of : {std::vector{events("spring")},
                                                {events("Spring"), events("spring")},
                                                {events("SPRING"), events("Spring"), events("spring")}}) {
    IndexedFacts facts;
    facts.is_lead = true;
    facts.events = of;
    ASSERT_TRUE(index.Set(key, index.Number(std::move(facts), definitions)));
    EXPECT_EQ(index.CountWith(opened), 1);
    EXPECT_EQ(index.CountWith(TermOf(TermKind::kEvents, "spring")), 1);
  }
  EXPECT_EQ(index.campaigns(), (std::map<std::string, std::string>{{"spring", "spring"}}));
  IndexedFacts none;
  none.is_lead = true;
  ASSERT_TRUE(index.Set(key, index.Number(std::move(none), definitions)));
  EXPECT_EQ(index.CountWith(opened), 0);
}

TEST(RowFactsTest, LargeRowsAreReadInParts) {
  testing::MeasuredStore store(1);
  state::EpochWrite rows, appends;
  std::vector<state::EncodedLeadKey> keys;
  state::LeadEncoder encoder;
  for (int i = 100; i < 140; ++i) {
    state::Lead lead;
    lead.key = {"acme", "lead-" + std::to_string(i)};
    for (int entry = 0; entry < 900; ++entry) {
      testing::OwnedEntry visit = testing::Entry(EventType::kPageVisit, entry, "visit-" + std::to_string(entry));
      visit.name = std::string(1000, 'x');
      lead.journal.Add(visit, 1000);
    }
    keys.push_back(EncodeLeadKey(lead.key));
    rows.leads.push_back({PartitionId{0}, keys.back(), state::EncodeLead(lead)});
    lead.journal.SetWritten();
    lead.journal.Add(testing::Entry(EventType::kOpen, 1000, "open"), 1000);
    state::RowWrite& append = appends.leads.emplace_back(state::RowWrite{PartitionId{0}, keys.back(), std::nullopt});
    append.value = encoder.EncodeChange(lead, 0, state::LeadEncoder::Appends::kOften, &append.appended);
    ASSERT_TRUE(append.appended);
  }
  ASSERT_TRUE(store.Commit(rows).ok());
  query::AnswerBasis basis;
  basis.definitions = config::LoadDefinitions(kIndexedDefinitions).definitions;
  RowFacts facts(store, basis, [](std::string_view) { return std::optional<uint64_t>(); });
  const auto read = facts.Read(PartitionId{0}, keys);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->size(), keys.size());
  EXPECT_LT(store.largest_read(), 10u << 20);
  store.Reset();
  for (const bool ascend : {true, false}) {
    const auto foreseen = facts.Foresee(appends.leads);
    ASSERT_TRUE(foreseen.ok()) << foreseen.status().message();
    EXPECT_EQ(foreseen->size(), keys.size());
    EXPECT_LT(store.largest_read(), 10u << 20) << ascend;
    EXPECT_GT(store.largest_read(), 0u) << ascend;
    std::ranges::reverse(appends.leads);
  }
}

}  // namespace leadpulse::serve::lead_index_test
