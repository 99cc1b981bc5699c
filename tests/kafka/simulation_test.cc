// Workers on a simulated Kafka, one run a seed. simulation_check.h has the requirements of a run.
//
// LEADPULSE_SIMULATION_SEEDS (30): the number of seeds, a third of it for final views; LEADPULSE_SIMULATION_FIRST_SEED
// (1): the first seed; LEADPULSE_SIMULATION_LOG (off): the level of the workers' log.

#include "tests/kafka/simulation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

#include "processor/telemetry/logging.h"
#include "tests/kafka/ordered_workload.h"

namespace leadpulse::testing {
namespace {

constexpr int kMostFailures = 3;

std::string Setting(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::string HowToReplay(uint64_t seed) {
  return "seed " + std::to_string(seed) + "; alone: LEADPULSE_SIMULATION_FIRST_SEED=" + std::to_string(seed) +
         " LEADPULSE_SIMULATION_SEEDS=1 LEADPULSE_SIMULATION_LOG=info build/release/tests/simulation_test\n";
}

// Printed if an assertion ends the program in the middle of a seed.
std::string last_words;

void SayLastWords(int /*signal*/) {
  // NOLINTNEXTLINE(bugprone-unused-return-value)
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, last_words.data(), last_words.size());
}

class SimulationTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging(Setting("LEADPULSE_SIMULATION_LOG", "off")).ok()); }
};

// Runs the seeds that the environment asks for, or one in `one_in` of them.
void RunSeeds(const std::function<LiveWorkload(uint64_t seed)>& make, uint64_t one_in = 1) {
  const uint64_t first = std::stoull(Setting("LEADPULSE_SIMULATION_FIRST_SEED", "1"));
  const uint64_t count = (std::stoull(Setting("LEADPULSE_SIMULATION_SEEDS", "15")) + one_in - 1) / one_in;
  SimulationCounts counts;
  std::signal(SIGABRT, SayLastWords);
  int failures = 0;
  for (uint64_t seed = first; seed < first + count && failures < kMostFailures; ++seed) {
    last_words = HowToReplay(seed);
    Simulation simulation(seed, make(seed));
    const std::string problem = simulation.Run();
    counts.Add(simulation.counts());
    if (problem.empty()) continue;
    ADD_FAILURE() << HowToReplay(seed) << simulation.story() << "--- problem\n" << problem;
    ++failures;
  }
  std::signal(SIGABRT, SIG_DFL);
  for (const auto& [name, times] : counts.events) std::cout << name << ": " << times << "\n";
}

TEST_F(SimulationTest, WhatIsPublishedIsWhatTheModelSays) {
  RunSeeds([](uint64_t seed) { return MakeLiveWorkload(seed); });
}

TEST_F(SimulationTest, LeadsOfOneAddressKnowTheSame) {
  RunSeeds([](uint64_t seed) { return MakeLiveWorkload(seed, /*shares_addresses=*/true); });
}

TEST_F(SimulationTest, FinalViewsOfSharedAddressesAreThoseOfTheModel) { RunSeeds(MakeOrderedWorkload, /*one_in=*/3); }

// Returns everything that was written, and when.
std::string Trail(uint64_t seed) {
  Simulation simulation(seed);
  std::string trail = simulation.Run() + simulation.story();
  for (size_t topic = 0; topic < kTopicCount; ++topic) {
    for (uint32_t p = 0; p < simulation.workload().partitions; ++p) {
      for (const LogEntry& entry : simulation.cluster().log(static_cast<Topic>(topic), PartitionId{p}).everything()) {
        trail += std::to_string(static_cast<int>(entry.fate)) + entry.message.key + entry.message.value.value_or("-");
      }
    }
  }
  return trail;
}

TEST_F(SimulationTest, ASeedReplaysExactly) {
  for (uint64_t seed = 1; seed <= 5; ++seed) EXPECT_EQ(Trail(seed), Trail(seed)) << "seed " << seed;
}

}  // namespace
}  // namespace leadpulse::testing
