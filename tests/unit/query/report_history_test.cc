// The part of a report that comes from changes: counted forward, presented backward from the state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "config/definitions_loader.h"
#include "processor/query/report/collect.h"
#include "processor/query/report/history.h"
#include "schemas/codec/change_line_reader.h"
#include "tests/support/scratch_directory.h"
#include "tools/report/wording.h"

namespace leadpulse::report::report_history_test {

using codec::ChangeKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Instant kStart{1'767'225'600'000};  // 2026-01-01T00:00:00Z
Instant OnDay(int day) { return kStart + std::chrono::hours(24 * (day - 1) + 12); }

codec::Change Of(const std::string& lead, int day, ChangeKind kind, const std::string& from = "",
                 const std::string& to = "", const std::string& name = "") {
  codec::Change change;
  change.key = {"acme", lead};
  change.at = OnDay(day);
  change.kind = kind;
  change.name = name;
  change.from = from;
  change.to = to;
  return change;
}

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    at_clock_.tiers.resize(2);
    at_clock_.segments.resize(1);
  }

  // Sets the numbers of the state at its clock, after the changes.
  void Standing(uint64_t new_ones, uint64_t engaged, uint64_t hot, uint64_t cold, uint64_t openers) {
    at_clock_.leads = new_ones + engaged;
    at_clock_.stages[static_cast<size_t>(Stage::kNew)] = new_ones;
    at_clock_.stages[static_cast<size_t>(Stage::kEngaged)] = engaged;
    at_clock_.tiers = {hot, cold};
    at_clock_.segments = {openers};
  }

  TenantReport Report(const std::vector<codec::Change>& changes, const Period& period = {}, int clock_day = 4) {
    ErasedLeads erased;
    for (const codec::Change& change : changes) {
      if (change.kind == ChangeKind::kLeadErased || change.kind == ChangeKind::kLeadMerged)
        erased.insert(EncodeLeadKey(change.key));
    }
    HistoryCollector history(definitions_->For("acme"), period, erased);
    for (const codec::Change& change : changes) EXPECT_TRUE(history.Take(change).ok());
    TenantReport report;
    report.segments = {{"openers", "", true, 0, {}}};
    history.Finish(at_clock_, OnDay(clock_day), &report);
    return report;
  }

  static std::vector<std::vector<int64_t>> PointsOf(const TenantReport& report) {
    std::vector<std::vector<int64_t>> points;
    for (const TierPoint& point : report.history->tiers.points) points.push_back(point.leads);
    return points;
  }

  std::shared_ptr<const config::Definitions> definitions_ = config::LoadDefinitions(R"(
tenants:
  "*":
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'opens > 0'}]
)")
                                                                .definitions;
  LeadCounts at_clock_;
};

// Returns changes by which Ann becomes engaged and hot and is an opener, and Bob is created, engaged for a day, and
// erased.
std::vector<codec::Change> Story() {
  codec::Change by_definitions = Of("ann", 3, ChangeKind::kSegmentEntered, "", "", "openers");
  by_definitions.cause.kind = codec::CauseKind::kDefinitions;
  return {Of("ann", 1, ChangeKind::kLeadCreated),
          Of("bob", 2, ChangeKind::kLeadCreated),
          Of("ann", 2, ChangeKind::kStageChanged, "new", "engaged"),
          Of("bob", 2, ChangeKind::kSegmentEntered, "", "", "openers"),
          Of("bob", 3, ChangeKind::kTierChanged, "cold", "hot"),
          Of("ann", 3, ChangeKind::kTierChanged, "cold", "hot"),
          by_definitions,
          Of("bob", 4, ChangeKind::kLeadErased)};
}

