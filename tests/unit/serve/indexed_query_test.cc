// Comparison of queries answered from the index with a scan of all leads, after any writes and during them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/query/state_access.h"
#include "processor/serve/queries/lead_count.h"
#include "processor/serve/queries/lead_queries.h"
#include "state/store/forwarding_store.h"
#include "state/store/write_behind_store.h"
#include "tests/support/rounds.h"
#include "tests/unit/serve/indexed_leads_fixture.h"
#include "tests/unit/serve/random_leads.h"

namespace leadpulse::serve::indexed_query_test {

// A store that writes behind, as in the live mode. Commits go through it a partition at a time, and no snapshot has a
// part of them. It writes out now and then.
class DelayingStore : public state::ForwardingStore {
 public:
  DelayingStore(std::unique_ptr<state::LeadStore> store, std::unique_ptr<state::WriteBehindStore> behind)
      : ForwardingStore(behind.get()), store_(std::move(store)), behind_(std::move(behind)) {}

  Result<std::unique_ptr<const state::LeadReader>> Snapshot() override {
    const std::lock_guard lock(mutex_);
    return ForwardingStore::Snapshot();
  }
  Status Commit(const state::EpochWrite& write) override {
    const std::lock_guard lock(mutex_);
    for (uint32_t i = 0; i < partition_count(); ++i) {
      state::EpochWrite part;
      std::ranges::copy_if(write.leads, std::back_inserter(part.leads),
                           [i](const state::RowWrite& lead) { return lead.partition.value == i; });
      std::ranges::copy_if(write.erasures, std::back_inserter(part.erasures),
                           [i](const state::ErasureWrite& erasure) { return erasure.partition.value == i; });
      std::ranges::copy_if(write.day_counts, std::back_inserter(part.day_counts),
                           [i](const state::DayCountsWrite& counts) { return counts.partition.value == i; });
      if (i == 0) part.meta = write.meta;
      LP_RETURN_IF_ERROR(behind_->CommitPartition(PartitionId{i}, std::move(part)));
    }
    return ++commits_ % 7 == 0 ? behind_->WriteOut() : Status::Ok();
  }

 private:
  const std::unique_ptr<state::LeadStore> store_;
  const std::unique_ptr<state::WriteBehindStore> behind_;
  std::mutex mutex_;
  int commits_ = 0;
};

enum class Writes { kAtOnce, kBehind };

class IndexedLeadsTest : public IndexedQueryTest, public ::testing::WithParamInterface<Writes> {
 protected:
  std::unique_ptr<state::LeadStore> Over(std::unique_ptr<state::LeadStore> store) override {
    if (GetParam() == Writes::kAtOnce) return store;
    auto behind = state::MakeWriteBehindStore({}, store.get(), &clock_);
    return std::make_unique<DelayingStore>(std::move(store), std::move(behind));
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, IndexedLeadsTest, ::testing::Values(Writes::kAtOnce, Writes::kBehind));

TEST_P(IndexedLeadsTest, AnswersAsAPassOverAllLeadsDoes) {
  const uint32_t seed = 20'261'125;
  RandomWriter writer(seed);
  RandomAsker asker(seed);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int round = 0; round < testing::Rounds(2) && !HasFailure(); ++round) {
    CompareSome(&asker, 30);
    writer.UseLeads(170 + 20 * round);  // the index ordered only those it began with
    Write(writer.Records(round % 2 == 0 ? 30 : 700));
  }
  CompareSome(&asker, 30);
  EXPECT_GT(used_, 100);
}

// Numbers of few different digits, so that a part is found at even and odd places of several of them.
TEST_F(IndexedQueryTest, FindsDigitsAtEvenAndOddPlacesOfPhoneNumbers) {
  const uint32_t seed = 20'261'128;
  SCOPED_TRACE(seed);
  std::mt19937 dice(seed);
  const auto digits = [&](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += "012"[dice() % 3];
    return text;
  };
  std::string records;
  std::vector<std::string> phones;
  for (int i = 0; i < 400; ++i) {
    phones.push_back(digits(5 + dice() % 7));
    records += R"({"command":{"tenantId":"acme","leadId":"lead-)" + std::to_string(i) +
               R"(","commandId":"c","issuedAt":"2026-03-01T00:00:00Z","updateProfile":{"set":{"phone":"+)" +
               phones.back() + R"("}}}})" + "\n";
  }
  Write(records);
  WaitForIndex();
  std::array<int, 2> found = {};
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    const std::string sought = digits(5 + dice() % 3);
    for (const std::string& phone : phones) {
      const size_t place = phone.find(sought);
      if (place != std::string::npos) ++found[place % 2];
    }
    v1::FindLeads request;
    request.mutable_caller()->set_tenant_id("acme");
    request.set_rule("HAS WORDS \"" + sought + "\"");
    request.set_count(true);
    request.set_limit(100);
    Compare(FindLeads, request);
  }
  EXPECT_GT(found[0], 100);
  EXPECT_GT(found[1], 100);
}

