// Everything that can be repaired is, and nothing else is changed.
#include "processor/maintenance/state_repair.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tests/unit/maintenance/examined_state.h"

namespace leadpulse::maintenance::state_repair_test {

using ::testing::AllOf;
using testing::AppendToFile;
using testing::FlipByte;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadWholeFile;
using ::testing::SizeIs;
using testing::StateTampering;
using testing::WriteFile;
using Row = StateTampering::Row;
using state::RowFamily;
namespace fs = std::filesystem;

TEST_F(ExaminedState, TimersAreMadeAnewFromTheLeads) {
  {
    StateTampering state(State());
    const auto leads = state.LeadsWithTimer(true);
    state.Delete(RowFamily::kTimers, StateTampering::TimerKeyOf(leads[0]));
    state.Delete(RowFamily::kTimers, StateTampering::TimerKeyOf(leads[1]));  // as if it were moved
    state.Put(RowFamily::kTimers, StateTampering::TimerKeyOf(leads[1], {1'900'000'000'000}), "");
    state.Put(RowFamily::kTimers, StateTampering::TimerKeyOf(leads[2], {1'900'000'000'000}), "");  // one too many
    state.Put(RowFamily::kTimers, StateTampering::TimerKeyOf(state.LeadsWithTimer(false)[0], {5}), "");
    state.Put(RowFamily::kTimers, state::TimerRowKey({1}, {5}, EncodeLeadKey({"acme", "nobody"})), "");
    state.Put(RowFamily::kTimers, "short", "");
    state.Put(RowFamily::kTimers, StateTampering::TimerKeyOf(leads[3], {7}), "a value");
    state.Put(RowFamily::kTimers, state::TimerRowKey({9}, {5}, EncodeLeadKey({"acme", "opens0"})), "");
  }
  // The timer with a value is also that of an existing lead.
  ExpectMended({{"missing_timer", 2}, {"wrong_timer", 4}, {"orphan_timer", 1}, {"unreadable_timer", 3}});
}

TEST_F(ExaminedState, RowsThatCannotBeReadAreSetAsideOnRequestOnly) {
  std::string damaged_value;
  {
    StateTampering state(State());
    const auto leads = state.LeadsWithTimer(true);
    damaged_value = leads[0].value;
    damaged_value[20] = static_cast<char>(damaged_value[20] ^ 4);
    state.Put(RowFamily::kLeads, leads[0].key, damaged_value);
    state.Put(RowFamily::kLeads, leads[1].key, "\x07 of a later version");
    state.Put(RowFamily::kLeads, state::LeadRowKey({2}, "no separator"), "");
    state.Put(RowFamily::kLeads, state::LeadRowKey({9}, EncodeLeadKey({"acme", "opens0"})), "");
    state.Put(RowFamily::kErased, state::PartitionPrefix({1}) + "short", std::string(16, 'x'));
    state.Put(RowFamily::kErased, state::PartitionPrefix({1}) + std::string(32, 'k'), "short");
  }
  ExpectLeft({{"unreadable_lead", 4}, {"unreadable_erasure", 2}});
  EXPECT_THAT(texts_, AllOf(HasSubstr("checksum"), HasSubstr("format version 7"), HasSubstr("lead \"opens")));
  const std::string file = directory_ / "aside.jsonl";
  ExpectMended({{"unreadable_lead", 4}, {"unreadable_erasure", 2}}, {.quarantine_file = file});
  const std::string lines = ReadWholeFile(file);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 6);
  EXPECT_THAT(lines, AllOf(HasSubstr("{\"family\":\"leads\",\"subject\":\"lead \\\"opens"), HasSubstr("\"erased\"")));
  EXPECT_EQ(facts_.leads, 8u);
  EXPECT_EQ(facts_.timers, 5u);
}

TEST_F(ExaminedState, ANextTimerIsComputedAnewWhereTheViewIsRight) {
  {
    StateTampering state(State());
    const auto leads = state.LeadsWithTimer(true);
    const Row without = state.LeadsWithTimer(false)[0];
    const Instant later = StateTampering::Decode(leads[0]).next_change_at + Millis{1};
    state.ChangeLead(leads[0], [later](state::Lead* lead) { lead->next_change_at = later; });
    state.Write({{RowFamily::kTimers, StateTampering::TimerKeyOf(leads[0]), std::nullopt},
                 {RowFamily::kTimers, StateTampering::TimerKeyOf(leads[0], later), ""}});
    state.ChangeLead(leads[1], [](state::Lead* lead) { lead->next_change_at = Instant::Never(); });  // its timer stays
    state.ChangeLead(without, [](state::Lead* lead) { lead->next_change_at = {1'900'000'000'000}; });
  }
  // The second lead still has its timer. The last one's next change is too early, which costs one evaluation and is no
  // error; but it has no timer at that instant.
  ExpectMended({{"wrong_next_flip", 2}, {"missing_timer", 1}, {"wrong_timer", 1}});
}

