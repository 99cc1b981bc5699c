// What is counted by day, in which scopes, and what a commit, a crash and time make of it.
#include "processor/engine/day_counter.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/engine_driver.h"

namespace leadpulse::engine::day_counter_test {
namespace {

using leadpulse::testing::EngineDriver;
using state::DayCounts;
using state::DayCountsKey;
using state::DayScope;

constexpr char kDefinitions[] = R"(
tenants:
  t:
    timezone: America/New_York
    fields: {}
    scoring: {rules: [{event: click, points: 60}], reset_on: [unsubscribe]}
    tiers: [{name: hot, at_least: 50}, {name: cold}]
    journal: {max_entries: 2}
    segments: []
)";

std::string Event(const std::string& id, const std::string& type, const std::string& at, const std::string& more = "",
                  const std::string& lead = "1") {
  return R"({"event":{"tenantId":"t","leadId":")" + lead + R"(","eventId":")" + id + R"(","type":")" + type +
         R"(","occurredAt":")" + at + "\"" + more + "}}";
}

std::string Command(const std::string& id, const std::string& at, const std::string& action) {
  return R"({"command":{"tenantId":"t","leadId":"1","commandId":")" + id + R"(","issuedAt":")" + at + "\"," + action +
         "}}";
}

// Returns the committed rows.
std::map<DayCountsKey, DayCounts> RowsOf(const EngineDriver& driver) {
  std::map<DayCountsKey, DayCounts> rows;
  const Status visited = driver.store().VisitDayCounts(PartitionId{0}, [&](std::string_view key, std::string_view row) {
    rows.emplace(state::ParseDayCountsKey(key).value(), state::DecodeDayCounts(row).value());
    return true;
  });
  EXPECT_TRUE(visited.ok());
  return rows;
}

DayCounts Of(const EngineDriver& driver, const std::string& day, DayScope scope = DayScope::kTenant,
             const std::string& id = "") {
  return RowsOf(driver)[{ParseDay(day).value(), "t", scope, id}];
}

uint64_t Events(const DayCounts& counts, EventType type) { return counts.events[static_cast<size_t>(type)]; }
uint64_t Stages(const DayCounts& counts, Stage stage) { return counts.changes.stages[static_cast<size_t>(stage)]; }

