// Changes the definitions while the program runs, kills the program in the middle, starts it again with the same
// definitions or others, and compares its output with the model.

#include <cstdio>

#include "tests/property/model_comparison.h"
#include "tests/support/model/calendar.h"

namespace leadpulse::workload {
namespace {

uint64_t Histories() { return std::stoull(Setting("LEADPULSE_MODEL_HISTORIES", "3")); }

// With fewer histories, a step may be missing by chance.
constexpr uint64_t kEnoughToMeetEachStep = 50;

void ExpectKillsAtEachStep(const KillTally& tally) {
  for (const auto& [step, kills] : tally) std::printf("%d kills at %s\n", kills, step.c_str());
  if (Histories() < kEnoughToMeetEachStep) return;
  for (const std::string& step : KillSteps()) EXPECT_TRUE(tally.contains(step)) << "no run was killed at " << step;
}

using DefinitionsChangeModelTest = ModelTest;

TEST_F(DefinitionsChangeModelTest, ProgramAndModelAgree) {
  KillTally tally;
  const auto make = [](uint64_t seed) { return MakeHistory(seed, model::kComparesSharedAddresses); };
  if (CheckEach(Histories(), make, &tally)) ExpectKillsAtEachStep(tally);
}

// More leads than timers between two commits.
constexpr int kManyLeads = 4200;

model::Record OpenedBy(int lead) {
  model::Event event;
  event.tenant = "acme";
  event.lead = "lead" + std::to_string(lead);
  event.id = "e";
  event.type = model::EventType::kOpen;
  event.occurred_at = "2025-01-01T00:00:00Z";
  return {event, 0};
}

// Returns definitions with a segment of leads with an open in the last day, and points for each open.
model::Definitions RecentOpeners(const std::string& segment, int64_t points) {
  model::TenantDefinitions definitions = {.publish_score_changes = true, .tiers = {{"cold", std::nullopt}}};
  definitions.identity_by_email = false;  // else the model looks at all leads for each record
  definitions.scoring.rules = {{.points = points, .event = model::EventType::kOpen}};
  model::Rule rule;
  rule.predicate.kind = model::Predicate::Kind::kDid;
  rule.predicate.window = {.kind = model::Window::Kind::kInLast, .duration = {1, model::Duration::Unit::kDays}};
  definitions.segments = {{segment, "Opened today", rule}};
  return {{"*", definitions}};
}

// The run is killed after the first commit of many due timers: the others fire before new definitions are rolled out.
TEST_F(DefinitionsChangeModelTest, WhatIsDueFiresUnderTheOldDefinitions) {
  Workload workload;
  workload.partitions = 1;
  workload.phases.resize(3);
  Phase& reading = workload.phases[0];
  reading.definitions = RecentOpeners("old", 1);
  for (int lead = 0; lead < kManyLeads; ++lead) reading.records.push_back(OpenedBy(lead));
  Phase& changing = workload.phases[1];
  changing.definitions = reading.definitions;
  changing.until = model::ReadRfc3339("2025-01-04T00:00:00Z");
  // The first commit is that of the empty file.
  changing.kills = {{"after_batch", 2}};
  changing.is_abandoned = true;
  workload.phases[2].definitions = RecentOpeners("new", 2);
  const Mismatch mismatch = CheckOnce(workload);
  EXPECT_EQ(mismatch.kind, Mismatch::Kind::kNone) << mismatch.text.substr(0, 4000);
}

// Returns definitions with a segment of leads whose `due` was within the last day.
model::Definitions DueToday(const std::string& zone) {
  model::TenantDefinitions definitions = {.timezone = zone, .tiers = {{"cold", std::nullopt}}};
  definitions.fields = {{"due", model::FieldType::kDate}};
  model::Rule rule;
  rule.predicate = {.kind = model::Predicate::Kind::kAge,
                    .field = "due",
                    .compare = model::Compare::kLess,
                    .duration = {1, model::Duration::Unit::kDays}};
  definitions.segments = {{"due", "Due", rule}};
  return {{"*", definitions}};
}

// The day begins earlier in the east: its first instant was ahead, and is past when the definitions change.
TEST_F(DefinitionsChangeModelTest, ADayIsAnotherInstantInAnotherZone) {
  model::Command command;
  command.tenant = "acme";
  command.lead = "lead";
  command.id = "c";
  command.issued_at = "2025-01-09T20:00:00Z";
  command.actions = model::UpdateProfile{{{"due", "2025-01-10"}}, {}};
  Workload workload;
  workload.phases.resize(2);
  workload.phases[0].definitions = DueToday("UTC");
  workload.phases[0].records = {{command, 0}};
  workload.phases[1].definitions = DueToday("Asia/Kathmandu");
  const Mismatch mismatch = CheckOnce(workload);
  EXPECT_EQ(mismatch.kind, Mismatch::Kind::kNone) << mismatch.text;
}

}  // namespace
}  // namespace leadpulse::workload
