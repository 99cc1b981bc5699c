#include "processor/telemetry/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "processor/telemetry/metrics_page.h"
#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::telemetry::histogram_test {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Returns what the page shows: the samples of one histogram by their bounds, `_sum` and `_count`.
std::map<std::string, double> Shown(const Histogram& histogram) {
  MetricsPage page;
  page.Add("wait_seconds", "Waits.", &histogram);
  const ParsedFamily family = ParseMetrics(page.Text()).at("wait_seconds");
  EXPECT_EQ(family.type, "histogram");
  return family.samples;
}

TEST(Histogram, BoundsAreInclusive) {
  Histogram histogram;
  histogram.Observe(milliseconds(5));
  histogram.Observe(microseconds(5001));
  histogram.Observe(std::chrono::hours(1), 3);
  std::map<std::string, double> shown = Shown(histogram);
  EXPECT_EQ(shown["_bucket le=\"0.001\""], 0);
  EXPECT_EQ(shown["_bucket le=\"0.005\""], 1);
  EXPECT_EQ(shown["_bucket le=\"0.01\""], 2);
  EXPECT_EQ(shown["_bucket le=\"60\""], 2);
  EXPECT_EQ(shown["_bucket le=\"+Inf\""], 5);
  EXPECT_EQ(shown["_count "], 5);
  EXPECT_NEAR(shown["_sum "], 3 * 3600 + 0.010001, 1e-9);
}

// The clock of another machine may be ahead.
TEST(Histogram, ANegativeDurationIsZero) {
  Histogram histogram;
  histogram.Observe(milliseconds(-7));
  EXPECT_EQ(histogram.Read().in_bucket.front(), 1u);
  EXPECT_EQ(histogram.seconds(), 0);
}

RC_GTEST_PROP(HistogramProperty, BucketsCountAndSumAgree, ()) {
  const auto durations = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, 100'000'000));
  Histogram histogram;
  double seconds = 0;
  for (const int64_t duration : durations) {
    histogram.Observe(microseconds(duration));
    seconds += static_cast<double>(duration) / 1e6;
  }
  const std::map<std::string, double> shown = Shown(histogram);
  RC_ASSERT(shown.size() == Histogram::kBounds.size() + 3);
  double below = 0;
  for (const double bound : Histogram::kBounds) {
    std::ostringstream name;
    name << "_bucket le=\"" << bound << '"';
    const auto expected = std::ranges::count_if(
        durations, [bound](int64_t duration) { return static_cast<double>(duration) / 1e6 <= bound; });
    RC_ASSERT(shown.at(name.str()) == static_cast<double>(expected));
    RC_ASSERT(shown.at(name.str()) >= below);
    below = shown.at(name.str());
  }
  RC_ASSERT(shown.at("_bucket le=\"+Inf\"") == static_cast<double>(durations.size()));
  RC_ASSERT(shown.at("_count ") == static_cast<double>(durations.size()));
  RC_ASSERT(std::abs(shown.at("_sum ") - seconds) < 1e-6 * (1 + seconds));
}

TEST(Histogram, ThreadsLoseNothing) {
  Histogram histogram;
  constexpr uint64_t kEach = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&histogram] {
      for (uint64_t n = 0; n < kEach; ++n) histogram.Observe(std::chrono::seconds(1));
    });
  }
  uint64_t last = 0;
  while (last < 4 * kEach) {
    const uint64_t total = histogram.Read().total();
    ASSERT_GE(total, last);
    last = total;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.seconds(), 4.0 * kEach);
}

TEST(BegunDurations, EndTogether) {
  Histogram histogram;
  BegunDurations begun;
  begun.Begin(Instant{1000}, 2);
  begun.Begin(Instant{1000});
  begun.Begin(Instant{1900});
  begun.EndAll(Instant{2000}, &histogram);
  begun.EndAll(Instant{9000}, &histogram);  // nothing is left
  const Histogram::Counts counts = histogram.Read();
  EXPECT_EQ(counts.total(), 4u);
  EXPECT_EQ(counts.in_bucket[8], 3u) << "1 s";
  EXPECT_EQ(counts.in_bucket[5], 1u) << "0.1 s";
  EXPECT_DOUBLE_EQ(counts.seconds, 3.1);
}

}  // namespace leadpulse::telemetry::histogram_test
