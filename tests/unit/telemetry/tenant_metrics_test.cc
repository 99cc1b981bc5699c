#include <gtest/gtest.h>

#include <set>
#include <string>

#include "processor/kafka/worker_metrics.h"

namespace leadpulse::kafka::tenant_metrics_test {

// Returns `a=1/2 b=3/4`: records and changes of each tenant.
std::string Told(const TenantMetrics& metrics) {
  std::string text;
  for (const TenantMetrics::Tenant& tenant : metrics.Get()) {
    text += (text.empty() ? "" : " ") + tenant.name + "=" + std::to_string(tenant.counts.records) + "/" +
            std::to_string(tenant.counts.changes);
  }
  return text;
}

constexpr PartitionId kSome{0};

TEST(TenantMetrics, EpochsAddUp) {
  TenantMetrics metrics(10);
  EXPECT_EQ(Told(metrics), "");
  metrics.Add(PartitionId{4}, {{"b", {1, 2}}, {"a", {3, 0}}});
  metrics.Add(PartitionId{2}, {{"b", {10, 20}}});
  metrics.Add(PartitionId{2}, {});
  EXPECT_EQ(Told(metrics), "a=3/0 b=11/22");
  EXPECT_EQ(metrics.Get()[0].partitions, (std::set{PartitionId{4}}));
  EXPECT_EQ(metrics.Get()[1].partitions, (std::set{PartitionId{2}, PartitionId{4}}));
}

TEST(TenantMetrics, WhoComesWhenAllPlacesAreTakenIsCountedWithTheOthers) {
  TenantMetrics metrics(2);
  metrics.Add(kSome, {{"b", {1, 0}}});
  metrics.Add(kSome, {{"c", {1, 0}}});
  EXPECT_EQ(Told(metrics), "b=1/0 c=1/0");
  metrics.Add(kSome, {{"a", {5, 6}}, {"b", {1, 1}}});
  metrics.Add(kSome, {{"d", {1, 1}}});
  // The first tenants keep their places, so their counts only grow.
  EXPECT_EQ(Told(metrics), "b=2/1 c=1/0 =6/7");
  for (int i = 0; i < 100'000; ++i) metrics.Add(kSome, {{"tenant-" + std::to_string(i), {1, 0}}});
  EXPECT_EQ(Told(metrics), "b=2/1 c=1/0 =100006/7");
}

TEST(TenantMetrics, WithoutPlacesNothingIsTold) {
  TenantMetrics metrics(0);
  metrics.Add(kSome, {{"a", {1, 1}}});
  EXPECT_EQ(Told(metrics), "");
}

}  // namespace leadpulse::kafka::tenant_metrics_test