TEST_F(IndexedQueryTest, AnswersOfTwoRunsAreTogetherThoseOfOne) {
  RandomWriter writer(11);
  RandomAsker asker(11);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    v1::FindLeads request = asker.Find();
    if (i % 4 == 0) {
      request.set_format("csv");
      request.add_columns("lead");
    }
    CompareParts(FindLeads, request);
    v1::GetPipeline board;
    asker.SetCaller(board.mutable_caller());
    board.set_limit(static_cast<uint32_t>(1 + asker.Up(9)));
    CompareParts(GetPipeline, board);
    v1::CountLeads count_of;
    count_of.set_moves_today(true);
    asker.SetCaller(count_of.mutable_caller());
    CompareParts(CountLeads, count_of);
    v1::CountNames names;
    asker.SetCaller(names.mutable_caller());
    names.set_kind(static_cast<v1::CountNames::Kind>(1 + asker.Up(2)));
    CompareParts(CountNames, names);
  }
  for (const char* name : {"pipeline", "tiers", "segments", "campaigns", "scores"}) {
    v1::MakeReport report;
    asker.SetCaller(report.mutable_caller());
    report.set_name(name);
    CompareParts(MakeReport, report);
  }
}

TEST_P(IndexedLeadsTest, AnswersSoWhileLeadsAreWritten) {
  const uint32_t seed = 7;
  RandomWriter writer(seed);
  RandomAsker asker(seed);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int i = 0; i < testing::Rounds(10) && !HasFailure(); ++i) {
    std::thread writes([&] { Write(writer.Records(200)); });
    CompareSome(&asker, 1);
    writes.join();
  }
  CompareSome(&asker, 30);
  EXPECT_GT(used_, 40);
}

// Compares an estimate with the exact count. Returns whether it was an estimate.
bool IsEstimated(const Snapshot& snapshot, const query::LeadsQuery& query) {
  constexpr uint64_t kBound = 100;
  const CountPlan plan = PlanCount(snapshot, query);
  const auto exact = Count(snapshot, plan);
  const auto estimate = EstimateCount(snapshot, PlanCount(snapshot, query), kBound);
  EXPECT_TRUE(exact.ok() && estimate.ok());
  EXPECT_FALSE(exact->is_estimate);
  if (estimate->is_estimate) {
    EXPECT_GT(exact->leads, kBound);
    EXPECT_GT(estimate->leads, kBound);
    EXPECT_NEAR(static_cast<double>(estimate->leads), static_cast<double>(exact->leads), 300);  // there are 1,300 leads
  } else {
    EXPECT_EQ(estimate->leads, exact->leads);
  }
  return estimate->is_estimate;
}

TEST_F(IndexedQueryTest, AnEstimateIsExactUpToItsBound) {
  RandomWriter writer(11);
  RandomAsker asker(11);
  writer.UseLeads(1'500);
  Write(writer.Records(4'000));
  WaitForIndex();
  const auto opened = index_.Open(store_.get());
  ASSERT_TRUE(opened.ok());
  IndexedSnapshot& indexed = **opened;
  const auto clock = query::ClockIfAny(indexed.rows());
  ASSERT_TRUE(clock.ok());
  Snapshot snapshot{indexed.rows(), *definitions_, clock->value_or(Instant{0}), nullptr, &indexed};
  int estimates = 0;
  for (int i = 0; i < testing::Rounds(100) && !HasFailure(); ++i) {
    const std::string rule = asker.Rule();
    const auto checked = query::WhereRule::Check(rule, *definitions_, {"acme"}, "rule");
    ASSERT_NE(checked.rule, nullptr) << rule;
    query::LeadsQuery query{.tenant = "acme", .wheres = {checked.rule}, .at = snapshot.clock};
    if (i % 3 == 0) query.visible_to = "ben";
    SCOPED_TRACE(rule);
    estimates += IsEstimated(snapshot, query) ? 1 : 0;
  }
  EXPECT_GT(estimates, 1);
  snapshot.index = nullptr;
  EXPECT_FALSE(IsEstimated(snapshot, {.tenant = "acme", .at = snapshot.clock}));
}

TEST_F(IndexedQueryTest, OtherDefinitionsAreIndexedAnew) {
  RandomWriter writer(3);
  RandomAsker asker(3);
  Write(writer.Records(800));
  WaitForIndex();
  std::string other = kIndexedDefinitions;
  other.replace(other.find("industry IS \"SaaS\""), 18, "industry IS SET   ");
  definitions_ = config::LoadDefinitions(other).definitions;
  ASSERT_NE(definitions_, nullptr);
  Write(writer.Records(50));
  CompareSome(&asker, 40);
  WaitForIndex();
  used_ = 0;
  CompareSome(&asker, 40);
  EXPECT_GT(used_, 40);
}

}  // namespace leadpulse::serve::indexed_query_test
