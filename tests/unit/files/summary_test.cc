#include "processor/files/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/files/leads_file.h"
#include "processor/files/progress.h"

namespace leadpulse::files::summary_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

RunSummary Example() {
  RunSummary summary;
  summary.records = 1'204'000;
  summary.engine.events = 1'203'990;
  summary.engine.duplicates = 7;
  summary.engine.timers = 4'321;
  summary.engine.changes[static_cast<size_t>(codec::ChangeKind::kLeadCreated)] = 12'345;
  summary.rejected[static_cast<size_t>(codec::Reason::kMalformed)] = 3;
  summary.elapsed = std::chrono::seconds(8);
  summary.clock = Instant{1'773'135'000'000};
  TenantSummary tenant{"acme", 30, {{"hot", 10}, {"cold", 20}}, {{"new", 30}}, {}};
  for (uint64_t i = 0; i < 25; ++i) tenant.segments.emplace_back("segment-" + std::to_string(i), i);
  summary.leads = TenantSummaries{{tenant}};
  return summary;
}

TEST(SummaryTest, TheTextIsAligned) {
  std::string text = RenderSummary(Example());
  EXPECT_THAT(text, HasSubstr("Records read                     1,204,000\n"));
  EXPECT_THAT(text, HasSubstr("    malformed                            3\n"));
  EXPECT_THAT(text, HasSubstr("  LEAD_CREATED                      12,345\n"));
  EXPECT_THAT(text, HasSubstr("  acme                                  30\n"));
  EXPECT_THAT(text, HasSubstr("  timers fired                       4,321\n"));
  EXPECT_THAT(text, HasSubstr("150,500 records/s"));
  EXPECT_THAT(text, HasSubstr("Clock  2026-03-10T09:30:00Z\n"));
}

TEST(SummaryTest, TheLargestTwentySegmentsAreShown) {
  std::string text = RenderSummary(Example());
  EXPECT_THAT(text, HasSubstr("segment-24 "));
  EXPECT_THAT(text, HasSubstr("segment-5 "));
  EXPECT_THAT(text, Not(HasSubstr("segment-4 ")));
  EXPECT_THAT(text, HasSubstr("      … and 5 more\n"));
}

TEST(SummaryTest, WhatNobodyIsInIsListed) {
  RunSummary summary = Example();
  summary.leads->tenants[0].tiers = {{"hot", 0}, {"cold", 30}};
  summary.leads->tenants[0].segments = {{"nobody", 0}, {"some", 3}};
  std::string text = RenderSummary(summary);
  EXPECT_THAT(text, HasSubstr("      hot                                0\n"));
  EXPECT_THAT(text, HasSubstr("      nobody                             0\n"));
  EXPECT_LT(text.find("some"), text.find("nobody"));
  EXPECT_THAT(RenderSummaryJson(summary), HasSubstr(R"("tiers":{"hot":0,"cold":30})"));
  EXPECT_THAT(RenderSummaryJson(summary), HasSubstr(R"("segments":{"nobody":0,"some":3})"));
}

TEST(SummaryTest, NamesCannotSteerTheTerminal) {
  RunSummary summary = Example();
  summary.leads->tenants[0].segments = {{"red \x1b[31m", 1}};
  EXPECT_THAT(RenderSummary(summary), HasSubstr("red ?[31m"));
}

TEST(SummaryTest, JsonHasEverything) {
  std::string json = RenderSummaryJson(Example());
  EXPECT_THAT(json, HasSubstr(R"("records":{"read":1204000,"events":1203990,"commands":0,"duplicates":7,)"));
  EXPECT_THAT(json, HasSubstr(R"("malformed":3)"));
  EXPECT_THAT(json, HasSubstr(R"("LEAD_CREATED":12345)"));
  EXPECT_THAT(json, HasSubstr(R"("segment-4":4)"));
  EXPECT_THAT(json, HasSubstr(R"("clock":"2026-03-10T09:30:00Z")"));
  EXPECT_THAT(json, ::testing::EndsWith("}\n"));
}

