#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/kafka/metrics_page.h"
#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::kafka::worker_metrics_page_test {

// Every member of WorkerMetrics itself but the last has 8 or 4 bytes; a new one makes this fail until the table has it.
static_assert(sizeof(WorkerMetrics) ==
                  sizeof(pipeline::ApplyMetrics) + 8 * 8 + 2 * 4 + 8 + 2 * 4 + 8 + 8 + 8 + sizeof(PartitionLags),
              "a metric was added: put it into the table");

constexpr Instant kNow{1'750'000'000'000};

TEST(WorkerMetricsPage, EveryMemberHasAFamilyOfItsOwn) {
  WorkerMetrics metrics;
  uint64_t next = 100;
  for (std::atomic<uint64_t>* counter :
       {&metrics.records_handed_on, &metrics.messages_sent, &metrics.messages_received, &metrics.timers,
        &metrics.aborts, &metrics.producers, &metrics.rebalances, &metrics.restored_records, &metrics.full_restores}) {
    *counter = next++;
  }
  metrics.partitions = 109;
  metrics.partitions_restoring = 110;
  metrics.restore_remaining = 111;
  metrics.partitions_rolling_out = 112;
  metrics.partitions_failing = 113;
  metrics.lag = 114;
  metrics.unwritten_leads = 115;
  metrics.unwritten_profiles = 116;
  const WorkerMetrics other;
  telemetry::MetricsPage page;
  const FixedClock clock(kNow);
  AddWorkerMetrics(0, &metrics, &clock, &page);
  AddWorkerMetrics(1, &other, &clock, &page);
  const std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  ASSERT_EQ(families.size(),
            pipeline::ApplyMetricTable().size() + WorkerMetricTable().size() + PartitionMetricTable().size());
  double expected = 100;
  for (const WorkerMetric& row : WorkerMetricTable()) {
    const ParsedFamily& family = families.at(std::string(row.name));
    if (row.name == "leadpulse_partitions_adopting") expected -= 1;  // the former name of the one before
    EXPECT_EQ(family.help, row.help);
    EXPECT_EQ(family.type, row.type == telemetry::MetricType::kCounter ? "counter" : "gauge") << row.name;
    EXPECT_EQ(family.samples, (std::map<std::string, double>{{"worker=\"0\"", expected}, {"worker=\"1\"", 0}}))
        << row.name;
    expected += 1;
  }
}

TEST(WorkerMetricsPage, EachPartitionHasItsLag) {
  WorkerMetrics metrics, other;
  // Behind; nothing waits, however old the last record is; nothing was read yet; the sender's clock is ahead.
  metrics.partition_lags.Set({{PartitionId{0}, 12, kNow - Millis(1500)}, {PartitionId{7}, 0, kNow - Millis(9000)}});
  other.partition_lags.Set({{PartitionId{3}, 5, Instant::DistantPast()}, {PartitionId{4}, 1, kNow + Millis(1)}});
  telemetry::MetricsPage page;
  const FixedClock clock(kNow);
  AddWorkerMetrics(0, &metrics, &clock, &page);
  AddWorkerMetrics(1, &other, &clock, &page);
  std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  const ParsedFamily& records = families["leadpulse_partition_lag_records"];
  EXPECT_EQ(records.type, "gauge");
  EXPECT_EQ(records.samples, (std::map<std::string, double>{{R"(worker="0",partition="0")", 12},
                                                            {R"(worker="0",partition="7")", 0},
                                                            {R"(worker="1",partition="3")", 5},
                                                            {R"(worker="1",partition="4")", 1}}));
  const ParsedFamily& seconds = families["leadpulse_partition_lag_seconds"];
  EXPECT_EQ(seconds.samples, (std::map<std::string, double>{{R"(worker="0",partition="0")", 1.5},
                                                            {R"(worker="0",partition="7")", 0},
                                                            {R"(worker="1",partition="4")", 0}}));
  metrics.partition_lags.Set({{PartitionId{0}, 0, kNow, Millis(2500)}, {PartitionId{7}, 0, kNow, Millis(0)}});
  other.partition_lags.Set({});
  EXPECT_EQ(ParseMetrics(page.Text())["leadpulse_partition_clock_ahead_seconds"].samples,
            (std::map<std::string, double>{{R"(worker="0",partition="0")", 2.5}, {R"(worker="0",partition="7")", 0}}));
  // A partition that was revoked is no longer shown.
  other.partition_lags.Set({{PartitionId{3}, 5, Instant::DistantPast()}, {PartitionId{4}, 1, kNow + Millis(1)}});
  metrics.partition_lags.Set({});
  EXPECT_EQ(ParseMetrics(page.Text())["leadpulse_partition_lag_records"].samples.size(), 2u);
}

