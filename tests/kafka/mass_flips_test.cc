// Timers of many leads that are due at once: they are fired and committed in parts, with records in between, each
// exactly once.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "config/definitions_loader.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing::mass_flips_test {

using kafka::WorkerMetrics;

constexpr Millis kWindow = std::chrono::days(30);  // `recently-opened`, of the built-in definitions
constexpr uint32_t kPartitions = 2;
constexpr int kLeads = 40;

// When each lead left the segment.
using Left = std::map<std::string, Instant>;

class MassTimersTest : public OneWorkerTest {
 protected:
  MassTimersTest() : OneWorkerTest({.partitions = kPartitions}) {
    options.leads_per_round = 4;
    options.max_epoch_timers = 4;
    options.max_epoch_reevaluated = 4;
  }
  void SetUp() override {
    OneWorkerTest::SetUp();
    Start();
    for (int i = 0; i < kLeads; ++i) Open(i, "open", kBegin + Millis(i));
    for (int round = 0; round < 500 && process->Sum(&WorkerMetrics::events) < kLeads; ++round) Round();
    ASSERT_EQ(process->Sum(&WorkerMetrics::events), static_cast<uint64_t>(kLeads));
  }

  void Open(int lead, const std::string& id, Instant at) {
    AppendOpen(PartitionId{static_cast<uint32_t>(lead % 2)}, "l" + std::to_string(lead), id, at);
  }
  uint64_t Timers() const { return process->Sum(&WorkerMetrics::timers); }

  Left WhoLeft() {
    std::string problem;
    const Published published = ReadPublished(&cluster, &problem);
    EXPECT_EQ(problem, "");
    Left left;
    for (const PublishedChange& one : published.changes) {
      if (one.change.kind() != v1::Change::SEGMENT_LEFT) continue;
      const Instant at{one.change.at().seconds() * 1000 + one.change.at().nanos() / 1'000'000};
      EXPECT_TRUE(left.emplace(one.change.lead_id(), at).second) << one.change.lead_id() << " left twice";
    }
    return left;
  }
  static Left AllAtTheirInstant() {
    Left left;
    for (int i = 0; i < kLeads; ++i) left["l" + std::to_string(i)] = kBegin + Millis(i) + kWindow;
    return left;
  }
};

TEST_F(MassTimersTest, ATransactionHoldsABoundedPart) {
  clock.SetWall(kBegin + kWindow + Millis(1000));
  uint64_t committed = 0, parts = 0;
  for (int round = 0; round < 60; ++round) {  // within the commit interval
    Round();
    const uint64_t timers = Timers();
    EXPECT_LE(timers - committed, options.max_epoch_timers + options.leads_per_round - 1);
    parts += timers > committed ? 1 : 0;
    committed = timers;
  }
  EXPECT_EQ(committed, static_cast<uint64_t>(kLeads));
  EXPECT_GE(parts, 5u);
  EXPECT_EQ(WhoLeft(), AllAtTheirInstant());
}

TEST_F(MassTimersTest, ATransactionReevaluatesABoundedPart) {
  process->definitions().known.definitions =
      config::LoadDefinitions("tenants: {'*': {tiers: [{name: all}]}}").definitions;
  uint64_t committed = 0;
  for (int round = 0; round < 300; ++round) {
    Round();
    const uint64_t reevaluated = process->Sum(&WorkerMetrics::reevaluated);
    // The clock stands still during a round, so each partition has its share in it.
    EXPECT_LE(reevaluated - committed, options.max_epoch_reevaluated + kPartitions * options.leads_per_round - 1);
    committed = reevaluated;
  }
  EXPECT_EQ(committed, static_cast<uint64_t>(kLeads));
}

// A record's own lead fires its timer first; all others wait for their turn.
TEST_F(MassTimersTest, ARecordDoesNotWaitForTheTimersOfOthers) {
  clock.SetWall(kBegin + kWindow + Millis(1000));
  const uint64_t events = process->Sum(&WorkerMetrics::events);
  for (int round = 0; round < 60 && Timers() == 0; ++round) Round();
  Open(38, "another", clock.Now());
  for (int round = 0; round < 60 && process->Sum(&WorkerMetrics::events) == events; ++round) Round();
  EXPECT_EQ(process->Sum(&WorkerMetrics::events), events + 1);
  EXPECT_LT(Timers(), static_cast<uint64_t>(kLeads));
  for (int round = 0; round < 100; ++round) Round();
  EXPECT_EQ(WhoLeft(), AllAtTheirInstant());
}

TEST_F(MassTimersTest, NoPartitionWaitsForAllOfAnother) {
  clock.SetWall(kBegin + kWindow + Millis(1000));
  for (int round = 0; round < 60 && Timers() < 16; ++round) Round();
  const Left left = WhoLeft();
  EXPECT_EQ(left.size(), 16u);
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(left.contains("l" + std::to_string(i))) << i;
}

TEST_F(MassTimersTest, KilledInTheMiddleTheRestFiresOnce) {
  clock.SetWall(kBegin + kWindow + Millis(1000));
  uint64_t committed = 0;
  for (int kills = 1; kills <= 3; ++kills) {
    for (int round = 0; round < 60 && Timers() == 0; ++round) Round();
    committed += Timers();
    Kill();
    Start();
    cluster.AdvanceTime(Millis(7000));  // until the old process's session is over
    for (int round = 0; round < 500 && !process->is_ready(); ++round) Round();
    ASSERT_TRUE(process->is_ready());
  }
  ASSERT_LT(committed, static_cast<uint64_t>(kLeads));
  for (int round = 0; round < 300; ++round) Round();
  EXPECT_EQ(WhoLeft(), AllAtTheirInstant());
}

}  // namespace leadpulse::testing::mass_flips_test
