// Another erasure secret makes no difference: whoever is erased stays erased, opt-outs outlive their leads, and nobody
// else is touched. Random histories of shared addresses, run in parts on a state whose secret is rotated between them.
//
// LEADPULSE_ADDRESS_HISTORIES says how many histories, LEADPULSE_ADDRESS_FIRST_SEED the first.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "processor/maintenance/secret_rotation.h"
#include "processor/telemetry/logging.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/property/address_histories.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::workload::secret_rotation_property_test {

constexpr size_t kParts = 4;

// What the rotations of all histories met.
struct Met {
  uint64_t erasures = 0;
  uint64_t leads = 0;
  uint64_t keys = 0;
};

class SecretRotationTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(telemetry::SetUpLogging("warning", /*json=*/false).ok()); }

  // Runs the history in parts. Returns why it cannot, in the outcome.
  Outcome Run(const SharedHistory& history, bool rotates) {
    const testing::ScratchDirectory directory;
    files::RunOptions options;
    options.output_directory = directory / "out";
    options.definitions = config::LoadDefinitions(DefinitionsYaml({{"*", history.definitions}})).definitions;
    options.epoch_time = std::chrono::hours(1);
    options.sync = false;
    Outcome outcome;
    for (size_t part = 0; part < kParts && outcome.failure.empty(); ++part) {
      options.inputs.push_back(directory / ("in-" + std::to_string(part) + ".jsonl"));
      testing::WriteFile(options.inputs.back(), Part(history, part));
      outcome.failure = RunPart(options, directory / "state");
      if (rotates && outcome.failure.empty()) outcome.failure = Rotate(directory / "state");
    }
    if (!outcome.failure.empty()) return outcome;
    return ReadOutputs(options.output_directory);
  }

  Met met;

 private:
  static std::string Part(const SharedHistory& history, size_t part) {
    const size_t count = history.records.size();
    std::string lines;
    for (size_t i = part * count / kParts; i < (part + 1) * count / kParts; ++i) {
      lines += RecordLine(history.records[i]) + "\n";
    }
    return lines;
  }

  static std::string RunPart(const files::RunOptions& options, const std::string& state) {
    const FixedClock clock{Instant{kWallClock}};
    const std::atomic<bool> stop{false};
    auto store = state::OpenRocksDbLeadStore({.directory = state, .partition_count = 2, .sync = false});
    if (!store.ok()) return store.status().message();
    const auto summary = files::RunOnFiles(options, {store->get(), &clock, &stop, nullptr, -1});
    return summary.ok() ? "" : summary.status().message();
  }

  std::string Rotate(const std::string& state) {
    const auto rotated = maintenance::RotateSecret({.state = state});
    if (!rotated.ok()) return rotated.status().message();
    met.erasures += rotated->erasures;
    met.leads += rotated->leads;
    met.keys = rotated->keys;
    return "";
  }
};

TEST_F(SecretRotationTest, AnotherSecretMakesNoDifference) {
  const auto holds = [this](uint64_t seed) {
    return Holds(SharedHistory(seed), [this](const SharedHistory& history) {
      return CompareOutcomes(Run(history, /*rotates=*/false), Run(history, /*rotates=*/true)).text;
    });
  };
  ForEachHistory(holds, (Histories() + 2) / 3);  // rotations wait for the disk
  EXPECT_GT(met.erasures, 0u);
  EXPECT_GT(met.leads, 0u);
  EXPECT_EQ(met.keys, kParts + 1);
}

}  // namespace leadpulse::workload::secret_rotation_property_test
