// Rows of leads.jsonl, causes and sources, counters and aborted epochs, which the scenario tables leave out.
#include "processor/engine/partition_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "schemas/codec/record_decoder.h"
#include "tests/support/engine_driver.h"
#include "tests/support/measured_store.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::engine::partition_engine_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOpen[] =
    R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":"e1","type":"OPEN","occurredAt":"2025-01-01T00:00:00Z"}})";

std::string Event(const std::string& id, const std::string& members) {
  return R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":")" + id + "\"," + members + "}}";
}

std::string Command(const std::string& id, const std::string& members) {
  return R"({"command":{"tenantId":"t","leadId":"a@x.org","commandId":")" + id + "\"," + members + "}}";
}

TEST(PartitionEngine, LeadRowHasEveryKey) {
  leadpulse::testing::EngineDriver driver;
  driver.Feed(kOpen);
  EXPECT_EQ(
      driver.Row({"t", "a@x.org"}),
      R"({"tenantId":"t","leadId":"a@x.org","seq":3,"score":1,"tier":"cold","emailStatus":"active",)"
      R"("sendable":true,"doNotContact":false,"stage":"contacted","status":"contacted","quality":15,)"
      R"("qualification":15,"agent":"","segments":["recently-opened"],"lists":[],"tags":[],"campaigns":[],)"
      R"("topicsOut":[],"consents":{},"notes":[],"profile":{},"counts":{"sent":0,"delivered":0,"open":1,"click":0,"reply":0,)"
      R"("bounce":0,"unsubscribe":0,"resubscribe":0,"complaint":0,"page_visit":0,"custom":0},)"
      R"("lastAt":{"open":"2025-01-01T00:00:00Z"}})");
}

TEST(PartitionEngine, LeadRowSpellsWhatCommandsSaid) {
  leadpulse::testing::EngineDriver driver;
  const std::string at = R"("issuedAt":"2025-01-01T00:00:00.250Z",)";
  driver.Feed(Command("1", at + R"("updateProfile":{"set":{"Subscription Date":"2024-02-29","Budget":"12.50",)"
                                R"("nick":["a",1,true],"x":{"b":null}}})"));
  driver.Feed(Command("2", at + R"("editTags":{"add":["b","A","B"]})"));
  driver.Feed(Command("3", at + R"("recordConsent":{"purpose":"News","granted":true,"source":"form"})"));
  driver.Feed(Command("4", at + R"("actor":"eve","addNote":{"text":"said \"hi\""})"));
  const std::string row = driver.Row({"t", "a@x.org"});
  EXPECT_THAT(row, HasSubstr(R"("profile":{"budget":12.50,"nick":["a",1,true],)"
                             R"("subscription_date":"2024-02-29","x":{"b":null}})"));
  EXPECT_THAT(row, HasSubstr(R"("tags":["A","b"])"));
  EXPECT_THAT(row,
              HasSubstr(R"("consents":{"News":{"granted":true,"source":"form","at":"2025-01-01T00:00:00.250Z"}})"));
  EXPECT_THAT(row, HasSubstr(R"("notes":[{"text":"said \"hi\"","at":"2025-01-01T00:00:00.250Z","actor":"eve"}])"));
}

TEST(PartitionEngine, ChangesNameTheirCauseAndSource) {
  leadpulse::testing::EngineDriver driver;
  driver.Feed(Event("e1", R"("type":"OPEN","backfill":true,"occurredAt":"2025-01-01T00:00:00Z")"));
  driver.AdvanceTo(*ParseRfc3339("2025-06-01T00:00:00Z"));
  ASSERT_EQ(driver.changes().size(), 4u);
  const codec::Change& entered = driver.changes()[2];
  EXPECT_EQ(entered.kind, codec::ChangeKind::kSegmentEntered);
  EXPECT_EQ(entered.cause.id, "e1");
  EXPECT_TRUE(entered.backfill);
  EXPECT_TRUE(entered.source.has_value());
  const codec::Change& left = driver.changes()[3];
  EXPECT_EQ(left.kind, codec::ChangeKind::kSegmentLeft);
  EXPECT_EQ(left.cause.kind, codec::CauseKind::kTime);
  EXPECT_FALSE(left.backfill);
  EXPECT_FALSE(left.source.has_value());
}

