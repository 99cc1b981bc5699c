// A state that a run has left and whose rows a test changes, for tests of checks and repairs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "processor/maintenance/state_examination.h"
#include "processor/maintenance/state_repair.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/state_tampering.h"

namespace leadpulse::maintenance {

inline constexpr char kDefinitions[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 3, expires_after: 30d}, {event: reply, points: 5}]}
    tiers: [{name: warm, at_least: 3}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'DID open IN LAST 20 DAYS'}]
)";
inline constexpr char kOtherDefinitions[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}]}
    tiers: [{name: all}]
)";

inline std::string Event(const std::string& lead, const std::string& type, const std::string& id, int day) {
  return R"({"event":{"tenantId":"acme","leadId":")" + lead + R"(","eventId":")" + id + R"(","type":")" + type +
         R"(","occurredAt":"2026-03-)" + (day < 10 ? "0" : "") + std::to_string(day) + "T10:00:00Z\"}}\n";
}

class ExaminedState : public ::testing::Test {
 protected:
  ExaminedState() {
    std::string lines;
    for (int i = 0; i < 6; ++i) lines += Event("opens" + std::to_string(i), "OPEN", "e1", 1 + i);
    for (int i = 0; i < 3; ++i) lines += Event("replies" + std::to_string(i), "REPLY", "e1", 1 + i);
    // The lead was erased, and created again.
    lines += Event("back", "OPEN", "e1", 7);
    lines += R"({"command":{"tenantId":"acme","leadId":"back","commandId":"c1",)"
             R"("issuedAt":"2026-03-08T10:00:00Z","erase":{}}})"
             "\n";
    lines += Event("back", "OPEN", "e2", 9);
    ::leadpulse::testing::WriteFile(directory_ / "a.jsonl", lines);
    Run(kDefinitions);
  }

  std::string State() const { return directory_ / "state"; }

  void Run(const char* definitions, std::optional<Instant> until = std::nullopt) {
    state::RocksDbOptions options;
    options.directory = State();
    auto store = state::OpenRocksDbLeadStore(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    files::RunOptions run;
    run.inputs = {directory_ / "a.jsonl"};
    run.output_directory = directory_ / "out";
    run.definitions = config::LoadDefinitions(definitions).definitions;
    run.until = until;
    run.sync = false;
    auto summary = files::RunOnFiles(run, {store->get(), &clock_, &stop_, nullptr, -1});
    ASSERT_TRUE(summary.ok()) << summary.status().message();
    EXPECT_EQ(summary->TotalRejected(), 0u);
  }

  // Changes the row of a lead or a mailbox.
  void Change(const std::string& id, const std::function<void(state::Lead*)>& how) {
    using ::leadpulse::testing::StateTampering;
    StateTampering state(State());
    int changed = 0;
    for (const StateTampering::Row& row : state.RowsOf(state::RowFamily::kLeads)) {
      if (StateTampering::Decode(row).key.lead != id) continue;
      state.ChangeLead(row, how);
      ++changed;
    }
    ASSERT_EQ(changed, 1);
  }

  using Kinds = std::map<std::string, int>;
  // Runs a check. The texts of its findings go to texts_, the sums to facts_.
  Kinds Check() {
    auto rows = state::OpenStateRows(State(), state::StateAccess::kRead);
    EXPECT_TRUE(rows.ok()) << rows.status().message();
    Kinds kinds;
    texts_.clear();
    auto facts = ExamineState(**rows, [&](const StateProblem& problem) {
      ++kinds[ProblemName(problem.kind)];
      texts_ += problem.subject + " " + problem.what + "\n";
      return Status::Ok();
    });
    EXPECT_TRUE(facts.ok());
    facts_ = *facts;
    return kinds;
  }
  Result<RepairReport> Repair(const RepairOptions& options = {}) {
    auto rows = state::OpenStateRows(State(), state::StateAccess::kRepair);
    if (!rows.ok()) return rows.status();
    return RepairState(options, rows->get(), [](const StateProblem&) { return Status::Ok(); });
  }
  // Repairs, and returns how many findings remain.
  uint64_t MustRepair(const RepairOptions& options = {}) {
    auto report = Repair(options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? report->left : 0;
  }
  void ExpectMended(const Kinds& kinds, const RepairOptions& options = {}) {
    EXPECT_EQ(Check(), kinds);
    EXPECT_EQ(MustRepair(options), 0u);
    EXPECT_THAT(Check(), ::testing::IsEmpty()) << texts_;
    EXPECT_EQ(MustRepair(options), 0u);
  }
  void ExpectLeft(const Kinds& kinds) {
    EXPECT_EQ(Check(), kinds);
    EXPECT_GT(MustRepair(), 0u);
    EXPECT_EQ(Check(), kinds) << texts_;
  }

  ::leadpulse::testing::ScratchDirectory directory_;
  FixedClock clock_{*ParseRfc3339("2026-06-01T00:00:00Z")};
  std::atomic<bool> stop_{false};
  std::string texts_;
  StateFacts facts_;
};

}  // namespace leadpulse::maintenance
