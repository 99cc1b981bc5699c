// The preview of a retraction against the changes that the engine then publishes.
#include "processor/maintenance/retraction.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "processor/view/view.h"
#include "schemas/codec/input_writer.h"
#include "tests/support/engine_driver.h"
#include "tests/support/random_history.h"

namespace leadpulse::maintenance::retraction_test {

using testing::EngineDriver;

constexpr Instant kStart{1'767'225'600'000};  // 2026-01-01
const LeadKey kAnn{"acme", "ann"};

constexpr char kDefinitions[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}]}
    tiers: [{name: hot, at_least: 10}, {name: warm, at_least: 5}, {name: cold}]
    journal: {max_entries: 4}
    segments: [{id: clickers, name: Clickers, rule: 'DID click'}]
)";

constexpr char kScanned[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: click, points: 5}]}
    tiers: [{name: all}]
)";

std::string Event(const std::string& id, const std::string& type, int minute, const std::string& more = "") {
  return R"({"event":{"tenantId":"acme","leadId":"ann","eventId":")" + id + R"(","type":")" + type +
         R"(","occurredAt":")" + FormatRfc3339(kStart + std::chrono::minutes(minute)) + "\"" + more + "}}";
}

RetractionQuery Clicks(Instant clock) {
  RetractionQuery query;
  query.step.type = EventType::kClick;
  query.clock = query.at = clock;
  return query;
}

// Previews a retraction for the lead as stored, at the driver's clock.
LeadRetraction Preview(const LeadKey& key, const RetractionQuery& query, EngineDriver* driver) {
  driver->Commit();
  return PreviewRetraction(
      query::EvaluatedLead(*driver->FindLead(key), driver->DefinitionsFor(key.tenant), query.clock), query);
}

void FeedAll(const std::vector<codec::Event>& events, EngineDriver* driver) {
  for (const codec::Event& event : events) {
    std::string line;
    codec::AppendInputJson(event, &line);
    line.pop_back();
    driver->Feed(line);
  }
}

using Brief = std::tuple<codec::ChangeKind, std::string, std::string, std::string, Instant, std::string>;

std::vector<Brief> BriefsOf(std::span<const codec::Change> changes, size_t from = 0) {
  std::vector<Brief> briefs;
  for (const codec::Change& change : changes.subspan(from)) {
    briefs.emplace_back(change.kind, change.name, change.from, change.to, change.at, change.cause.id);
  }
  return briefs;
}

std::vector<std::string> Retracted(const LeadRetraction& retraction) {
  std::vector<std::string> ids;
  for (const codec::Event& event : retraction.events) ids.push_back(event.retracts);
  return ids;
}

TEST(RetractionTest, TheOldestIsTakenBackFirstAndEachTierIsPublished) {
  EngineDriver driver(kDefinitions);
  for (const int minute : {2, 0}) driver.Feed(Event("c" + std::to_string(minute), "CLICK", minute));
  const LeadRetraction retraction = Preview(kAnn, Clicks(driver.clock()), &driver);
  EXPECT_EQ(Retracted(retraction), (std::vector<std::string>{"c0", "c2"}));
  EXPECT_EQ(retraction.published.counters.changes[static_cast<size_t>(codec::ChangeKind::kTierChanged)], 2U);
  ASSERT_EQ(retraction.moved.size(), 3U);  // in the final view
  EXPECT_EQ(retraction.moved[0].kind, codec::ChangeKind::kStageChanged);
  EXPECT_EQ(retraction.moved[1].from + " " + retraction.moved[1].to, "hot cold");
  EXPECT_EQ(retraction.moved[2].name, "clickers");
  const size_t before = driver.changes().size();
  FeedAll(retraction.events, &driver);
  EXPECT_EQ(BriefsOf(driver.changes(), before), BriefsOf(retraction.published.changes));
}