TEST(PartitionEngine, CountersTellWhatBecameOfRecords) {
  leadpulse::testing::EngineDriver driver("tenants: {t: {tiers: [{name: all}], journal: {max_entries: 2}}}");
  const auto open_at = [](int day) {
    return R"("type":"OPEN","occurredAt":"2025-01-0)" + std::to_string(day) + R"(T00:00:00Z")";
  };
  for (int day : {2, 3, 4}) driver.Feed(Event("e" + std::to_string(day), open_at(day)));
  driver.Feed(Event("e4", open_at(4)));
  driver.Feed(Event("e1", open_at(1)));
  driver.Feed(Command("c", R"("issuedAt":"2025-01-05T00:00:00Z","erase":{})"));
  driver.Feed(Event("e5", open_at(5)));
  EXPECT_EQ(driver.counters().events, 3u);
  EXPECT_EQ(driver.counters().folded, 1u);
  EXPECT_EQ(driver.counters().duplicates, 1u);
  EXPECT_EQ(driver.counters().dropped_folded, 1u);
  EXPECT_EQ(driver.counters().dropped_erased, 1u);
  EXPECT_THAT(driver.Leads(), IsEmpty());
}

TEST(PartitionEngine, CountsAttributesThatStrictFieldsWouldRefuse) {
  const std::string set = R"("issuedAt":"2025-01-05T00:00:00Z","updateProfile":{"set":{"City":"B","email":"a@x.org",)"
                          R"("region":"S","gone":null},"unset":["other"]})";
  for (const bool strict : {true, false}) {
    leadpulse::testing::EngineDriver driver(
        "tenants: {t: {tiers: [{name: all}], fields: {city: text}, strict_fields: " +
        std::string(strict ? "true" : "false") + "}}");
    driver.Feed(Command("c", set));
    driver.Feed(Command("c", set));
    EXPECT_EQ(driver.counters().attributes_undeclared, strict ? 1u : 0u);
    EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("region":"S")"));
  }
}

