// Every kind of error in a state is found by name.
#include "processor/maintenance/state_examination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/engine/partition_meta.h"
#include "processor/maintenance/rebuild.h"
#include "tests/support/owned_entry.h"
#include "tests/unit/maintenance/examined_state.h"

namespace leadpulse::maintenance::state_examination_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StateTampering;
using Row = StateTampering::Row;
using state::RowFamily;

TEST_F(ExaminedState, WhatARunLeavesIsSound) {
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.leads, 10u);
  EXPECT_EQ(facts_.timers, 7u);
  EXPECT_EQ(facts_.erased, 1u);
  EXPECT_EQ(facts_.inputs, 1u);
  EXPECT_EQ(facts_.due, 0u);
  EXPECT_EQ(FormatRfc3339(facts_.clock), "2026-03-09T10:00:00Z");
  EXPECT_EQ(MustRepair(), 0u);
}

TEST_F(ExaminedState, ATimerInTheWrongPlaceIsSeenThoughTheirNumberIsRight) {
  {
    StateTampering state(State());
    state.Delete(RowFamily::kTimers, StateTampering::TimerKeyOf(state.LeadsWithTimer(true)[0]));
    state.Put(RowFamily::kTimers, state::TimerRowKey({1}, {5}, EncodeLeadKey({"acme", "nobody"})), "");
  }
  ExpectMended({{"missing_timer", 1}, {"orphan_timer", 1}});
}

TEST_F(ExaminedState, LeadsInTheWrongPlaceAndOfAnErasedLife) {
  {
    StateTampering state(State());
    const auto leads = state.LeadsWithTimer(true);
    const uint32_t right = state::PartitionOfRow(leads[0].key)->value;
    state.Delete(RowFamily::kLeads, leads[0].key);
    state.Put(RowFamily::kLeads, state::LeadRowKey({(right + 1) % 4}, state::LeadKeyOfRow(leads[0].key)),
              leads[0].value);
    // The same life as before the lead's erasure.
    const Row& erased = leads[1];
    const PartitionId partition = *state::PartitionOfRow(erased.key);
    state.Put(RowFamily::kErased,
              state::ErasureRowKey(
                  partition, state::ErasureHashOf(state.rows().erasure_secret(), state::LeadKeyOfRow(erased.key))),
              state::ErasureRowValue({*ParseRfc3339("2026-03-09T00:00:00Z"), {1}}));
  }
  EXPECT_EQ(Check(), (Kinds{{"misplaced_lead", 1}, {"erased_lead_held", 1}, {"orphan_timer", 1}}));
  EXPECT_EQ(MustRepair(), 2u);
  ExpectMended({{"misplaced_lead", 1}, {"erased_lead_held", 1}}, {.quarantine_file = directory_ / "aside.jsonl"});
}