TEST(DayCounts, KeyAndRowReadBack) {
  for (const DayCountsKey& key : {DayCountsKey{Day{-400'000}, "t"}, DayCountsKey{Day{0}, "t", DayScope::kOwner, "ann"},
                                  DayCountsKey{Day{20'000}, "t-2", DayScope::kCampaign, std::string("a\0b", 3)},
                                  DayCountsKey{Day{20'000}, "t", DayScope::kSegment, "Hot leads"}}) {
    EXPECT_EQ(state::ParseDayCountsKey(state::EncodeDayCountsKey(key)), key);
  }
  EXPECT_LT(state::EncodeDayCountsKey({Day{-1}, "z"}), state::EncodeDayCountsKey({Day{0}, "a"}));
  for (const std::string& bytes : {std::string(), std::string("\x80\0\0", 3), std::string("\x80\0\0\0\0t", 6),
                                   std::string("\x80\0\0\0\x09t\0", 7)}) {
    EXPECT_EQ(state::ParseDayCountsKey(bytes), std::nullopt);
  }
  DayCounts counts;
  counts.changes = {1, {}, {}, {{"hot", 5}}, 0, 0};
  counts.changes.stages[9] = 1ull << 40;
  counts.by_definitions.email_statuses[3] = 7;
  counts.changes.entered = 3;
  counts.by_definitions.left = 4;
  counts.events[12] = 2;
  counts.epoch = 9;
  EXPECT_EQ(state::DecodeDayCounts(state::EncodeDayCounts(counts)), counts);
  EXPECT_EQ(state::DecodeDayCounts("\xff"), std::nullopt);
}

TEST(DayCounter, CountsOnTheLocalDayOfEach) {
  EngineDriver driver(kDefinitions);
  // 23:30 on 1 March in New York; the change is at the clock, half an hour and a minute later.
  driver.Feed(Event("a", "SENT", "2026-03-02T05:01:00Z", "", "2"));
  driver.Feed(Event("b", "CLICK", "2026-03-02T04:30:00Z"));
  driver.Commit();
  EXPECT_EQ(Events(Of(driver, "2026-03-01"), EventType::kClick), 1u);
  EXPECT_EQ(Of(driver, "2026-03-01").changes, state::CountedChanges());
  const DayCounts second = Of(driver, "2026-03-02");
  EXPECT_EQ(second.changes.created, 2u);
  EXPECT_EQ(Events(second, EventType::kSent), 1u);
  EXPECT_EQ(Stages(second, Stage::kContacted), 1u);
  EXPECT_EQ(Stages(second, Stage::kEngaged), 1u);
  EXPECT_EQ(second.changes.tiers, (std::map<std::string, uint64_t, std::less<>>{{"hot", 1}}));
}

TEST(DayCounter, ChangesCountInTheLeadsCampaignsAndEventsInTheirOwn) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Command("c1", "2026-03-02T12:00:00Z",
                      R"("editCampaigns":{"assign":["Spring","other"]},"assignAgent":{"agentId":"ann"})"));
  driver.Feed(Event("a", "CLICK", "2026-03-02T12:01:00Z", R"(,"campaignId":"SPRING")"));
  driver.Feed(Event("b", "OPEN", "2026-03-02T12:02:00Z", R"(,"campaignId":"Elsewhere")"));
  driver.Feed(Event("c", "PAGE_VISIT", "2026-03-02T12:03:00Z"));
  driver.Commit();
  const DayCounts spring = Of(driver, "2026-03-02", DayScope::kCampaign, "spring");
  EXPECT_EQ(spring.changes.created, 1u);
  EXPECT_EQ(spring.changes.tiers.at("hot"), 1u);
  EXPECT_EQ(Events(spring, EventType::kClick), 1u);
  EXPECT_EQ(Events(spring, EventType::kOpen) + Events(spring, EventType::kPageVisit), 0u);
  const DayCounts other = Of(driver, "2026-03-02", DayScope::kCampaign, "other");
  EXPECT_EQ(other.changes, spring.changes);
  EXPECT_EQ(Events(other, EventType::kClick), 0u);
  const DayCounts elsewhere = Of(driver, "2026-03-02", DayScope::kCampaign, "elsewhere");
  EXPECT_EQ(Events(elsewhere, EventType::kOpen), 1u);
  EXPECT_EQ(elsewhere.changes, state::CountedChanges());
  EXPECT_EQ(Of(driver, "2026-03-02", DayScope::kOwner, "ann"), Of(driver, "2026-03-02"));
}

TEST(DayCounter, CountsForTheOwnerAfterTheRecord) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("a", "SENT", "2026-03-02T12:00:00Z"));
  driver.Feed(
      Command("c1", "2026-03-02T12:01:00Z", R"("setStage":{"stage":"CONVERTED"},"assignAgent":{"agentId":"ben"})"));
  driver.Commit();
  const DayCounts ben = Of(driver, "2026-03-02", DayScope::kOwner, "ben");
  EXPECT_EQ(Stages(ben, Stage::kConverted), 1u);
  EXPECT_EQ(ben.changes.created, 0u);
  EXPECT_EQ(Of(driver, "2026-03-02").changes.created, 1u);
}

TEST(DayCounter, DoesNotCountWhatNoJournalTakes) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("a", "OPEN", "2026-03-02T12:00:00Z"));
  driver.Feed(Event("a", "OPEN", "2026-03-02T12:00:00Z"));  // a duplicate
  driver.Feed(Event("b", "OPEN", "2026-03-02T13:00:00Z"));
  driver.Feed(Event("c", "OPEN", "2026-03-02T14:00:00Z"));         // folds the first
  driver.Feed(Event("d", "UNSUBSCRIBE", "2026-03-02T11:00:00Z"));  // too old; it counts as a status fact
  driver.Feed(Event("e", "NOTHING", "2026-03-02T11:00:00Z"));      // a dead letter
  driver.Commit();
  const DayCounts day = Of(driver, "2026-03-02");
  EXPECT_EQ(Events(day, EventType::kOpen), 3u);
  EXPECT_EQ(Events(day, EventType::kUnsubscribe), 0u);
  EXPECT_EQ(day.changes.email_statuses[static_cast<size_t>(EmailStatus::kUnsubscribed)], 1u);
}

TEST(DayCounter, TakesNothingBack) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("a", "CLICK", "2026-03-02T12:00:00Z"));
  driver.Feed(Event("r", "RETRACT", "2026-03-02T12:01:00Z", R"(,"retracts":"a")"));
  driver.Feed(Command("c1", "2026-03-02T12:02:00Z", R"("erase":{})"));
  driver.Feed(Event("b", "CLICK", "2026-03-02T12:03:00Z"));
  driver.Commit();
  const DayCounts day = Of(driver, "2026-03-02");
  EXPECT_EQ(Events(day, EventType::kClick), 2u);
  EXPECT_EQ(Events(day, EventType::kRetract), 1u);
  EXPECT_EQ(day.changes.created, 2u);
  EXPECT_EQ(day.changes.tiers.at("hot"), 2u);
  EXPECT_EQ(day.changes.tiers.at("cold"), 1u);
}