// A lead with timers for thousands of years neither fills the memory nor delays a stop.
TEST(PartitionEngine, TimersComeInBoundedParts) {
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  DefinitionsInForce definitions;
  definitions.current = config::LoadDefinitions(R"(
tenants:
  t: {tiers: [{name: all}], fields: {birthday: date}, segments: [{id: s, rule: birthday ANNIVERSARY TODAY}]})")
                            .definitions;
  EngineOutput output;
  PartitionEngine engine(PartitionId{0}, store.get(), 1 << 20, definitions, &output);
  const Instant last = *ParseRfc3339("9999-12-31T00:00:00Z");
  uint64_t taken = 0;
  size_t most = 0;
  output.max_changes = 100;
  output.take_changes = [&] {
    most = std::max(most, output.changes.size());
    taken += output.changes.size();
    output.changes.clear();
  };
  for (int i = 0; i < 10; ++i) {
    const std::string id = std::to_string(i);
    const codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(
        R"({"command":{"tenantId":"t","leadId":")" + id + R"(","commandId":"c","issuedAt":"2000-01-01T00:00:00Z",)" +
            R"("updateProfile":{"set":{"birthday":"1985-12-10"}}}})",
        {});
    const auto& command = std::get<codec::Command>(decoded);
    ASSERT_TRUE(engine.Apply(command, command.issued_at, {}).ok());
  }
  uint64_t timers = 0;
  Result<bool> more = true;
  for (int calls = 0; *more; ++calls) {
    more = engine.FireDueTimers(last, {4});
    ASSERT_TRUE(more.ok() && calls < 100);
    EXPECT_LE(output.counters.timers - timers, 65'536u);
    timers = output.counters.timers;
  }
  output.take_changes();
  EXPECT_EQ(timers, 10u * 2 * 8'000);
  EXPECT_EQ(taken, timers + 10);
  EXPECT_EQ(most, 100u);
}

// Leads of 16 KiB all leave a segment at once, or are all re-evaluated: memory holds a few of them at a time.
TEST(PartitionEngine, LargeLeadsComeInPartsOfBoundedSize) {
  constexpr size_t kLeads = 100;
  constexpr size_t kBytes = 512 << 10;
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  const auto load = [](const std::string& rule) {
    return config::LoadDefinitions("tenants: {t: {tiers: [{name: all}], segments: [{id: s, rule: " + rule + "}]}}")
        .definitions;
  };
  DefinitionsInForce definitions;
  definitions.current = load("DID OPEN IN LAST 1 DAYS");
  EngineOutput output;
  Instant clock;
  const auto commit = [&](PartitionEngine* engine) {
    state::EpochWrite write;
    ASSERT_TRUE(engine->CollectWrites(&write).ok());
    ASSERT_TRUE(store->Commit(write).ok());
    engine->Committed();
  };
  // The number of leads changed by one call, and the number of calls until the work is done.
  const auto go_through = [&](PartitionEngine* engine, const auto& step) {
    size_t most = 0;
    Result<bool> more = true;
    for (size_t calls = 0; *more; ++calls) {
      more = step(engine);
      ASSERT_TRUE(more.ok() && calls < kLeads);
      most = std::max(most, engine->leads().dirty_bytes());
      commit(engine);
    }
    EXPECT_GE(most, kBytes / 2);
    EXPECT_LE(most, 2 * kBytes);
  };
  {
    PartitionEngine engine(PartitionId{0}, store.get(), 1, definitions, &output);
    for (size_t i = 0; i < kLeads; ++i) {
      const std::string lead = R"("tenantId":"t","leadId":")" + std::to_string(i) + '"';
      const codec::Decoded opened = codec::MakeJsonRecordDecoder()->Decode(
          R"({"event":{)" + lead + R"(,"eventId":"e","type":"OPEN","occurredAt":"2026-01-01T00:00:00Z"}})", {});
      const codec::Decoded large = codec::MakeJsonRecordDecoder()->Decode(
          R"({"command":{)" + lead + R"(,"commandId":"c","issuedAt":"2026-01-01T00:00:00Z","updateProfile":)" +
              R"({"set":{"a":")" + std::string(8000, 'x') + R"(","b":")" + std::string(8000, 'y') + R"("}}}})",
          {});
      clock = std::get<codec::Event>(opened).occurred_at;
      ASSERT_TRUE(engine.Apply(std::get<codec::Event>(opened), clock, {}).ok());
      ASSERT_TRUE(engine.Apply(std::get<codec::Command>(large), clock, {}).ok());
    }
    commit(&engine);
    go_through(&engine, [&](PartitionEngine* e) {
      return e->FireDueTimers(clock + std::chrono::days(1), {kLeads, kBytes});
    });
    EXPECT_EQ(output.counters.timers, kLeads);
  }
  definitions = {load("DID OPEN"), DefinitionsNumber{2}, definitions.current, clock + std::chrono::days(1)};
  output.changes.clear();
  PartitionEngine engine(PartitionId{0}, store.get(), 1, definitions, &output);
  go_through(&engine, [&](PartitionEngine* e) { return e->RollOutDefinitions({kLeads, kBytes}); });
  EXPECT_EQ(output.changes.size(), kLeads);
}

// Small leads whose timers are due first say nothing about the size of those behind them.
TEST(PartitionEngine, LargeLeadsBehindSmallOnesAreLoadedInParts) {
  constexpr size_t kSmall = 60, kLarge = 60;
  auto measured = std::make_unique<testing::MeasuredStore>(1);
  testing::MeasuredStore* const store = measured.get();
  DefinitionsInForce definitions;
  definitions.current = config::LoadDefinitions(
                            "tenants: {t: {tiers: [{name: all}], segments: [{id: s, rule: DID OPEN IN "
                            "LAST 1 DAYS}]}}")
                            .definitions;
  EngineOutput output;
  Instant clock;
  {
    PartitionEngine engine(PartitionId{0}, store, 1, definitions, &output);
    for (size_t i = 0; i < kSmall + kLarge; ++i) {
      const std::string lead = R"("tenantId":"t","leadId":")" + std::to_string(i) + '"';
      const std::string second = i < kSmall ? "0" : "1";  // timers are in the order of their times
      const codec::Decoded opened = codec::MakeJsonRecordDecoder()->Decode(
          R"({"event":{)" + lead + R"(,"eventId":"e","type":"OPEN","occurredAt":"2026-01-01T00:00:0)" + second +
              R"(Z"}})",
          {});
      clock = std::get<codec::Event>(opened).occurred_at;
      ASSERT_TRUE(engine.Apply(std::get<codec::Event>(opened), clock, {}).ok());
      for (int note = 0; i >= kSmall && note < 60; ++note) {
        const codec::Decoded large = codec::MakeJsonRecordDecoder()->Decode(
            R"({"command":{)" + lead + R"(,"commandId":"c)" + std::to_string(note) +
                R"(","issuedAt":"2026-01-01T00:00:01Z","addNote":{"text":")" + std::string(8000, 'x') + R"("}}})",
            {});
        ASSERT_TRUE(engine.Apply(std::get<codec::Command>(large), clock, {}).ok());
      }
    }
    state::EpochWrite write;
    ASSERT_TRUE(engine.CollectWrites(&write).ok());
    ASSERT_TRUE(store->Commit(write).ok());
  }
  ASSERT_GT(store->largest_commit(), kLarge * 400'000);
  store->Reset();
  PartitionEngine engine(PartitionId{0}, store, 1, definitions, &output);
  ASSERT_TRUE(engine.FireDueTimers(clock + std::chrono::days(1), {.leads = 1000, .changed_bytes = 64 << 20}).ok());
  EXPECT_EQ(output.counters.timers, kSmall + kLarge);
  EXPECT_LT(store->largest_read(), 10u << 20);
}

