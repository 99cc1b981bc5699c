#include "processor/telemetry/metrics_page.h"

#include <gtest/gtest.h>

#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::telemetry::metrics_page_test {

TEST(MetricsPage, WritesFamiliesInPrometheusFormat) {
  MetricsPage page;
  double commits = 3;
  page.Add({"commits_total", "Commits.", MetricType::kCounter, {{"worker", "0"}}, [&] { return commits; }});
  page.Add({"lag_records", "Records behind.", MetricType::kGauge, {}, [] { return -2.5; }});
  page.Add({"commits_total", "Commits.", MetricType::kCounter, {{"worker", "1"}}, [] { return 9e15; }});
  std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families["commits_total"].help, "Commits.");
  EXPECT_EQ(families["commits_total"].type, "counter");
  EXPECT_EQ(families["commits_total"].samples,
            (std::map<std::string, double>{{"worker=\"0\"", 3}, {"worker=\"1\"", 9e15}}));
  EXPECT_EQ(families["lag_records"].type, "gauge");
  EXPECT_EQ(families["lag_records"].samples, (std::map<std::string, double>{{"", -2.5}}));
  // The value is read again each time.
  commits = 4;
  EXPECT_EQ(ParseMetrics(page.Text())["commits_total"].samples["worker=\"0\""], 4);
}

TEST(MetricsPage, WhatComesAndGoesIsAskedForAnew) {
  MetricsPage page;
  std::vector<MetricSample> first = {{{{"partition", "3"}}, 7}, {{{"partition", "4"}}, 8}};
  page.Add(ChangingMetric{"lag_records", "Behind.", MetricType::kGauge, [&] { return first; }});
  page.Add(ChangingMetric{"lag_records", "Behind.", MetricType::kGauge, [] {
                            return std::vector<MetricSample>{{{{"partition", "9"}}, 1}};
                          }});
  page.Add({"lag_records", "Behind.", MetricType::kGauge, {{"partition", "a\"\n"}}, [] { return 2; }});
  ParsedFamily family = ParseMetrics(page.Text()).at("lag_records");
  EXPECT_EQ(family.type, "gauge");
  EXPECT_EQ(family.samples,
            (std::map<std::string, double>{
                {"partition=\"3\"", 7}, {"partition=\"4\"", 8}, {"partition=\"9\"", 1}, {R"(partition="a\"\n")", 2}}));
  first = {};
  EXPECT_EQ(ParseMetrics(page.Text()).at("lag_records").samples.size(), 2u);
}

TEST(MetricsPage, EscapesLabels) {
  MetricsPage page;
  page.Add({"a_total", "A.", MetricType::kCounter, {{"tenant", "a\"b\\c\nd"}}, [] { return 1; }});
  const std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  EXPECT_EQ(families.at("a_total").samples.begin()->first, R"(tenant="a\"b\\c\nd")");
}

TEST(MetricsPage, AnEmptyPageIsEmpty) { EXPECT_EQ(MetricsPage().Text(), ""); }

TEST(MetricsPageDeathTest, NamesOfOurOwnThatAreWrongAreCaughtAtTheStart) {
  const auto add = [](const char* name, MetricType type, const char* help) {
    MetricsPage page;
    page.Add({"a_total", "A.", MetricType::kCounter, {}, [] { return 1; }});
    page.Add({name, help, type, {}, [] { return 1; }});
  };
  EXPECT_DEATH(add("no name", MetricType::kGauge, "A."), "");
  EXPECT_DEATH(add("counter", MetricType::kCounter, "A."), "");
  EXPECT_DEATH(add("gauge_total", MetricType::kGauge, "A."), "");
  EXPECT_DEATH(add("a_total", MetricType::kCounter, "Another help."), "");
  MetricsPage page;
  page.Add(ChangingMetric{"a", "A.", MetricType::kGauge, [] {
                            return std::vector<MetricSample>{{{{"no label", ""}}, 1}};
                          }});
  EXPECT_DEATH((void)page.Text(), "");
}

}  // namespace leadpulse::telemetry::metrics_page_test
