#include "processor/pipeline/apply_metrics.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::pipeline::apply_metrics_test {

// Every member but the dead letters and the histograms has 8 bytes; a new one makes this fail until the table has it.
static_assert(sizeof(ApplyMetrics) == 14 * 8 + codec::kReasonCount * 8 + 3 * sizeof(telemetry::Histogram) + 8,
              "a metric was added: put it into the table");

std::map<std::string, ParsedFamily> PageOf(const ApplyMetrics& metrics) {
  telemetry::MetricsPage page;
  AddApplyMetrics(&metrics, {{"worker", "3"}}, &page);
  return ParseMetrics(page.Text());
}

TEST(ApplyMetricsPage, EveryCountHasAFamilyOfItsOwn) {
  ApplyMetrics metrics;
  uint64_t next = 100;
  for (std::atomic<uint64_t>* counter :
       {&metrics.events, &metrics.commands, &metrics.duplicates, &metrics.dropped_erased, &metrics.dropped_folded,
        &metrics.folded, &metrics.properties_left_out, &metrics.attributes_unset, &metrics.attributes_undeclared,
        &metrics.refused, &metrics.changes, &metrics.timers, &metrics.reevaluated, &metrics.commits,
        &metrics.clock_doubtful}) {
    *counter = next++;
  }
  const std::map<std::string, ParsedFamily> families = PageOf(metrics);
  ASSERT_EQ(families.size(), ApplyMetricTable().size());
  double expected = 100;
  for (const ApplyMetric& row : ApplyMetricTable()) {
    const ParsedFamily& family = families.at(std::string(row.name));
    EXPECT_EQ(family.help, row.help);
    const bool is_single = row.type != telemetry::MetricType::kHistogram &&
                           row.name != "leadpulse_dead_letters_total" && row.name != "leadpulse_commit_seconds_total";
    if (!is_single) continue;
    EXPECT_EQ(family.samples, (std::map<std::string, double>{{"worker=\"3\"", expected}})) << row.name;
    expected += 1;
  }
  EXPECT_EQ(expected, static_cast<double>(next));
}

TEST(ApplyMetricsPage, DeadLettersHaveTheirReason) {
  ApplyMetrics metrics;
  ReasonCounts letters{};
  letters[static_cast<size_t>(codec::Reason::kMalformed)] = 2;
  letters[static_cast<size_t>(codec::Reason::kConflict)] = 5;
  metrics.Add({}, letters);
  metrics.Add({}, letters);
  const std::map<std::string, double> samples = PageOf(metrics).at("leadpulse_dead_letters_total").samples;
  EXPECT_EQ(samples.size(), codec::kReasonCount - 1u) << "all reasons, so that a rate begins at 0";
  EXPECT_EQ(samples.at(R"(worker="3",reason="malformed")"), 4);
  EXPECT_EQ(samples.at(R"(worker="3",reason="conflict")"), 10);
  EXPECT_EQ(samples.at(R"(worker="3",reason="too_large")"), 0);
}

TEST(ApplyMetricsPage, HasHistograms) {
  ApplyMetrics metrics;
  metrics.commit_durations.Observe(std::chrono::milliseconds(20));
  metrics.record_to_commit.Observe(std::chrono::milliseconds(70), 2);
  metrics.event_to_change.Observe(std::chrono::minutes(5));
  std::map<std::string, ParsedFamily> families = PageOf(metrics);
  const auto sample = [&](const std::string& name, const std::string& key) { return families[name].samples.at(key); };
  EXPECT_EQ(sample("leadpulse_commit_duration_seconds", R"(_bucket worker="3",le="0.025")"), 1);
  EXPECT_EQ(sample("leadpulse_record_to_commit_seconds", R"(_count worker="3")"), 2);
  EXPECT_EQ(sample("leadpulse_event_to_change_seconds", R"(_sum worker="3")"), 300);
  EXPECT_DOUBLE_EQ(sample("leadpulse_commit_seconds_total", R"(worker="3")"), 0.02);
}

engine::EngineCounters CountersFrom(uint64_t next) {
  engine::EngineCounters counters;
  for (uint64_t* counter :
       {&counters.events, &counters.commands, &counters.duplicates, &counters.dropped_erased, &counters.dropped_folded,
        &counters.folded, &counters.properties_left_out, &counters.attributes_unset, &counters.attributes_undeclared,
        &counters.refused, &counters.timers, &counters.reevaluated, &counters.changes.front(),
        &counters.changes.back()}) {
    *counter = next++;
  }
  return counters;
}

void ExpectCounted(const ApplyMetrics& metrics, uint64_t times) {
  uint64_t expected = 1;
  for (const std::atomic<uint64_t>* metric :
       {&metrics.events, &metrics.commands, &metrics.duplicates, &metrics.dropped_erased, &metrics.dropped_folded,
        &metrics.folded, &metrics.properties_left_out, &metrics.attributes_unset, &metrics.attributes_undeclared,
        &metrics.refused, &metrics.timers, &metrics.reevaluated}) {
    EXPECT_EQ(*metric, times * expected++);
  }
  EXPECT_EQ(metrics.changes, times * (13 + 14));
}

TEST(ApplyMetrics, WhatAnEngineCountsIsAddedOrReplaces) {
  ApplyMetrics metrics;
  metrics.Add(CountersFrom(1), {});
  metrics.Add(CountersFrom(1), {});
  ExpectCounted(metrics, 2);
  metrics.Set(CountersFrom(1), {});
  ExpectCounted(metrics, 1);
}

TEST(ChangingRecords, AreThoseAfterWhichThereAreMoreChanges) {
  codec::Event event;
  event.occurred_at = Instant{1'000'000};
  codec::Event late = event;
  late.backfill = true;
  telemetry::Histogram histogram;
  ChangingRecords changing;
  changing.Expect(7);
  changing.Note(event, 7);  // changed nothing
  changing.Note(event, 9);
  changing.Note(late, 12);  // is late on purpose
  changing.Expect(20);      // timers made changes
  changing.Note(event, 20);
  changing.EndAll(Instant{1'002'000}, &histogram);
  EXPECT_EQ(histogram.Read().total(), 1u);
  EXPECT_EQ(histogram.seconds(), 2);
}

}  // namespace leadpulse::pipeline::apply_metrics_test