TEST(RetractionTest, WhatIsAskedForIsTakenAndNothingElse) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("c1", "CLICK", 1, R"(,"name":"Prices","campaignId":"Spring")"));
  driver.Feed(Event("c2", "CLICK", 2, R"(,"name":"prices","machine":true)"));
  driver.Feed(Event("c3", "CLICK", 3));
  driver.Feed(Event("o4", "OPEN", 4, R"(,"name":"prices","campaignId":"Spring")"));
  const auto with = [&](const auto& change) {
    RetractionQuery query = Clicks(driver.clock());
    change(&query);
    return Retracted(Preview(kAnn, query, &driver));
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(with([](auto*) {}), (Ids{"c1", "c3"}));
  EXPECT_EQ(with([](auto* query) { query->step.scope = rules::Scope::kMachine; }), (Ids{"c2"}));
  EXPECT_EQ(with([](auto* query) { query->step.name = rules::Text{"PRICES", "prices"}; }), (Ids{"c1"}));
  EXPECT_EQ(with([](auto* query) { query->step.campaign = rules::Text{"spring", "spring"}; }), (Ids{"c1"}));
  EXPECT_EQ(with([](auto* query) { query->from = kStart + std::chrono::minutes(2); }), (Ids{"c3"}));
  EXPECT_EQ(with([](auto* query) { query->until = kStart + std::chrono::minutes(3); }), (Ids{"c1"}));
}

constexpr char kOfMail[] = R"(,"messageId":"m1")";
std::string Link(const std::string& name) { return kOfMail + (R"(,"name":")" + name + "\""); }

TEST(RetractionTest, OnlyWhatAScannerClicked) {
  EngineDriver driver(kScanned);
  driver.Feed(Event("d", "DELIVERED", 10, kOfMail));
  driver.Feed(Event("c1", "CLICK", 9, Link("a")));
  driver.Feed(Event("c2", "CLICK", 11, Link("b")));
  driver.Feed(Event("c3", "CLICK", 12, Link("b")));
  driver.Feed(Event("c4", "CLICK", 10, R"(,"messageId":"m2","name":"a")"));
  RetractionQuery query = Clicks(driver.clock());
  using Ids = std::vector<std::string>;
  EXPECT_EQ(Retracted(Preview(kAnn, query, &driver)), (Ids{"c1", "c4", "c2", "c3"}));
  query.scanner_within = std::chrono::minutes(1);
  EXPECT_EQ(Retracted(Preview(kAnn, query, &driver)), (Ids{"c1", "c2"}));
  // Events outside of the window still count.
  query.from = kStart + std::chrono::minutes(10);
  const LeadRetraction later = Preview(kAnn, query, &driver);
  EXPECT_EQ(Retracted(later), (Ids{"c2"}));
  // Retracted events still count for the search: the answer stays the same.
  FeedAll(later.events, &driver);
  query.from = Instant::DistantPast();
  const LeadRetraction rest = Preview(kAnn, query, &driver);
  EXPECT_EQ(Retracted(rest), (Ids{"c1"}));
  EXPECT_EQ(rest.already, 1U);
  // A retracted delivery has no effect.
  driver.Feed(Event("r", "RETRACT", 13, R"(,"retracts":"d")"));
  EXPECT_EQ(Retracted(Preview(kAnn, query, &driver)), Ids{});
}

TEST(RetractionTest, WhatIsTakenBackOrFoldedIsCounted) {
  EngineDriver driver(kDefinitions);
  for (int minute = 0; minute < 5; ++minute) driver.Feed(Event("c" + std::to_string(minute), "CLICK", minute));
  driver.Feed(Event("r", "RETRACT", 5, R"(,"retracts":"c3")"));
  RetractionQuery query = Clicks(driver.clock());
  const LeadRetraction retraction = Preview(kAnn, query, &driver);
  EXPECT_EQ(Retracted(retraction), (std::vector<std::string>{"c2", "c4"}));
  EXPECT_EQ(retraction.already, 1U);
  EXPECT_EQ(retraction.folded, 2U);
  query.from = kStart + std::chrono::minutes(2);  // later than what is folded
  EXPECT_EQ(Preview(kAnn, query, &driver).folded, 0U);
  query.from = Instant::DistantPast();
  query.step.scope = rules::Scope::kMachine;
  EXPECT_EQ(Preview(kAnn, query, &driver).folded, 0U);
}

