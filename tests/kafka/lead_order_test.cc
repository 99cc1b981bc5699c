// A search for the order of simulated runs, whose real order is known: if the model agrees with the real order, it must
// agree with the found one. LEADPULSE_ORDER_SEEDS (8): the number of runs; the long run takes 600.

#include "tests/kafka/lead_order.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "processor/telemetry/logging.h"
#include "tests/kafka/deduced_input.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing::lead_order_test {

constexpr Topic kAllTopics[] = {Topic::kEvents,         Topic::kCommands,  Topic::kStatusChanges,
                                Topic::kSegmentChanges, Topic::kLeadState, Topic::kDeadLetters};

// Returns the topics as a reader sees them. The time at which a record was written is unknown: before all clocks, or
// after them.
LiveTopics TopicsOf(Simulation* simulation) {
  LiveTopics topics;
  topics.partitions = simulation->workload().partitions;
  for (const Topic topic : kAllTopics) {
    for (uint32_t p = 0; p < topics.partitions; ++p) {
      const LogId log{topic, PartitionId{p}};
      const bool is_input = topic == Topic::kEvents || topic == Topic::kCommands;
      topics.logs[log] = simulation->cluster().log(topic, log.partition);
      for (const LogEntry& entry : topics.logs[log].everything()) {
        topics.written[{log, entry.offset}] = is_input ? Instant{0} : Instant::Never();
        const LiveRecord* record = simulation->RecordAt(log, entry.offset);
        if (record != nullptr) topics.records[{log, entry.offset}] = *record;
      }
    }
  }
  return topics;
}

uint64_t Seeds() {
  const char* wanted = std::getenv("LEADPULSE_ORDER_SEEDS");
  return wanted == nullptr ? 8 : std::stoull(wanted);
}

std::string Judge(Simulation* simulation) {
  const LiveTopics topics = TopicsOf(simulation);
  std::string problem;
  const Published published = ReadPublished(&simulation->cluster(), &problem);
  const auto& versions = simulation->workload().versions;
  workload::Outcome expected;
  for (uint32_t p = 0; p < topics.partitions; ++p) {
    DeducedInput input(topics, published, PartitionId{p}, versions.front().definitions, simulation->final_clock());
    problem += input.problem();
    const auto epochs = published.epochs.find(PartitionId{p});
    if (epochs == published.epochs.end()) continue;
    problem += ReplayPartition(&input, versions, PartitionId{p}, epochs->second, simulation->final_clock(), &expected);
  }
  return problem + workload::CompareOutcomes(expected, published.outcome).text;
}

// Uses its first definitions all the time, with all records on their partition, as DeducedInput requires.
LiveWorkload SimpleWorkload(uint64_t seed) {
  LiveWorkload workload = MakeLiveWorkload(seed);
  workload.versions.resize(1);
  std::erase_if(workload.records, [](const LiveRecord& record) { return record.is_misplaced; });
  for (LiveRecord& record : workload.records) record.definitions_version = 0;
  return workload;
}

TEST(LeadOrderTest, AnOrderIsFound) {
  ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
  const uint64_t seeds = Seeds();
  uint64_t judged = 0;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    Simulation simulation(seed, SimpleWorkload(seed));
    ASSERT_EQ(simulation.Run(), "");
    // Real clocks do not go back. They decide what is in the future, whereas the deduction assumes the partition's
    // clock.
    if (simulation.counts().events.contains("clock goes back")) continue;
    EXPECT_EQ(Judge(&simulation), "") << "seed " << seed;
    ++judged;
  }
  EXPECT_GT(judged, seeds / 3);
}

}  // namespace leadpulse::testing::lead_order_test
