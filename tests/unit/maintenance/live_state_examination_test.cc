// A state of the live mode is checked by partition, and never repaired.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/maintenance/state_examination.h"
#include "processor/maintenance/state_repair.h"
#include "tests/support/live_state.h"
#include "tests/unit/maintenance/examined_state.h"

namespace leadpulse::maintenance::live_state_examination_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StateTampering;
using Row = StateTampering::Row;
using state::RowFamily;

class ExaminedLiveState : public ExaminedState {
 protected:
  ExaminedLiveState() {
    StateTampering state(State());
    testing::MakeLive(&state);
    for (const Row& row : state.RowsOf(RowFamily::kLeads)) ++leads_[state::PartitionOfRow(row.key)->value];
  }

  // Checks that a repair is refused with any option.
  void ExpectRefused() {
    const Kinds before = Check();
    for (const bool reevaluate : {false, true}) {
      Result<RepairReport> report = Repair({.quarantine_file = directory_ / "aside.jsonl", .reevaluate = reevaluate});
      ASSERT_FALSE(report.ok());
      EXPECT_EQ(report.status().kind(), ErrorKind::kRejected);
      EXPECT_THAT(report.status().message(), HasSubstr("remove the directory"));
    }
    EXPECT_EQ(Check(), before);
  }
  // Returns the first lead of a partition that has leads.
  Row LeadOf(StateTampering* state, PartitionId partition) {
    for (Row& row : state->RowsOf(RowFamily::kLeads)) {
      if (state::PartitionOfRow(row.key) == partition) return row;
    }
    throw std::runtime_error("the partition has no lead");
  }
  std::vector<PartitionId> WithLeads() const {
    std::vector<PartitionId> found;
    for (const auto& [partition, count] : leads_) found.push_back({partition});
    return found;
  }

  std::map<uint32_t, uint64_t> leads_;  // by partition
};

TEST_F(ExaminedLiveState, WhatTheLiveModeLeavesIsSound) {
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_TRUE(facts_.live);
  EXPECT_EQ(facts_.positions, facts_.partitions);
  EXPECT_EQ(facts_.leads, 10u);
  EXPECT_EQ(facts_.timers, 7u);
  EXPECT_EQ(facts_.inputs, 0u);
  EXPECT_EQ(facts_.restoring + facts_.unsettled + facts_.elsewhere, 0u);
  EXPECT_EQ(FormatRfc3339(facts_.clock), "2026-03-09T10:00:00Z");
  ExpectRefused();
}

TEST_F(ExaminedLiveState, LeadsAreJudgedByTheClockOfTheirPartition) {
  const std::vector<PartitionId> partitions = WithLeads();
  ASSERT_GE(partitions.size(), 2u);
  {
    StateTampering state(State());
    testing::ChangePartition(&state, partitions[1], [](engine::LocalPosition* local, engine::StoredDefinitions*) {
      local->position.clock = *ParseRfc3339("2030-01-01T00:00:00Z");
    });
    EXPECT_THAT(Check(), IsEmpty()) << texts_;
    EXPECT_EQ(FormatRfc3339(facts_.clock), "2030-01-01T00:00:00Z");
    EXPECT_GT(facts_.due, 0u);
    EXPECT_LE(facts_.due, leads_[partitions[1].value]);
    // Everything that changes by time has done so before.
    state.ChangeLead(LeadOf(&state, partitions[0]), [](state::Lead* lead) { ++lead->view.score; });
  }
  EXPECT_EQ(Check(), (Kinds{{"wrong_view", 1}})) << texts_;
  ExpectRefused();
}

TEST_F(ExaminedLiveState, LeadsAreHeldAgainstTheDefinitionsOfTheirPartition) {
  const std::vector<PartitionId> partitions = WithLeads();
  ASSERT_GE(partitions.size(), 2u);
  {
    StateTampering state(State());
    testing::BeginRollout(&state, partitions[0], "points: 3", "points: 4");
  }
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_TRUE(facts_.rolling_out);
  EXPECT_EQ(facts_.outdated, leads_[partitions[0].value]);
  {
    // Its partition does not know this number.
    StateTampering state(State());
    state.ChangeLead(LeadOf(&state, partitions[1]), [](state::Lead* lead) { ++lead->definitions_number.value; });
  }
  EXPECT_EQ(Check(), (Kinds{{"unknown_definitions", 1}})) << texts_;
  ExpectRefused();
}

TEST_F(ExaminedLiveState, ARestoreThatWasCutShortIsAFact) {
  const PartitionId partition = WithLeads()[0];
  int gone = 0;
  {
    StateTampering state(State());
    testing::ForgetPartition(&state, partition);
    state.ChangeLead(LeadOf(&state, partition), [](state::Lead* lead) { ++lead->view.score; });
    // The state after a killed restore from the beginning: timers come last, and an erasure before its tombstone.
    std::vector<state::RowChange> changes;
    for (const Row& timer : state.RowsOf(RowFamily::kTimers)) {
      const bool goes = state::PartitionOfRow(timer.key) == partition && ++gone % 2 == 1;
      if (goes) changes.push_back({RowFamily::kTimers, timer.key, std::nullopt});
    }
    const std::string hash =
        state::ErasureHashOf(state.rows().erasure_secret(), state::LeadKeyOfRow(LeadOf(&state, partition).key));
    changes.push_back(
        {RowFamily::kErased, state::ErasureRowKey(partition, hash), state::ErasureRowValue({Instant::Never(), {99}})});
    state.Write(changes);
  }
  EXPECT_GT(gone, 0);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.positions, facts_.partitions - 1);
  EXPECT_EQ(facts_.restoring, 1u);
  EXPECT_EQ(facts_.unsettled, leads_[partition.value]);
  {
    StateTampering state(State());
    testing::DropPartition(&state, partition);
  }
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.restoring, 0u);
}