TEST(WorkerMetricsPage, EachTenantHasItsCounts) {
  TenantMetrics tenants(2);
  tenants.Add(PartitionId{0}, {{"acme", {3, 1}}});
  tenants.Add(PartitionId{1}, {{"Acme-2.x_", {0, 5}}});
  tenants.Add(PartitionId{2}, {{"late", {7, 8}}});
  telemetry::MetricsPage page;
  const FixedClock clock(kNow);
  AddTenantMetrics(&tenants, {}, &clock, &page);
  std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  ASSERT_EQ(families.size(), TenantMetricTable().size());
  using Samples = std::map<std::string, double>;
  EXPECT_EQ(families["leadpulse_tenant_records_applied_total"].samples,
            (Samples{{R"(tenant="acme")", 3}, {R"(tenant="Acme-2.x_")", 0}, {R"(tenant="")", 7}}));
  EXPECT_EQ(families["leadpulse_tenant_changes_total"].samples,
            (Samples{{R"(tenant="acme")", 1}, {R"(tenant="Acme-2.x_")", 5}, {R"(tenant="")", 8}}));
  EXPECT_EQ(families["leadpulse_tenant_lag_seconds"].type, "gauge");
  EXPECT_TRUE(families["leadpulse_tenant_lag_seconds"].samples.empty()) << "no partition is read";
}

// Only the partitions with the tenant's records count, because silence does not make a tenant late.
TEST(WorkerMetricsPage, ATenantIsAsLateAsItsPartitions) {
  TenantMetrics tenants(3);
  for (const uint32_t partition : {0U, 1U, 3U}) tenants.Add(PartitionId{partition}, {{"wide", {1, 0}}});
  tenants.Add(PartitionId{0}, {{"silent", {1, 0}}});
  tenants.Add(PartitionId{9}, {{"elsewhere", {1, 0}}});
  tenants.Add(PartitionId{1}, {{"other", {1, 0}}});
  std::vector<std::unique_ptr<WorkerMetrics>> workers;
  for (int i = 0; i < 2; ++i) workers.push_back(std::make_unique<WorkerMetrics>());
  telemetry::MetricsPage page;
  const FixedClock clock(kNow);
  AddTenantMetrics(&tenants, workers, &clock, &page);
  const auto lags = [&] { return ParseMetrics(page.Text())["leadpulse_tenant_lag_seconds"].samples; };
  using Samples = std::map<std::string, double>;
  // Nothing waits, and the delay of partition 3 is unknown.
  const Instant long_ago = kNow - std::chrono::hours(72);
  workers[0]->partition_lags.Set({{PartitionId{0}, 0, long_ago}, {PartitionId{3}, 5, Instant::DistantPast()}});
  workers[1]->partition_lags.Set({{PartitionId{1}, 0, long_ago}});
  EXPECT_EQ(lags(), (Samples{{R"(tenant="silent")", 0}, {R"(tenant="wide")", 0}, {R"(tenant="")", 0}}));
  workers[1]->partition_lags.Set({{PartitionId{1}, 7, kNow - Millis(2500)}});
  EXPECT_EQ(lags(), (Samples{{R"(tenant="silent")", 0}, {R"(tenant="wide")", 2.5}, {R"(tenant="")", 2.5}}));
  workers[0]->partition_lags.Set({{PartitionId{0}, 1, kNow - Millis(4000)}});
  EXPECT_EQ(lags(), (Samples{{R"(tenant="silent")", 4}, {R"(tenant="wide")", 4}, {R"(tenant="")", 2.5}}));
}

TEST(WorkerMetricsPage, AStandbyHasItsOwn) {
  StandbyMetrics metrics;
  metrics.copies = 7;
  telemetry::MetricsPage page;
  AddStandbyMetrics(&metrics, &page);
  std::map<std::string, ParsedFamily> families = ParseMetrics(page.Text());
  ASSERT_EQ(families.size(), StandbyMetricTable().size());
  EXPECT_EQ(families["leadpulse_standby_failures_total"].samples, (std::map<std::string, double>{{"", 0}}));
  EXPECT_EQ(families["leadpulse_standby_copies"].samples, (std::map<std::string, double>{{"", 7}}));
}

TEST(WorkerMetricsPage, ThePageHasThemAll) {
  ExpectOnMetricsPage(pipeline::ApplyMetricTable());
  ExpectOnMetricsPage(WorkerMetricTable());
  ExpectOnMetricsPage(PartitionMetricTable());
  ExpectOnMetricsPage(TenantMetricTable());
  ExpectOnMetricsPage(StandbyMetricTable());
}

}  // namespace leadpulse::kafka::worker_metrics_page_test