std::shared_ptr<const config::Definitions> WithSegments(const std::string& segments) {
  return config::LoadDefinitions("tenants: {t: {tiers: [{name: all}], segments: [" + segments + "]}}").definitions;
}

// Commits an open into a store without leads. Returns its instant.
Instant CommitAnOpen(const DefinitionsInForce& definitions, state::LeadStore* store) {
  const codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(kOpen, {});
  const auto& event = std::get<codec::Event>(decoded);
  EngineOutput output;
  PartitionEngine engine(PartitionId{0}, store, 1 << 20, definitions, &output);
  EXPECT_TRUE(engine.Apply(event, event.occurred_at, {}).ok());
  state::EpochWrite write;
  EXPECT_TRUE(engine.CollectWrites(&write).ok());
  EXPECT_TRUE(store->Commit(write).ok());
  return event.occurred_at;
}

// The clock advances during a rollout: timers under the new definitions were not due before.
TEST(PartitionEngine, ALeadReachedLateByNewDefinitionsHasItsTimers) {
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  DefinitionsInForce definitions;
  definitions.current = WithSegments("");
  const Instant opened_at = CommitAnOpen(definitions, store.get());
  EngineOutput output;
  definitions = {WithSegments("{id: s, rule: DID OPEN IN LAST 1 DAYS}"), DefinitionsNumber{2}, definitions.current,
                 opened_at + std::chrono::hours(1)};
  PartitionEngine engine(PartitionId{0}, store.get(), 1 << 20, definitions, &output);
  const Instant clock = opened_at + std::chrono::days(3);
  ASSERT_TRUE(engine.FireDueTimers(clock, {10}).ok());
  ASSERT_TRUE(engine.RollOutDefinitions({10}).ok());
  ASSERT_TRUE(engine.FireDueTimers(clock, {10}).ok());
  ASSERT_EQ(output.changes.size(), 2u);
  EXPECT_EQ(output.changes[0].kind, codec::ChangeKind::kSegmentEntered);
  EXPECT_EQ(output.changes[1].kind, codec::ChangeKind::kSegmentLeft);
  EXPECT_EQ(output.changes[1].at, opened_at + std::chrono::days(1));
}