TEST_F(ExaminedLiveState, APartitionThatCatchesUpIsAheadOfItsPosition) {
  const PartitionId partition = WithLeads()[0];
  {
    StateTampering state(State());
    testing::ChangePartition(
        &state, partition, [](engine::LocalPosition* local, engine::StoredDefinitions*) { local->catching_up = true; });
    state.ChangeLead(LeadOf(&state, partition), [](state::Lead* lead) { ++lead->view.score; });
  }
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.positions, facts_.partitions);
  EXPECT_EQ(facts_.restoring, 1u);
  EXPECT_EQ(facts_.unsettled, leads_[partition.value]);
}

TEST_F(ExaminedLiveState, TimersAreCheckedAlsoWhileAPartitionCatchesUp) {
  {
    StateTampering state(State());
    const Row lead = state.LeadsWithTimer(true)[0];
    testing::ChangePartition(
        &state, *state::PartitionOfRow(lead.key),
        [](engine::LocalPosition* local, engine::StoredDefinitions*) { local->catching_up = true; });
    state.Delete(RowFamily::kTimers, StateTampering::TimerKeyOf(lead));
  }
  EXPECT_EQ(Check(), (Kinds{{"missing_timer", 1}})) << texts_;
  ExpectRefused();
}

TEST_F(ExaminedLiveState, ATrustedProducerPutsLeadsWhereItWill) {
  const std::vector<PartitionId> partitions = WithLeads();
  ASSERT_GE(partitions.size(), 2u);
  {
    StateTampering state(State());
    testing::MoveLeads(&state, partitions[0], partitions[1]);
  }
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.elsewhere, leads_[partitions[0].value]);
}

TEST_F(ExaminedLiveState, EntriesThatCannotBeUsed) {
  const auto expect = [this](const std::string& name, const std::optional<std::string>& value, const Kinds& kinds) {
    std::optional<std::string> before;
    {
      StateTampering state(State());
      before = *state.rows().Get(RowFamily::kMeta, name);
      state.Write({{RowFamily::kMeta, name, value}});
    }
    EXPECT_EQ(Check(), kinds) << texts_;
    EXPECT_THAT(texts_, HasSubstr("entry `" + name + "`"));
    ExpectRefused();
    StateTampering state(State());
    state.Write({{RowFamily::kMeta, name, before}});
  };
  expect("partition/1/position", "\xff", {{"unreadable_meta", 1}});
  expect("partition/1/definitions", "\xff", {{"unreadable_meta", 1}});
  expect("partition/1/definitions", "", {{"unreadable_definitions", 1}});
  expect("partition/1/definitions", std::nullopt, {{"unreadable_definitions", 1}});
  engine::StoredDefinitions other;
  other.text = "tenants: [";
  expect("partition/1/definitions", engine::EncodeDefinitions(other), {{"unreadable_definitions", 1}});
  other.text = kDefinitions;
  other.number = {2};
  expect("partition/1/definitions", engine::EncodeDefinitions(other), {{"unreadable_definitions", 1}});
  expect("partition/9/position", "", {{"unknown_meta", 1}});
  expect("partition/1/text", "", {{"unknown_meta", 1}});
  expect("run", "2 0", {{"unknown_meta", 1}});
  expect("input/a.jsonl", "1 0", {{"unknown_meta", 1}});
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
}

TEST_F(ExaminedLiveState, EveryRemedyIsToRemoveIt) {
  {
    StateTampering state(State());
    const auto leads = state.LeadsWithTimer(true);
    state.Delete(RowFamily::kTimers, StateTampering::TimerKeyOf(leads[0]));
    state.Put(RowFamily::kLeads, leads[1].key, "\x07 of a later version");
    state.ChangeLead(leads[2], [](state::Lead* lead) { ++lead->view.score; });
    state.Put(RowFamily::kMeta, "partition/0/position", "\xff");
  }
  auto rows = state::OpenStateRows(State(), state::StateAccess::kRead);
  ASSERT_TRUE(rows.ok());
  int problems = 0;
  ASSERT_TRUE(ExamineState(**rows, [&](const StateProblem& problem) {
                ++problems;
                EXPECT_EQ(problem.remedy, Remedy::kRemove) << problem.subject;
                EXPECT_THAT(problem.mend, IsEmpty()) << problem.subject;
                return Status::Ok();
              }).ok());
  EXPECT_GE(problems, 3);
}

TEST_F(ExaminedLiveState, ARunOnFilesDoesNotGoOnFromIt) {
  state::RocksDbOptions options;
  options.directory = State();
  auto store = state::OpenRocksDbLeadStore(options);
  ASSERT_TRUE(store.ok()) << store.status().message();
  files::RunOptions run;
  run.inputs = {directory_ / "a.jsonl"};
  run.output_directory = directory_ / "other-out";
  auto summary = files::RunOnFiles(run, {store->get(), &clock_, &stop_, nullptr, -1});
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.status().kind(), ErrorKind::kRejected);
  EXPECT_THAT(summary.status().message(), HasSubstr("made by the live mode"));
}

}  // namespace leadpulse::maintenance::live_state_examination_test