TEST_F(ExaminedState, AViewThatIsWrongIsPublishedAnewByTheNextRun) {
  {
    StateTampering state(State());
    const auto leads = state.RowsOf(RowFamily::kLeads);
    state.ChangeLead(leads[0], [](state::Lead* lead) { lead->view.tier = 1 - lead->view.tier; });
    state.ChangeLead(leads[1], [](state::Lead* lead) { lead->view.segments = {0, 5}; });
    state.ChangeLead(leads[2], [](state::Lead* lead) { lead->view.stage = Stage::kLost; });
    state.ChangeLead(leads[3], [](state::Lead* lead) { lead->definitions_number = {7}; });
    state.ChangeLead(leads[4], [](state::Lead* lead) { lead->view.tier = 9; });
  }
  ExpectLeft({{"wrong_view", 4}, {"unknown_definitions", 1}});
  EXPECT_THAT(texts_, AllOf(HasSubstr("tier is "), HasSubstr("stage is lost and ought to be "),
                            HasSubstr("definitions number 7"), HasSubstr("a tier or a segment that")));
  ExpectMended({{"wrong_view", 4}, {"unknown_definitions", 1}}, {.reevaluate = true});
  EXPECT_EQ(facts_.due, 5u);
  const std::string before = ReadWholeFile(directory_ / "out/changes.jsonl");
  Run(kDefinitions);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.due, 0u);
  const std::string added = ReadWholeFile(directory_ / "out/changes.jsonl").substr(before.size());
  EXPECT_THAT(added, AllOf(HasSubstr("TIER_CHANGED"), HasSubstr("STAGE_CHANGED"), HasSubstr("\"TIME\"")));
}

TEST_F(ExaminedState, DamagedFilesAreNamedAndNotRepairedAround) {
  { StateTampering flushes(State()); }
  std::vector<fs::path> tables;
  for (const auto& file : fs::directory_iterator(State())) {
    if (file.path().extension() == ".sst") tables.push_back(file.path());
  }
  ASSERT_THAT(tables, ::testing::Not(IsEmpty()));
  int readable = 0;
  for (const fs::path& table : tables) {
    FlipByte(table, 10);
    const auto faults = state::CheckTableFiles(State());
    ASSERT_THAT(faults, SizeIs(1)) << table;
    EXPECT_EQ(faults[0].subject, "table file " + table.filename().string());
    // If the store's own rows are damaged, the state does not open.
    if (state::OpenStateRows(State(), state::StateAccess::kRead).ok()) {
      EXPECT_GE(Check()["damaged_file"], 1) << table;
      EXPECT_THAT(texts_, HasSubstr(faults[0].subject));
      ++readable;
    }
    auto report = Repair();
    ASSERT_FALSE(report.ok());
    EXPECT_THAT(report.status().message(), ::testing::ContainsRegex("[Rr]estore a backup"));
    FlipByte(table, 10);
  }
  EXPECT_GE(readable, 1);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
}

TEST_F(ExaminedState, RowsThatAreMoreThanWaitsInMemoryAreSetAsideWhole) {
  const std::string large(800'000, '?');
  {
    StateTampering state(State());
    const auto leads = state.RowsOf(RowFamily::kLeads);
    for (size_t i = 0; i < 3; ++i) state.Put(RowFamily::kLeads, leads[i].key, large + std::to_string(i));
  }
  const std::string file = directory_ / "aside.jsonl";
  EXPECT_EQ(MustRepair({.quarantine_file = file}), 0u);
  const std::vector<std::string> lines = absl::StrSplit(ReadWholeFile(file), '\n');
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines.back(), IsEmpty());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(lines[i], ::testing::StartsWith("{\"family\":\"leads\",\"subject\""));
    EXPECT_THAT(lines[i], ::testing::EndsWith("\"value\":\"" + absl::Base64Escape(large + std::to_string(i)) + "\"}"));
  }
}

TEST_F(ExaminedState, QuarantineFilesAreAppendedToAndNothingElseIs) {
  const std::string file = directory_ / "aside.jsonl";
  const auto damage = [this](size_t which) {
    StateTampering state(State());
    state.Put(RowFamily::kLeads, state.RowsOf(RowFamily::kLeads)[which].key, "?");
  };
  damage(0);
  WriteFile(file, "my notes\n");
  auto refused = Repair({.quarantine_file = file});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().message(), AllOf(HasSubstr(file), HasSubstr("something else")));
  EXPECT_EQ(ReadWholeFile(file), "my notes\n");
  EXPECT_EQ(Check()["unreadable_lead"], 1);
  fs::remove(file);
  EXPECT_EQ(MustRepair({.quarantine_file = file}), 0u);
  const std::string first = ReadWholeFile(file);
  // A kill left the beginning of a line, whose row still exists.
  AppendToFile(file, "{\"family\":\"leads\",\"subj");
  damage(0);
  EXPECT_EQ(MustRepair({.quarantine_file = file}), 0u);
  const std::string both = ReadWholeFile(file);
  EXPECT_TRUE(both.starts_with(first + "{\"family\":\"leads\",\"subject\""));
  EXPECT_EQ(std::count(both.begin(), both.end(), '\n'), 2);
  WriteFile(file, "{\"fam");
  damage(0);
  EXPECT_EQ(MustRepair({.quarantine_file = file}), 0u);
  EXPECT_TRUE(ReadWholeFile(file).starts_with("{\"family\""));
  auto nowhere = (damage(0), Repair({.quarantine_file = directory_ / "no/such/file"}));
  ASSERT_FALSE(nowhere.ok());
  EXPECT_THAT(nowhere.status().message(), HasSubstr("give another --set-aside FILE"));
}

}  // namespace leadpulse::maintenance::state_repair_test