// The definitions now allow fewer entries: the first retraction folds all surplus ones.
TEST(RetractionTest, WhatIsFoldedBeforeItsTurnIsCounted) {
  std::string roomy = kDefinitions;
  roomy.replace(roomy.find("max_entries: 4"), 14, "max_entries: 9");
  EngineDriver driver(roomy), narrower(kDefinitions);
  for (int minute = 0; minute < 6; ++minute) driver.Feed(Event("c" + std::to_string(minute), "CLICK", minute));
  driver.Commit();
  const state::Lead lead = *driver.FindLead(kAnn);
  const LeadRetraction before = SelectRetraction(lead, driver.DefinitionsFor("acme"), Clicks(driver.clock()));
  EXPECT_EQ(Retracted(before).size(), 6U);
  EXPECT_EQ(before.folded, 0U);
  const LeadRetraction after = SelectRetraction(lead, narrower.DefinitionsFor("acme"), Clicks(driver.clock()));
  EXPECT_EQ(Retracted(after), (std::vector<std::string>{"c0", "c3", "c4", "c5"}));
  EXPECT_EQ(after.folded, 2U);
}

TEST(RetractionTest, ItIsNeverBeforeWhatItTakesBackAndItsIdIsThatOfTheContent) {
  EngineDriver driver(kDefinitions);
  driver.Feed(Event("c1", "CLICK", 10));
  RetractionQuery query = Clicks(driver.clock());
  query.at = kStart;
  const codec::Event event = Preview(kAnn, query, &driver).events.at(0);
  EXPECT_EQ(event.occurred_at, kStart + std::chrono::minutes(10));
  EXPECT_EQ(event.type, EventType::kRetract);
  // Files may hold records with these ids: never change them.
  EXPECT_EQ(event.event_id, RetractionId(kAnn, "c1"));
  EXPECT_EQ(event.event_id, "retract-4a8452d6b1291d6697566746799917e3");
  EXPECT_NE(event.event_id, RetractionId({"acme", "an"}, "nc1"));
}

TEST(RetractionTest, APreviewSaysWhatTheEngineThenPublishes) {
  EXPECT_TRUE(rc::check("of any history, also with journals that are full", [] {
    const int variant = *rc::gen::inRange(0, testing::kHistoryDefinitionVariants);
    std::string definitions = testing::HistoryDefinitions(variant);
    if (*rc::gen::arbitrary<bool>()) definitions += "    journal: {max_entries: 4}\n";
    EngineDriver driver(definitions);
    for (const testing::HistoryRow& row : *testing::AnyHistory()) driver.Feed(testing::ToJson(row));
    driver.AdvanceTo(driver.clock());
    RetractionQuery query = Clicks(driver.clock());
    query.step.type = *rc::gen::elementOf(kCountedTypes);
    if (*rc::gen::arbitrary<bool>()) query.step.scope = rules::Scope::kMachine;
    driver.Commit();
    for (const LeadKey& key : driver.Leads()) {
      const LeadRetraction retraction = Preview(key, query, &driver);
      RC_ASSERT(Retracted(retraction) ==
                Retracted(SelectRetraction(*driver.FindLead(key), driver.DefinitionsFor(key.tenant), query)));
      const size_t before = driver.changes().size();
      for (int time = 0; time < 2; ++time) {  // the second time, all are duplicates
        FeedAll(retraction.events, &driver);
        RC_ASSERT(BriefsOf(driver.changes(), before) == BriefsOf(retraction.published.changes));
      }
      RC_TAG(retraction.events.empty() ? "none" : retraction.moved.empty() ? "nothing moves" : "moves");
      const LeadRetraction again = Preview(key, query, &driver);
      RC_ASSERT(again.events.empty());
    }
  }));
}

}  // namespace leadpulse::maintenance::retraction_test