TEST(SummaryTest, AStoppedRunSaysWhere) {
  RunSummary summary = Example();
  summary.leads.reset();
  summary.stopped_at = "a.jsonl, after line 7";
  EXPECT_THAT(RenderSummary(summary), HasSubstr("Stopped a.jsonl, after line 7\n"));
  EXPECT_THAT(RenderSummaryJson(summary), HasSubstr(R"("tenants":null)"));
  EXPECT_THAT(RenderSummaryJson(summary), HasSubstr(R"("stoppedAt":"a.jsonl, after line 7")"));
}

TEST(SummaryTest, VeryManyTenantsAreSummedUp) {
  RunSummary summary = Example();
  summary.leads->tenants.push_back({"large", 7, {}, {}, {}, /*in_full=*/false});
  summary.leads->other_tenants = 1'000'000;
  summary.leads->other_leads = 2'000'000;
  EXPECT_THAT(RenderSummary(summary), HasSubstr("Leads                            2,000,037\n"));
  EXPECT_THAT(RenderSummary(summary), HasSubstr("  … and 999,982 more\n"));
  EXPECT_THAT(RenderSummaryJson(summary), HasSubstr(R"({"tenant":"large","leads":7}],"others":{"tenants":1000000,)"));
}

TEST(TenantTally, TheLargestAreToldWithinTheLimits) {
  const auto definitions = config::LoadDefinitions(R"(
tenants:
  "*": {tiers: [{name: hot, at_least: 9}, {name: cold}], segments: [{id: a, rule: opens >= 1}, {id: b, rule: opens >= 2}]})")
                               .definitions;
  TenantTally tally(*definitions, {.tenants = 3, .counts = 8});
  const auto lead = [](state::SegmentIndexes segments) {
    state::PublishedView view;
    view.tier = 1;
    view.segments = std::move(segments);
    return view;
  };
  for (const auto& [tenant, leads] : {std::pair{"a", 1}, {"b", 5}, {"c", 2}, {"d", 2}, {"e", 1}, {"f", 9}, {"g", 2}}) {
    for (int i = 0; i < leads; ++i) tally.Count(tenant, lead({1}));
  }
  const TenantSummaries summaries = tally.Finish();
  ASSERT_EQ(summaries.tenants.size(), 3u);
  EXPECT_EQ(summaries.tenants[0].tenant, "b");
  EXPECT_THAT(summaries.tenants[0].tiers, ElementsAre(Pair("hot", 0), Pair("cold", 5)));
  EXPECT_THAT(summaries.tenants[0].segments, ElementsAre(Pair("a", 0), Pair("b", 5)));
  EXPECT_EQ(summaries.tenants[1].tenant, "c");  // the first by name of three with the same number of leads
  EXPECT_FALSE(summaries.tenants[1].in_full);
  EXPECT_THAT(summaries.tenants[1].tiers, IsEmpty());
  EXPECT_EQ(summaries.tenants[2].tenant, "f");
  EXPECT_TRUE(summaries.tenants[2].in_full);
  EXPECT_EQ(summaries.other_tenants, 4u);
  EXPECT_EQ(summaries.other_leads, 6u);
}

TEST(ProgressTest, TheLineFitsTheTerminal) {
  Progress progress{"reading", 1'204'000, "events-über.jsonl", 0.375};
  EXPECT_EQ(RenderProgress(progress, 8, 100), "reading  1,204,000 records  150,500/s  37 %  events-über.jsonl");
  for (size_t columns = 0; columns < 70; ++columns) EXPECT_LE(RenderProgress(progress, 8, columns).size(), columns);
  EXPECT_EQ(RenderProgress(progress, 8, 53), "reading  1,204,000 records  150,500/s  37 %  events-");
}

TEST(ProgressTest, TheTimeLeftIsToldInTheUnitThatFits) {
  using std::chrono::seconds;
  Progress progress{"sending", 10, "a.jsonl", 0.5, seconds(119)};
  EXPECT_EQ(RenderProgress(progress, 10, 100), "sending  10 records  1/s  50 %  119 s left  a.jsonl");
  progress.left = seconds(120);
  EXPECT_THAT(RenderProgress(progress, 10, 100), ::testing::HasSubstr("  2 min left  "));
  progress.left = seconds(3 * 3600 + 5 * 60);
  EXPECT_THAT(RenderProgress(progress, 10, 100), ::testing::HasSubstr("  3 h 05 min left  "));
}

}  // namespace leadpulse::files::summary_test