// The rollout leaves the row of a lead that the new definitions do not change. Read again before the rollout ends, the
// lead carries the new ones.
TEST(PartitionEngine, ALeadThatARolloutHasReachedIsReadWithTheNewDefinitions) {
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  DefinitionsInForce definitions;
  definitions.current = WithSegments("");
  const Instant opened_at = CommitAnOpen(definitions, store.get());
  EngineOutput output;
  definitions = {WithSegments("{id: s, rule: DID REPLY}"), DefinitionsNumber{2}, definitions.current,
                 opened_at + std::chrono::hours(1), /*keeps_numbers=*/true};
  PartitionEngine engine(PartitionId{0}, store.get(), /*cache_bytes=*/0, definitions, &output);
  ASSERT_TRUE(*engine.RollOutDefinitions({1}));
  EXPECT_EQ(engine.leads().dirty_count(), 0u);
  EXPECT_EQ(engine.leads().epoch_bytes(), 0u);  // the lead has left the memory, which records need
  const auto read = engine.leads().Find({"t", "a@x.org"});
  ASSERT_TRUE(read.ok() && *read != nullptr);
  ASSERT_FALSE(*engine.RollOutDefinitions({1}));
  engine.EndRollout();
  EXPECT_EQ(&engine.DefinitionsOf(**read), &definitions.current->For("t"));
}

// Results that an evaluation under many rules caches belong to those rules, even if a timer is the last thing they
// cause.
TEST(PartitionEngine, ATimerUnderManyRulesBeforeOthersAreAdoptedLeavesNothingOfThem) {
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  std::string many;
  for (int days = 1; days <= static_cast<int>(config::kIndexedSegments); ++days) {
    const std::string number = std::to_string(days);
    many += "{id: s" + number + ", rule: DID OPEN IN LAST " + number + " DAYS},";
  }
  DefinitionsInForce definitions;
  definitions.current = WithSegments(many);
  const Instant opened_at = CommitAnOpen(definitions, store.get());
  EngineOutput output;
  const Instant rolled_out_at = opened_at + std::chrono::hours(36);
  definitions = {WithSegments("{id: opened, rule: DID OPEN}"), DefinitionsNumber{2}, definitions.current,
                 rolled_out_at};
  PartitionEngine engine(PartitionId{0}, store.get(), 1 << 20, definitions, &output);
  ASSERT_TRUE(engine.RollOutDefinitions({10}).ok());
  ASSERT_EQ(output.changes.size(), config::kIndexedSegments + 1);
  EXPECT_EQ(output.changes[0].name, "s1");
  EXPECT_EQ(output.changes[0].at, opened_at + std::chrono::days(1));
  EXPECT_EQ(output.changes[1].at, rolled_out_at);
  EXPECT_EQ(output.changes.back().kind, codec::ChangeKind::kSegmentEntered);
  EXPECT_EQ(output.changes.back().name, "opened");
}

