// The result for shared addresses does not depend on partitions, threads, epochs, runs or the division into files: runs
// on files, over a store in memory.
//
// LEADPULSE_ADDRESS_HISTORIES says how many histories (default 200), LEADPULSE_ADDRESS_FIRST_SEED the first.

#include <gtest/gtest.h>

#include <atomic>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "processor/telemetry/logging.h"
#include "tests/property/address_histories.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::workload::addresses_files_test {

// How a history is run.
struct Division {
  uint32_t partitions = 1;
  size_t workers = 1;
  uint64_t epoch_records = 1 << 20;
  std::vector<size_t> cuts;  // first records of the files after the first
  bool separate_runs = false;
};

Division AnyDivision(Random& random, size_t records) {
  Division division;
  division.partitions = static_cast<uint32_t>(random.Between(2, 7));
  division.workers = static_cast<size_t>(random.Between(1, 3));
  if (random.Chance(70)) division.epoch_records = static_cast<uint64_t>(random.Between(1, 30));
  for (int64_t i = random.Below(4); i > 0; --i) {
    division.cuts.push_back(static_cast<size_t>(random.Below(static_cast<int64_t>(records) + 1)));
  }
  std::ranges::sort(division.cuts);
  division.separate_runs = random.Chance(40);
  return division;
}

std::vector<std::string> WriteInputs(const SharedHistory& history, const Division& division,
                                     const testing::ScratchDirectory& directory) {
  std::vector<std::string> paths;
  size_t next = 0;
  for (size_t file = 0; file <= division.cuts.size(); ++file) {
    const size_t end = file < division.cuts.size() ? division.cuts[file] : history.records.size();
    std::string lines;
    for (; next < end; ++next) lines += RecordLine(history.records[next]) + "\n";
    paths.push_back(directory / ("in-" + std::to_string(file) + ".jsonl"));
    testing::WriteFile(paths.back(), lines);
  }
  return paths;
}

// Leaves out dead letters, because they name files.
Outcome RunDivided(const SharedHistory& history, const Division& division) {
  const testing::ScratchDirectory directory;
  const std::vector<std::string> paths = WriteInputs(history, division, directory);
  const auto store = state::MakeMemoryLeadStore(division.partitions);
  const FixedClock clock{Instant{kWallClock}};
  const std::atomic<bool> stop{false};
  files::RunOptions options;
  options.definitions = config::LoadDefinitions(DefinitionsYaml({{"*", history.definitions}})).definitions;
  options.output_directory = directory / "out";
  options.workers = division.workers;
  options.max_epoch_records = division.epoch_records;
  options.epoch_time = std::chrono::hours(1);
  options.sync = false;
  Outcome outcome;
  for (size_t files = division.separate_runs ? 1 : paths.size(); files <= paths.size(); ++files) {
    options.inputs.assign(paths.begin(), paths.begin() + static_cast<int64_t>(files));
    const auto summary = files::RunOnFiles(options, {store.get(), &clock, &stop, nullptr, -1});
    if (summary.ok()) continue;
    outcome.failure = summary.status().message();
    return outcome;
  }
  outcome = ReadOutputs(options.output_directory);
  outcome.dead_letters.clear();
  return outcome;
}

std::string FindEffectOfDivision(const SharedHistory& history) {
  Random random = RandomOf(history);
  return CompareOutcomes(RunDivided(history, {}), RunDivided(history, AnyDivision(random, history.records.size())))
      .text;
}

class AddressesFilesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(telemetry::SetUpLogging("warning", /*json=*/false).ok()); }
};

TEST_F(AddressesFilesTest, NeitherPartitionsNorThreadsNorFilesMatter) {
  ForEachHistory([](uint64_t seed) { return Holds(SharedHistory(seed), FindEffectOfDivision); });
}

std::string FindEffectOfDividedRepeats(const SharedHistory& history) {
  const SharedHistory repeated = WithRepeats(history, true);
  Random random = RandomOf(history);
  return CompareOutcomes(RunDivided(history, {}), RunDivided(repeated, AnyDivision(random, repeated.records.size())))
      .text;
}

TEST_F(AddressesFilesTest, RepeatedRecordsChangeNothingHoweverTheyAreDivided) {
  ForEachHistory(
      [](uint64_t seed) { return Holds(AboutLateRepeats(SharedHistory(seed)), FindEffectOfDividedRepeats); });
}

}  // namespace leadpulse::workload::addresses_files_test