TEST(DayCounter, CountsChangesByDefinitionsApart) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("a", "OPEN", "2026-03-02T12:00:00Z"));
  driver.Redefine(R"(
tenants:
  t:
    timezone: Asia/Tokyo
    scoring: {rules: [{event: open, points: 60}]}
    tiers: [{name: warm, at_least: 50}, {name: cold}]
    segments: []
)",
                  /*killed_after=*/0);
  driver.Commit();
  const DayCounts day = Of(driver, "2026-03-02");  // 21:00 in Tokyo
  EXPECT_TRUE(day.changes.tiers.empty());
  EXPECT_EQ(day.by_definitions.tiers, (std::map<std::string, uint64_t, std::less<>>{{"warm", 1}}));
  EXPECT_EQ(day.by_definitions.created, 0u);
}

TEST(DayCounter, KeepsWholeDaysAsTimePasses) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("a", "OPEN", "2020-01-01T12:00:00Z"));
  driver.Feed(Event("b", "OPEN", "2020-01-02T12:00:00Z"));
  driver.Commit();
  driver.Feed(Event("late", "OPEN", "2020-01-01T13:00:00Z"));
  driver.AdvanceTo(*ParseRfc3339("2022-03-11T23:59:59Z"));  // 800 days behind 1 January
  driver.Commit();
  EXPECT_EQ(Events(Of(driver, "2020-01-01"), EventType::kOpen), 2u);
  driver.AdvanceTo(*ParseRfc3339("2022-03-12T00:00:00Z"));
  driver.Feed(Event("older", "OPEN", "2019-12-31T12:00:00Z"));
  driver.Commit();
  std::vector<std::string> days;
  for (const auto& [key, row] : RowsOf(driver)) days.push_back(FormatDay(key.day));
  EXPECT_EQ(days, (std::vector<std::string>{"2020-01-02"}));
}

TEST(DayCounter, GoesOnFromCommittedRows) {
  EngineDriver driver(kDefinitions);
  for (int i = 0; i < 6; ++i) {
    driver.Feed(Event("a" + std::to_string(i), "OPEN", "2026-03-02T12:00:0" + std::to_string(i) + "Z"));
    if (i % 2 == 0) driver.Restart();
  }
  driver.Commit();
  driver.Commit();  // an epoch without records changes nothing
  EXPECT_EQ(Events(Of(driver, "2026-03-02"), EventType::kOpen), 6u);
}

TEST(DayCounter, SaysThatARowIsDamaged) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("a", "OPEN", "2026-03-02T12:00:00Z"));
  state::EpochWrite damage;
  const Day day = ParseDay("2026-03-02").value();
  damage.day_counts.push_back({PartitionId{0}, state::EncodeDayCountsKey({day, "t"}), "\xff"});
  driver.Rewrite(damage);
  DayCounter counter;
  const config::TenantDefinitions& definitions = driver.DefinitionsFor("t");
  counter.CountCreated({*ParseRfc3339("2026-03-02T12:00:00Z")}, definitions, *driver.FindLead({"t", "1"}));
  state::EpochWrite write;
  const Status collected = counter.CollectWrites(PartitionId{0}, driver.store(), 0, &write);
  EXPECT_EQ(collected.kind(), ErrorKind::kFatal);
  EXPECT_NE(collected.message().find("counts by day"), std::string::npos);
}

}  // namespace
}  // namespace leadpulse::engine::day_counter_test
