// The result for shared addresses does not depend on partitions, threads, epochs, runs or the division into files: runs
// on files, over a store in memory.
//
// LEADPULSE_ADDRESS_HISTORIES says how many histories (default 10), LEADPULSE_ADDRESS_FIRST_SEED the first.

#include <gtest/gtest.h>

#include <atomic>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "processor/telemetry/logging.h"
#include "tests/property/address_histories.h"
#include "tests/support/input_files.h"
#include "tests/support/locked_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::workload::addresses_files_test {

// A store that fails at some commits, which are not made: as a kill just before them. More and more are made between
// two of them, because a run repeats the beginning of a rollout.
class FailingStore : public testing::LockedStore {
 public:
  FailingStore(uint32_t partitions, int first) : LockedStore(partitions), until_failure_(first) {}

  Status Commit(const state::EpochWrite& write) override {
    if (until_failure_ == 0 || ++commits_ < until_failure_) return LockedStore::Commit(write);
    ++until_failure_;
    commits_ = 0;
    return Status::Fatal(kFailure);
  }
  static constexpr char kFailure[] = "the disk of this test is full";

 private:
  int until_failure_;  // 0: it never fails
  int commits_ = 0;
};

// How a history is run.
struct Division {
  uint32_t partitions = 1;
  size_t workers = 1;
  uint64_t epoch_records = 1 << 20;
  std::vector<size_t> cuts;  // first records of the files after the first
  bool separate_runs = false;
  size_t changed_lead_bytes = 256 << 20;
  int failing_commit = 0;         // the first; 0: none
  bool has_dead_letters = false;  // in the outcome: they name files
  bool begins_to_share = false;   // the first run has `by_email: false`
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

Outcome RunDivided(const SharedHistory& history, const Division& division) {
  const testing::ScratchDirectory directory;
  const std::vector<std::string> paths = WriteInputs(history, division, directory);
  FailingStore store(division.partitions, division.failing_commit);
  const FixedClock clock{Instant{kWallClock}};
  const std::atomic<bool> stop{false};
  files::RunOptions options;
  options.output_directory = directory / "out";
  options.workers = division.workers;
  options.max_epoch_records = division.epoch_records;
  options.max_changed_lead_bytes = division.changed_lead_bytes;
  options.lead_cache_bytes = division.changed_lead_bytes / 4;
  options.epoch_time = std::chrono::hours(1);
  options.sync = false;
  Outcome outcome;
  for (size_t files = division.separate_runs ? 1 : paths.size(); files <= paths.size(); ++files) {
    model::TenantDefinitions definitions = history.definitions;
    definitions.identity_by_email = files > 1 || !division.begins_to_share;
    options.definitions = config::LoadDefinitions(DefinitionsYaml({{"*", definitions}})).definitions;
    options.inputs.assign(paths.begin(), paths.begin() + static_cast<int64_t>(files));
    Result<files::RunSummary> summary = files::RunSummary();
    do {
      summary = files::RunOnFiles(options, {&store, &clock, &stop, nullptr, -1});
    } while (!summary.ok() && summary.status().message() == FailingStore::kFailure);
    if (summary.ok()) continue;
    outcome.failure = summary.status().message();
    return outcome;
  }
  outcome = ReadOutputs(options.output_directory);
  if (!division.has_dead_letters) outcome.dead_letters.clear();
  return outcome;
}

std::string FindEffectOfDivision(const SharedHistory& history) {
  Random random = RandomOf(history);
  return CompareOutcomes(RunDivided(history, {}), RunDivided(history, AnyDivision(random, history.records.size())))
      .text;
}

// Finds an effect of epochs that have room for a few leads only, so that messages wait between commits, some of which
// fail.
std::string FindEffectOfStops(const SharedHistory& history) {
  Random random = RandomOf(history);
  Division division;
  division.has_dead_letters = true;
  division.begins_to_share = division.separate_runs = random.Chance(40);
  if (division.separate_runs) {
    division.cuts.push_back(static_cast<size_t>(random.Below(static_cast<int64_t>(history.records.size()) + 1)));
  }
  const Outcome expected = RunDivided(history, division);
  division.partitions = static_cast<uint32_t>(random.Between(1, 5));
  division.workers = static_cast<size_t>(random.Between(1, 3));
  division.changed_lead_bytes = random.Chance(50) ? 1 : static_cast<size_t>(random.Between(1, 40'000));
  if (random.Chance(70)) division.failing_commit = static_cast<int>(random.Between(2, 5));
  return CompareOutcomes(expected, RunDivided(history, division)).text;
}

class AddressesFilesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(telemetry::SetUpLogging("warning", /*json=*/false).ok()); }
};

TEST_F(AddressesFilesTest, NeitherPartitionsNorThreadsNorFilesMatter) {
  ForEachHistory([](uint64_t seed) { return Holds(SharedHistory(seed), FindEffectOfDivision); });
}

TEST_F(AddressesFilesTest, MessagesThatWaitBetweenCommitsMakeNoDifference) {
  ForEachHistory([](uint64_t seed) { return Holds(SharedHistory(seed), FindEffectOfStops); });
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