TEST_F(HistoryTest, TheWholeStory) {
  Standing(0, 1, 1, 0, 1);
  const TenantReport report = Report(Story());
  const History& history = *report.history;
  EXPECT_EQ(history.changes, 8U);
  EXPECT_EQ(history.created, 2U);
  EXPECT_EQ(history.erased, 1U);
  EXPECT_EQ(history.leads_before_changes, 0);
  EXPECT_EQ(history.stages.at_beginning[static_cast<size_t>(Stage::kNew)], 0);
  EXPECT_EQ(history.stages.entered[static_cast<size_t>(Stage::kNew)], 2U);
  EXPECT_EQ(history.stages.erased[static_cast<size_t>(Stage::kNew)], 1U);
  EXPECT_EQ(history.stages.MovedOn(Stage::kNew), 1U);
  EXPECT_DOUBLE_EQ(*history.stages.ConversionRate(Stage::kNew), 0.5);
  EXPECT_FALSE(history.stages.ConversionRate(Stage::kQualified).has_value());
  EXPECT_THAT(PointsOf(report),
              ElementsAre(ElementsAre(0, 1), ElementsAre(0, 2), ElementsAre(2, 0), ElementsAre(1, 0)));
  EXPECT_EQ(report.segments[0].flow->entered, 2U);
  EXPECT_EQ(report.segments[0].flow->left, 1U);
  EXPECT_EQ(report.segments[0].flow->entered_by_definitions, 1U);
}

TEST_F(HistoryTest, AMergedLeadLeavesItsSegmentsAndIsNotErased) {
  Standing(0, 1, 1, 0, 1);
  std::vector<codec::Change> story = Story();
  story.back().kind = ChangeKind::kLeadMerged;
  const TenantReport report = Report(story);
  EXPECT_EQ(report.history->erased, 0U);
  EXPECT_EQ(report.history->leads_before_changes, 0);
  EXPECT_EQ(report.segments[0].flow->left, 1U);
  EXPECT_THAT(PointsOf(report),
              ElementsAre(ElementsAre(0, 1), ElementsAre(0, 2), ElementsAre(2, 0), ElementsAre(1, 0)));
}

TEST_F(HistoryTest, APeriodBeginsAndEndsWithWhatWasThere) {
  Standing(0, 1, 1, 0, 1);
  const TenantReport report = Report(Story(), {OnDay(2) + Millis(1), OnDay(4)});
  EXPECT_EQ(report.history->changes, 3U);
  EXPECT_EQ(report.history->created, 0U);
  EXPECT_EQ(report.history->stages.at_beginning[static_cast<size_t>(Stage::kNew)], 1);
  EXPECT_EQ(report.history->stages.at_end[static_cast<size_t>(Stage::kNew)], 1);
  EXPECT_EQ(report.history->stages.at_beginning[static_cast<size_t>(Stage::kEngaged)], 1);
  EXPECT_THAT(report.history->tiers.at_beginning, ElementsAre(0, 2));
  EXPECT_THAT(PointsOf(report), ElementsAre(ElementsAre(0, 2), ElementsAre(2, 0), ElementsAre(2, 0)));
  EXPECT_EQ(report.segments[0].flow->at_beginning, 1);
  EXPECT_EQ(report.segments[0].flow->at_end, 2);
}

TEST_F(HistoryTest, MissingChangesAreToldAndTheEndIsStillRight) {
  Standing(5, 1, 1, 5, 1);
  std::vector<codec::Change> changes = Story();
  changes.erase(changes.begin());
  const TenantReport report = Report(changes);
  EXPECT_EQ(report.history->leads_before_changes, 6);
  EXPECT_THAT(PointsOf(report).back(), ElementsAre(1, 5));
  EXPECT_THAT(NotesOn(report), ::testing::Contains(HasSubstr("do not tell how 6 leads came to be")));
  Standing(0, 0, 0, 0, 0);
  EXPECT_THAT(NotesOn(Report(Story())), ::testing::Contains(HasSubstr("1 lead more than the state has")));
}