TEST_F(ExaminedState, PublishedChangesOfNobodyAndUnreadableOnes) {
  {
    StateTampering state(State());
    state.Put(RowFamily::kPublished, state::LeadRowKey({1}, EncodeLeadKey({"acme", "nobody"})), "");
    state.Put(RowFamily::kPublished, state.LeadsWithTimer(true)[0].key, "\xff");
    state.Put(RowFamily::kPublished, state::DayCountsRowKey({1}, state::EncodeDayCountsKey({Day{20'000}, "acme"})), "");
    state.Put(RowFamily::kPublished, state::DayCountsRowKey({1}, state::EncodeDayCountsKey({Day{20'001}, "acme"})),
              "\xff");
  }
  EXPECT_EQ(Check(), (Kinds{{"orphan_published", 1}, {"unreadable_day_counts", 1}, {"unreadable_published", 1}}));
  ExpectMended({{"orphan_published", 1}, {"unreadable_day_counts", 1}, {"unreadable_published", 1}},
               {.quarantine_file = directory_ / "aside.jsonl"});
}

TEST_F(ExaminedState, ALeadThatCameBackIsHeldAgainstItsErasure) {
  state::Lead before;
  Change("back", [&](state::Lead* lead) {
    before = *lead;
    lead->erased_at = Instant::DistantPast();
  });
  EXPECT_EQ(Check(), (Kinds{{"erased_lead_held", 1}}));
  Change("back", [&](state::Lead* lead) {
    *lead = before;
    lead->last_seq = {1};
  });
  EXPECT_EQ(Check(), (Kinds{{"erased_lead_held", 1}}));
  Change("back", [&](state::Lead* lead) {
    *lead = before;
    ::leadpulse::testing::OwnedEntry old(lead->journal.entries().front());
    old.event_id = "of-the-erased-life";
    old.occurred_at = *ParseRfc3339("2026-03-07T00:00:00Z");
    lead->journal.Add(old, 1000);
  });
  EXPECT_EQ(Check().count("erased_lead_held"), 1u) << texts_;
  Change("back", [&](state::Lead* lead) { *lead = before; });
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
}

TEST_F(ExaminedState, AMailboxThatIsNoLeadHasNoView) {
  Change("back", [](state::Lead* lead) {
    lead->identity.Get().is_no_lead = true;
    const state::PublishedView none;
    lead->view = none;
    lead->last_seq.value -= 1;  // that of the erasure: nothing was published since
  });
  EXPECT_EQ(Check().count("wrong_view") + Check().count("erased_lead_held"), 0u) << texts_;
  EXPECT_EQ(facts_.leads, 9u);
  EXPECT_EQ(facts_.mailboxes, 1u);
}

TEST_F(ExaminedState, ATimerThatIsDueIsNoProblem) {
  {
    StateTampering state(State());
    engine::LocalPosition run;
    run.position.clock = {1'900'000'000'000};
    run.outputs.emplace();
    state::EpochWrite write;
    engine::AppendRunPosition(run, &write);
    state.Put(RowFamily::kMeta, write.meta[0].first, write.meta[0].second);
  }
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.due, 7u);
}

TEST_F(ExaminedState, EntriesThatCannotBeRead) {
  const auto with = [this](const std::string& name, const std::string& value) {
    StateTampering state(State());
    const std::string before = **state.rows().Get(RowFamily::kMeta, name);
    state.Put(RowFamily::kMeta, name, value);
    return before;
  };
  const std::string input = "input/" + (directory_ / "a.jsonl");
  for (const std::string& name : {std::string("run/position"), std::string("run/definitions"), input}) {
    const std::string before = with(name, "\xff of a later version");
    ExpectLeft({{"unreadable_meta", 1}});
    if (name == input) {
      EXPECT_THAT(ReadInputPositions(State()).status().message(), HasSubstr(directory_ / "a.jsonl"));
    }
    EXPECT_THAT(texts_, HasSubstr("entry `" + name + "`"));
    with(name, before);
  }
  const std::string definitions = with("run/definitions", engine::EncodeDefinitions({.text = "tenants: ["}));
  ExpectLeft({{"unreadable_definitions", 1}});
  with("run/definitions", definitions);
  {
    StateTampering state(State());
    state.Put(RowFamily::kMeta, "wrnu", "1");
  }
  ExpectLeft({{"unknown_meta", 1}});
  {
    StateTampering state(State());
    state.Delete(RowFamily::kMeta, "wrnu");
    state.Delete(RowFamily::kMeta, "run/position");
  }
  ExpectLeft({{"unreadable_meta", 1}});
}

TEST_F(ExaminedState, FamiliesOfDifferentCommitsAreNamedAndNotMended) {
  {
    StateTampering state(State());
    state.Put(RowFamily::kErased, std::string(state::kCommitRowBehindPartitions), "1");
  }
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(Check(), (Kinds{{"damaged_file", 1}})) << texts_;
    EXPECT_THAT(texts_, HasSubstr("of different commits: leads "));
    Result<RepairReport> report = Repair();
    ASSERT_FALSE(report.ok());
    EXPECT_THAT(report.status().message(), HasSubstr("Restore a backup"));
  }
}

TEST_F(ExaminedState, WhileDefinitionsAreAdoptedLeadsAreHeldAgainstTheirOwn) {
  {
    StateTampering state(State());
    auto kept =
        engine::ReadRunDefinitions([&](std::string_view name) { return state.rows().Get(RowFamily::kMeta, name); });
    ASSERT_TRUE(kept.ok() && kept->has_value());
    (*kept)->previous_text = (*kept)->text;
    (*kept)->text = kOtherDefinitions;
    (*kept)->number.value += 1;
    (*kept)->rolled_out_at = *ParseRfc3339("2026-03-09T10:00:00Z");
    state::EpochWrite intent;
    engine::AppendRunDefinitions(**kept, &intent);
    for (const auto& [name, value] : intent.meta) state.Put(RowFamily::kMeta, name, value);
  }
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_TRUE(facts_.rolling_out);
  EXPECT_EQ(facts_.outdated, 10u);
  {
    StateTampering state(State());
    state.ChangeLead(state.RowsOf(RowFamily::kLeads)[0], [](state::Lead* lead) { lead->view.score += 1; });
    // Marked as evaluated under the new ones, but it is not.
    state.ChangeLead(state.LeadsWithTimer(true)[2], [](state::Lead* lead) { lead->definitions_number.value += 1; });
  }
  EXPECT_EQ(Check(), (Kinds{{"wrong_view", 2}})) << texts_;
  EXPECT_EQ(facts_.outdated, 9u);
  EXPECT_EQ(MustRepair({.reevaluate = true}), 0u);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  Run(kOtherDefinitions);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_FALSE(facts_.rolling_out);
}

}  // namespace leadpulse::maintenance::state_examination_test