// Each lead has a change for each day and segment: a call ends in the middle of a lead, and the next one continues
// there.
TEST(PartitionEngine, AStepPublishesABoundedNumberOfChanges) {
  constexpr uint64_t kMost = 5;
  std::string segments;
  for (int days = 1; days <= 7; ++days) {
    const std::string number = std::to_string(days);
    segments += "{id: s" + number + ", rule: DID OPEN IN LAST " + number + " DAYS},";
  }
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  DefinitionsInForce definitions;
  definitions.current = WithSegments(segments);
  EngineOutput output;
  PartitionEngine engine(PartitionId{0}, store.get(), 1 << 20, definitions, &output);
  Instant opened_at;
  for (const char* lead : {"a", "b", "c"}) {
    const codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(
        std::string(R"({"event":{"tenantId":"t","leadId":")") + lead +
            R"(","eventId":"e","type":"OPEN","occurredAt":"2025-01-01T00:00:00Z"}})",
        {});
    opened_at = std::get<codec::Event>(decoded).occurred_at;
    ASSERT_TRUE(engine.Apply(std::get<codec::Event>(decoded), opened_at, {}).ok());
  }
  output.changes.clear();
  std::vector<size_t> published;
  Result<bool> more = true;
  for (int calls = 0; *more && calls < 100; ++calls) {
    more = engine.FireDueTimers(opened_at + std::chrono::days(30), {.leads = 10, .changes = kMost});
    ASSERT_TRUE(more.ok());
    published.push_back(output.changes.size());
    output.changes.clear();
  }
  EXPECT_THAT(published, ElementsAre(5u, 5u, 5u, 5u, 1u));

  state::EpochWrite write;
  ASSERT_TRUE(engine.CollectWrites(&write).ok());
  ASSERT_TRUE(store->Commit(write).ok());
  engine.Committed();
  definitions = {WithSegments("{id: opened, rule: DID OPEN}, {id: other, rule: DID OPEN}"), DefinitionsNumber{2},
                 definitions.current, opened_at + std::chrono::days(30)};
  PartitionEngine next(PartitionId{0}, store.get(), 1 << 20, definitions, &output);
  published.clear();
  more = true;
  for (int calls = 0; *more && calls < 100; ++calls) {
    more = next.RollOutDefinitions({.leads = 10, .changes = 3});
    ASSERT_TRUE(more.ok());
    published.push_back(output.changes.size());
    output.changes.clear();
  }
  EXPECT_THAT(published, ElementsAre(4u, 2u));
}

// Memory of published changes is reused.
TEST(PartitionEngine, ChangesHoldNothingOfEarlierOnes) {
  const codec::SourcePosition source{"events.jsonl", 0, 7, 1};
  const auto publish = [](const EvaluationCause& cause, std::string_view text, EngineOutput* output) {
    state::Lead lead;
    lead.key = {"t", "l"};
    PublishChange(cause, codec::ChangeKind::kTierChanged, text, text, text, &lead, output);
  };
  EngineOutput used, fresh;
  publish({Instant{2}, codec::CauseKind::kEvent, "e1", true, &source}, "some text", &used);
  used.changes.clear();
  EXPECT_TRUE(used.changes.empty());
  for (EngineOutput* output : {&used, &fresh}) publish({Instant{1}}, "", output);
  ASSERT_EQ(used.changes.size(), 1u);
  EXPECT_EQ(used.changes[0], fresh.changes[0]);
}

// An epoch that is not committed leaves nothing in the store, and the same records then give the same changes.
TEST(PartitionEngine, AnEpochThatIsNotCommittedIsForgotten) {
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  DefinitionsInForce definitions;
  definitions.current = config::LoadDefinitions(config::DefaultDefinitionsText()).definitions;
  EngineOutput output;
  const codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(kOpen, {});
  const auto& event = std::get<codec::Event>(decoded);
  std::vector<size_t> published;
  for (int attempt = 0; attempt < 2; ++attempt) {
    PartitionEngine engine(PartitionId{0}, store.get(), 1 << 20, definitions, &output);
    ASSERT_TRUE(engine.Apply(event, event.occurred_at, {}).ok());
    ASSERT_TRUE(engine.FireDueTimers(event.occurred_at, {10}).ok());
    published.push_back(output.changes.size());
    output.changes.clear();
  }
  EXPECT_THAT(published, ElementsAre(3u, 3u));
}

}  // namespace leadpulse::engine::partition_engine_test