TEST_F(HistoryTest, FormerNamesAreKept) {
  Standing(1, 0, 0, 1, 0);
  const TenantReport report = Report(
      {Of("ann", 1, ChangeKind::kLeadCreated), Of("ann", 2, ChangeKind::kTierChanged, "cold", "tepid"),
       Of("ann", 2, ChangeKind::kSegmentEntered, "", "", "old"),
       Of("ann", 3, ChangeKind::kTierChanged, "tepid", "cold"), Of("ann", 3, ChangeKind::kSegmentLeft, "", "", "old")});
  EXPECT_THAT(report.history->tiers.tiers, ElementsAre("hot", "cold", "tepid"));
  EXPECT_THAT(PointsOf(report),
              ElementsAre(ElementsAre(0, 1, 0), ElementsAre(0, 0, 1), ElementsAre(0, 1, 0), ElementsAre(0, 1, 0)));
  ASSERT_EQ(report.segments.size(), 2U);
  EXPECT_FALSE(report.segments[1].defined);
  EXPECT_EQ(report.segments[1].flow->left, 1U);
}

TEST_F(HistoryTest, LongTimesAreToldInLongSpans) {
  const auto spans = [](int32_t days) { return std::string(SpanFor({0}, {days - 1}).name); };
  EXPECT_EQ(spans(45), "day");
  EXPECT_EQ(spans(46), "week");
  EXPECT_EQ(spans(379), "month");
  EXPECT_EQ(spans(2000), "quarter");
  EXPECT_EQ(spans(10'000), "year");
  Standing(1, 0, 0, 1, 0);
  const TenantReport report = Report({Of("ann", 1, ChangeKind::kLeadCreated)}, {}, 70);
  EXPECT_EQ(report.history->tiers.span, "week");
  EXPECT_EQ(FormatDay(report.history->tiers.points.front().last), "2026-01-04");
  EXPECT_EQ(FormatDay(report.history->tiers.points.back().last), "2026-03-11");
}

TEST(ChangeLineTest, WhatIsNoChangeIsNamed) {
  const std::string key = R"("tenantId":"a","leadId":"l",)";
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"{", "it is not JSON"},
      {"[]", "it is no object"},
      {R"({"tenantId":"a"})", "it names no tenant and lead"},
      {"{" + key + R"("at":"2026-01-01T00:00:00Z"})", "it has no kind"},
      {"{" + key + R"("kind":"LEAD_MOVED"})", "its kind is not one of a change"},
      {"{" + key + R"("kind":"LEAD_CREATED"})", "it has no at"},
      {"{" + key + R"("kind":"LEAD_CREATED","at":"soon"})", "its at is no time"},
      {"{" + key + R"("kind":"LEAD_CREATED","at":5})", "at is no text"},
      {"{" + key + R"("kind":"LEAD_CREATED","at":"2026-01-01T00:00:00Z","cause":5})", "its cause is no object"}};
  codec::ChangeLineReader reader;
  for (const auto& [line, what] : lines) {
    const Result<codec::Change> change = reader.Read(line);
    ASSERT_FALSE(change.ok()) << line;
    EXPECT_THAT(change.status().message(), HasSubstr(what)) << line;
  }
  const Result<codec::Change> change =
      reader.Read("{" + key + R"("seq":"3","at":"2026-01-01T00:00:00Z","kind":"TIER_CHANGED","from":"x","to":"y",)" +
                  R"("cause":{"kind":"DEFINITIONS","id":"v"},"more":[1]})");
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->to, "y");
  EXPECT_EQ(change->cause.kind, codec::CauseKind::kDefinitions);
}

TEST(ChangeFilesTest, AWrongLineIsNamedWithItsFile) {
  const testing::ScratchDirectory folder;
  const std::string path = folder / "c.jsonl";
  std::ofstream(path) << R"({"tenantId":"a","leadId":"l","at":"2026-01-01T00:00:00Z","kind":"LEAD_CREATED"})"
                      << "\n\n \r\n"
                      << std::string(400'000, ' ') << "x\n";
  size_t taken = 0;
  const Status status = ForEachChange({path}, [&taken](const codec::Change&) {
    ++taken;
    return Status::Ok();
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(taken, 1U);
  EXPECT_THAT(status.message(), HasSubstr("c.jsonl, line 4: this is no change"));
  std::ofstream(path) << std::string(3 << 20, 'x');
  EXPECT_THAT(ForEachLine(path, [](std::string_view) { return Status::Ok(); }).message(),
              HasSubstr("c.jsonl, line 1: is longer than any change"));
}

}  // namespace leadpulse::report::report_history_test
