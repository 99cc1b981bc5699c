// Pictures of numbers.
#include "processor/serve/pages/chart.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/serve/pages/report_range.h"

namespace leadpulse::serve::chart_test {

std::string TextIn(const PageData& data, const char* name) {
  const PageData* const value = data.get(name);
  return value == nullptr || !value->is_string() ? "" : value->string_value();
}

TEST(Chart, TheScaleHasFewRoundLines) {
  EXPECT_EQ(ScaleStep(1), 1U);
  EXPECT_EQ(ScaleStep(4), 1U);
  EXPECT_EQ(ScaleStep(5), 2U);
  EXPECT_EQ(ScaleStep(9), 5U);
  EXPECT_EQ(ScaleStep(21), 10U);
  EXPECT_EQ(ScaleStep(1'000'000), 500'000U);
}

TEST(Chart, ABarIsAShareAndNeverVanishes) {
  EXPECT_EQ(BarLength(1, 2), "50%");
  EXPECT_EQ(BarLength(2, 2), "100%");
  EXPECT_EQ(BarLength(1, 1'000'000), "0.5%");
  EXPECT_EQ(BarLength(0, 5), "0%");
  EXPECT_EQ(BarLength(5, 0), "0%");
}

TEST(Chart, ColumnsStandOnTheScale) {
  const std::vector<ChartColumn> columns = {{"a", "a: 4", 4, 8, "where=x", ""},
                                            {"b", "b: 0", 0, std::nullopt, "where=y", ""}};
  const PageData chart = ColumnChart(columns, ShownNumbers());
  const PageList& bars = chart.get("columns")->list_value();
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(TextIn(bars[0], "x"), "10%");
  EXPECT_EQ(TextIn(bars[0], "width"), "30%");
  EXPECT_EQ(TextIn(bars[0], "y"), "50%");
  EXPECT_EQ(TextIn(bars[0], "height"), "50%");
  EXPECT_EQ(TextIn(bars[0], "before_y"), "0%");
  EXPECT_EQ(TextIn(bars[0], "leads_query"), "where=x");
  EXPECT_EQ(TextIn(bars[1], "height"), "0%");
  EXPECT_EQ(TextIn(bars[1], "leads_query"), "");  // a list of nobody
  EXPECT_TRUE(bars[1].get("has_before")->is_false());
  const PageList& ticks = chart.get("ticks")->list_value();
  ASSERT_EQ(ticks.size(), 5U);  // 0, 2, 4, 6, 8
  EXPECT_EQ(TextIn(ticks[0], "y"), "100%");
  EXPECT_EQ(TextIn(ticks[4], "text"), "8");
}

TEST(Chart, FewLabelsStandBelowManyColumns) {
  const std::vector<ChartColumn> columns(30, {"x", "x", 1});
  EXPECT_EQ(ColumnChart(columns, ShownNumbers()).get("labels")->list_value().size(), 6U);
}

TEST(Chart, AnImportsDayDoesNotDwarfTheOthers) {
  std::vector<ChartColumn> columns(10, {"x", "x", 6, 9});
  columns[3].before = 1580;
  const PageData cut = ColumnChart(columns, ShownNumbers(), HighColumns::kCut);
  const PageList& bars = cut.get("columns")->list_value();
  EXPECT_EQ(TextIn(bars[0], "height"), "40%");
  EXPECT_EQ(TextIn(bars[3], "height"), "40%");
  EXPECT_EQ(TextIn(bars[3], "before_height"), "100%");
  EXPECT_EQ(TextIn(bars[3], "cut_text"), "1,580");
  EXPECT_TRUE(bars[0].get("cut_text")->is_false());
  EXPECT_EQ(
      TextIn(ColumnChart(columns, ShownNumbers("de"), HighColumns::kCut).get("columns")->list_value()[3], "cut_text"),
      "1.580");
  const PageData whole = ColumnChart(columns, ShownNumbers());
  EXPECT_EQ(TextIn(whole.get("columns")->list_value()[0], "height"), "0.5%");
}

TEST(Chart, AHighDayAmongFewOrNearTheOthersIsWhole) {
  std::vector<ChartColumn> columns(4, {"x", "x", 1});
  columns[0].count = 1000;
  EXPECT_TRUE(ColumnChart(columns, ShownNumbers(), HighColumns::kCut)
                  .get("columns")
                  ->list_value()[0]
                  .get("cut_text")
                  ->is_false());
  columns.assign(10, {"x", "x", 5});
  columns[0].count = 40;
  EXPECT_TRUE(ColumnChart(columns, ShownNumbers(), HighColumns::kCut)
                  .get("columns")
                  ->list_value()[0]
                  .get("cut_text")
                  ->is_false());
}

TEST(Chart, NothingIsNoPicture) {
  const std::vector<ChartColumn> columns(3, {"x", "x", 0, 0});
  EXPECT_TRUE(ColumnChart(columns, ShownNumbers()).is_false());
}

// ---- The days of a report, seen on Thursday 12 March 2026 ----

ReportRange RangeNamed(const char* name) { return *RangeOf(name, "", "", *ParseDay("2026-03-12")); }

std::string TextOf(const ReportRange& range) {
  return FormatDay(range.first) + " " + FormatDay(range.last) + " " +
         (range.before_first ? FormatDay(*range.before_first) + " " + std::to_string(range.days_before()) : "-");
}

TEST(ReportRange, NamedOnesAreComparedWithTheSameDaysBefore) {
  EXPECT_EQ(TextOf(RangeNamed("week")), "2026-03-09 2026-03-12 2026-03-02 4");
  EXPECT_EQ(TextOf(RangeNamed("7")), "2026-03-06 2026-03-12 2026-02-27 7");
  EXPECT_EQ(TextOf(RangeNamed("")), "2026-02-11 2026-03-12 2026-01-12 30");
  EXPECT_EQ(TextOf(RangeNamed("month")), "2026-03-01 2026-03-12 2026-02-01 12");
  EXPECT_EQ(TextOf(RangeNamed("last_month")), "2026-02-01 2026-02-28 2026-01-01 28");
  EXPECT_EQ(TextOf(RangeNamed("quarter")), "2026-01-01 2026-03-12 2025-10-01 71");
}

TEST(ReportRange, AShorterPeriodBeforeEndsBeforeThisOne) {
  const auto march = RangeOf("month", "", "", *ParseDay("2026-03-31"));
  EXPECT_EQ(TextOf(*march), "2026-03-01 2026-03-31 2026-02-01 28");
}

TEST(ReportRange, DaysThatAreGiven) {
  const Day today = *ParseDay("2026-03-12");
  EXPECT_EQ(TextOf(*RangeOf("", "2026-03-01", "2026-03-03", today)), "2026-03-01 2026-03-03 2026-02-26 3");
  EXPECT_EQ(TextOf(*RangeOf("week", "2026-03-11", "", today)), "2026-03-11 2026-03-12 2026-03-09 2");
  EXPECT_EQ(TextOf(*RangeOf("", "", "2026-03-03", today)), "2026-02-02 2026-03-03 2026-01-03 30");
  EXPECT_EQ(TextOf(*RangeOf("", "2025-01-01", "2026-03-03", today)), "2025-01-01 2026-03-03 -");
  EXPECT_FALSE(RangeOf("", "2026-03-03", "2026-03-01", today));
  EXPECT_FALSE(RangeOf("", "yesterday", "", today));
  EXPECT_FALSE(RangeOf("", "2020-01-01", "", today));
  EXPECT_FALSE(RangeOf("decade", "", "", today));
}

TEST(ReportRange, AColumnStandsForWeeksOfALongRange) {
  const auto of = [](int32_t days) { return DaysOfColumn({"", Day{0}, Day{days - 1}}); };
  EXPECT_EQ(of(62), 1);
  EXPECT_EQ(of(63), 7);
  EXPECT_EQ(of(434), 7);
  EXPECT_EQ(of(800), 28);
}

}  // namespace leadpulse::serve::chart_test
