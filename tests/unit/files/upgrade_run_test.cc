// Runs that go on from a state whose definitions, or whose program, were others: which leads are evaluated again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "config/definitions_loader.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/files/run.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::upgrade_run_test {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReadWholeFile;
using testing::WriteFile;

constexpr char kTiers[] = "tenants:\n  \"*\":\n    tiers: [{name: all}]\n";
constexpr char kDue[] = "    segments: [{id: due, rule: 'follow_up_on BEFORE TOMORROW'}]\n";

std::shared_ptr<const config::Definitions> Load(const std::string& text) {
  config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  EXPECT_TRUE(loaded.errors.empty()) << text;
  return loaded.definitions;
}

std::string Set(const std::string& lead, const std::string& attributes) {
  return R"({"command":{"tenantId":"acme","leadId":")" + lead +
         R"(","commandId":"c","issuedAt":"2026-03-01T10:00:00Z",)" + R"("updateProfile":{"set":)" + attributes +
         "}}}\n";
}

class UpgradeRunTest : public ::testing::Test {
 protected:
  UpgradeRunTest() {
    options_.inputs = {directory_ / "a.jsonl"};
    options_.output_directory = directory_ / "out";
    options_.sync = false;
    WriteFile(directory_ / "a.jsonl", Set("ada", R"({"follow_up_on":"2026-02-20","city":"Bern"})") +
                                          Set("ben", R"({"follow_up_on":"2026-03-05T00:00:00Z"})"));
  }

  RunSummary Run(const std::string& text) {
    options_.definitions = Load(text);
    Result<RunSummary> summary = RunOnFiles(options_, {store_.get(), &clock_, &stop_, nullptr, -1});
    EXPECT_TRUE(summary.ok()) << summary.status().message();
    return summary.ok() ? *std::move(summary) : RunSummary();
  }

  // Stores definitions as another program would.
  void PutDefinitions(const engine::StoredDefinitions& definitions) {
    state::EpochWrite write;
    engine::AppendRunDefinitions(definitions, &write);
    ASSERT_TRUE(store_->Commit(write).ok());
  }

  std::string Output(const char* name) { return ReadWholeFile(options_.output_directory + "/" + name); }
  // Returns the rows of all leads with their keys.
  std::string Rows() {
    std::string rows;
    for (uint32_t partition = 0; partition < 2; ++partition) {
      EXPECT_TRUE(store_
                      ->VisitLeads(PartitionId{partition}, "",
                                   [&rows](std::string_view key, std::string_view value) {
                                     rows.append(key).append(value);
                                     return true;
                                   })
                      .ok());
    }
    return rows;
  }

  testing::ScratchDirectory directory_;
  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(2);
  FixedClock clock_{*ParseRfc3339("2026-06-01T00:00:00Z")};
  std::atomic<bool> stop_{false};
  RunOptions options_;
};

TEST_F(UpgradeRunTest, NamesAreRolledOutWithoutALead) {
  Run(std::string(kTiers) + kDue);
  const std::string rows = Rows(), changes = Output(kChangesFile);
  ASSERT_THAT(changes, HasSubstr("SEGMENT_ENTERED"));
  const std::string named = std::string(kTiers) + "    name: Acme\n    lists: [{id: vip, name: The VIPs}]\n" + kDue;
  EXPECT_EQ(Run(named).engine.reevaluated, 0u);
  EXPECT_EQ(Rows(), rows);
  EXPECT_EQ(Output(kChangesFile), changes);
  EXPECT_EQ((*engine::ReadRunDefinitions(state::MetaOf(*store_)))->text, named);
  EXPECT_EQ(Run(named + "    campaigns: [{id: spring}]\n").engine.reevaluated, 0u);
  EXPECT_EQ(Rows(), rows);
  EXPECT_EQ(Run(named + "    journal: {max_entries: 5}\n").engine.reevaluated, 2u);
}

// A program before engine 9 took follow_up_on for an undeclared text, which is never before a day.
TEST_F(UpgradeRunTest, UndeclaredFollowUpsBecomeDays) {
  Run(kTiers);
  PutDefinitions({.text = std::string(kTiers) + kDue, .engine_version = 7});
  const std::string before = Output(kChangesFile);
  EXPECT_EQ(Run(std::string(kTiers) + kDue).engine.reevaluated, 2u);
  const std::string added = Output(kChangesFile).substr(before.size());
  EXPECT_THAT(added, HasSubstr(R"("leadId":"ada")"));
  EXPECT_THAT(added, HasSubstr("SEGMENT_ENTERED"));
  EXPECT_THAT(added, HasSubstr(R"("kind":"DEFINITIONS")"));
  EXPECT_THAT(added, Not(HasSubstr(R"("leadId":"ben")")));
  EXPECT_THAT(Output("leads.jsonl"), HasSubstr(R"("follow_up_on":"2026-03-05")"));
  EXPECT_EQ(Run(std::string(kTiers) + kDue).engine.reevaluated, 0u);
}

TEST_F(UpgradeRunTest, LeadsThatKeptEarlierNumbersAreEvaluated) {
  Run(kTiers);
  for (const uint32_t former : engine::kFormerKeptNumbersVersions) {
    PutDefinitions({.text = kTiers, .number = DefinitionsNumber{5 + former}, .engine_version = former});
    EXPECT_EQ(Run(kTiers).engine.reevaluated, 2u) << former;
    EXPECT_EQ((*engine::ReadRunDefinitions(state::MetaOf(*store_)))->engine_version, engine::kEngineVersion);
  }
}

TEST_F(UpgradeRunTest, AFormerTypeOfFollowUpsStopsNoUpgrade) {
  Run(kTiers);
  PutDefinitions({.text = std::string(kTiers) + "    fields: {follow_up_on: text}\n", .engine_version = 7});
  EXPECT_EQ(Run(std::string(kTiers) + kDue).engine.reevaluated, 2u);
  EXPECT_THAT(Output(kChangesFile), HasSubstr("SEGMENT_ENTERED"));
}

}  // namespace leadpulse::files::upgrade_run_test
