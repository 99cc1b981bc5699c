#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "processor/kafka/metrics_page.h"
#include "tests/unit/metrics_lines.h"

namespace leadpulse::kafka {
namespace {

// Every member of WorkerMetrics is 8 or 4 bytes; a new one makes this fail until the table has it.
static_assert(sizeof(WorkerMetrics) == 14 * 8 + 2 * 4 + 8 + 8 + 8, "a metric was added: put it into the table");

TEST(WorkerMetricsPage, EveryMemberHasAFamilyOfItsOwn) {
  WorkerMetrics metrics;
  uint64_t next = 100;
  for (std::atomic<uint64_t>* counter :
       {&metrics.events, &metrics.commands, &metrics.duplicates, &metrics.dead_letters, &metrics.changes,
        &metrics.flips, &metrics.reevaluated, &metrics.commits, &metrics.aborts, &metrics.producers,
        &metrics.rebalances, &metrics.restored_records, &metrics.full_restores}) {
    *counter = next++;
  }
  metrics.commit_micros = 113'000'000;
  metrics.partitions = 114;
  metrics.partitions_restoring = 115;
  metrics.restore_remaining = 116;
  metrics.partitions_adopting = 117;
  metrics.lag = 118;
  const WorkerMetrics other;
  telemetry::MetricsPage page;
  AddWorkerMetrics(0, &metrics, &page);
  AddWorkerMetrics(1, &other, &page);
  const std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  ASSERT_EQ(families.size(), WorkerMetricTable().size());
  double expected = 100;
  for (const WorkerMetric& row : WorkerMetricTable()) {
    const ParsedFamily& family = families.at(std::string(row.name));
    EXPECT_EQ(family.help, row.help);
    EXPECT_EQ(family.type, row.type == telemetry::MetricType::kCounter ? "counter" : "gauge") << row.name;
    EXPECT_EQ(family.samples, (std::map<std::string, double>{{"worker=\"0\"", expected}, {"worker=\"1\"", 0}}))
        << row.name;
    expected += 1;
  }
}

// The table of README.md has these lines; on a failure, put them in.
TEST(WorkerMetricsPage, TheReadMeHasThemAll) {
  std::string table;
  for (const WorkerMetric& row : WorkerMetricTable()) {
    table += "| `" + std::string(row.name) + "` | " + std::string(row.help) + " |\n";
  }
  std::ifstream file("README.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find(table), std::string::npos) << table;
}

}  // namespace
}  // namespace leadpulse::kafka
